/** Where the code of the package is, also where a bundler has put it. */
import modules from 'node:module';
import { pathToFileURL } from 'node:url';

/** The file of a CommonJS module; there is none in an ES module. */
declare const __filename: string | undefined;

/**
 * The URL of the file that this code is in: of the package, or of a bundle. A bundle in CommonJS has no
 * `import.meta`, and its file is told by `__filename`, which in a single executable is the executable.
 */
export const HERE: string =
  import.meta.url ??
  pathToFileURL(typeof __filename === 'string' ? __filename : process.execPath).href;

/**
 * What requires packages and files from a place. It is taken from the module as a whole: of a `createRequire` that is
 * imported by its name webpack takes the calls away.
 */
export const { createRequire } = modules;
