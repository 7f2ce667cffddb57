// Bundles lib/ and defs/ to dist/: a file for each entry point, and what they share in common chunks.
//
// A program that imports one entry then opens two or three files instead of seventy, which halves the
// time of the import.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { projectDir } from '../system/paths.ts';
import { reexportWhole, withoutUnusedImports } from './reexports.ts';

/**
 * The thread of the completion port is a program of its own, which needs little of what the entries share. It is
 * text within winsock/io: a file of its own would be missing wherever a program was bundled into one.
 */
const POLLER = 'lib/io/port/poller.ts';
const POLLER_TEXT = /poller-text\.ts$/;

const pollerAsText: Plugin = {
  name: 'the poller as text',
  setup({ onLoad }) {
    onLoad({ filter: POLLER_TEXT }, async () => {
      const { outputFiles } = await build({
        ...OPTIONS,
        entryPoints: [POLLER],
        format: 'cjs',
        write: false,
        minifyWhitespace: true,
        sourcemap: false,
        // It has no place of its own.
        define: { 'import.meta.url': 'undefined' },
      });
      // Not every run time gives a thread made of text a `require`.
      const require = 'typeof require=="function"?require:process.getBuiltinModule';
      const text = `((require)=>{${outputFiles[0]!.text.trim()}})(${require})`;
      return { contents: `export const POLLER_TEXT = ${JSON.stringify(text)};` };
    });
  },
};

/**
 * What commands of many parts do, and the processes that they start: loaded when one of them runs; and
 * what WINSOCK_CHECK loads.
 */
const TOOLS = {
  check: 'lib/tools/check/index.ts',
  'check-child': 'lib/tools/check/child.ts',
  watch: 'lib/ffi/watch/watch.ts',
  perf: 'lib/perf.ts',
  translate: 'lib/tools/translate/index.ts',
  'model-server': 'lib/tools/perf/models/model-server.ts',
};

/**
 * What WINSOCK_TRACE loads shares with the program what has state, as the completion port does, and has a copy
 * of the few definitions that it uses.
 */
const TRACE = { trace: 'lib/tools/trace/index.ts' };

/**
 * The command `winsock` and its tools load the entry points as any program does. Bundled with these they
 * would keep all that is exported from being left out of other bundles.
 */
const CLI = 'lib/cli.ts';
const separate: Plugin = {
  name: 'separate',
  setup(build) {
    const lib = path.join(projectDir, 'lib');
    const tools = new Map<string, string>(
      Object.entries({ ...TOOLS, ...TRACE }).map(([name, source]) => [
        path.join(projectDir, source),
        name,
      ]),
    );
    build.onResolve({ filter: /^\.\.?\// }, ({ path: file, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      const wanted = path.resolve(resolveDir, file);
      const isEntry = path.dirname(wanted) === lib && resolveDir !== lib;
      const name = isEntry ? path.basename(wanted, '.ts') : tools.get(wanted);
      return name ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

/** The sources of the entry points that package.json publishes. */
function entrySources(): string[] {
  const { exports } = JSON.parse(readFileSync(path.join(projectDir, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  const published = Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map((target) => path.basename(target.default, '.js'));
  return published.map((name) => `lib/${name}.ts`);
}

/**
 * The tables of names are data only, so a copy of their own is harmless; bundled with the rest they would open
 * whole headers for a few constants.
 */
const ALONE = 'lib/names.ts';

/**
 * The completion port needs a tenth of what the headers define, and calls it in its own way, and C's library
 * three functions: each has a copy of just that, and shares only what has state, which is all in lib/ffi. Its
 * import would otherwise read every chunk of definitions for a few names of each.
 */
const IO = 'lib/io.ts';
const C = 'lib/c.ts';
const COPYING = [IO, C];
/** Node's modules over the completion port import `winsock/io` as programs do: it is the one that has state. */
const OVER_IO = ['lib/net.ts', 'lib/dgram.ts', 'lib/register.ts'];
const FFI = 'ffi';
const ffiDir = path.join(projectDir, 'lib/ffi');

/** Of the folder `watch` the only file that runs in the program itself: the others are the bundle of WINSOCK_CHECK. */
const WATCHER = path.join('watch', 'watcher.ts');

/** The files of lib/ffi that run in the program itself. */
function ffiSources(): string[] {
  const { dir: watch } = path.parse(WATCHER);
  return readdirSync(ffiDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && path.basename(file) !== 'index.ts')
    .filter((file) => path.dirname(file) !== watch || file === WATCHER)
    .sort();
}

/** An entry with everything of lib/ffi, by which `COPYING` reach the chunk that all entries share. */
const allOfFfi: Plugin = {
  name: 'all of lib/ffi',
  setup(build) {
    build.onResolve({ filter: /^all-of-ffi$/ }, () => ({ path: FFI, namespace: FFI }));
    build.onLoad({ filter: /^ffi$/, namespace: FFI }, () => ({
      contents: ffiSources()
        .map((file) => `export * from './${file.split(path.sep).join('/')}';`)
        .join('\n'),
      resolveDir: ffiDir,
    }));
  },
};

/** A chunk that all entries share, and what is in it. */
interface Shared {
  readonly file: string;
  readonly sources: ReadonlySet<string>;
  readonly names: readonly string[];
}

/** The chunks of lib/ffi: what only `allOfFfi` uses has no state, and is copied where it is needed. */
function sharedOfFfi({ outputs }: Metafile, outdir: string): Shared[] {
  const output = (file: string) => outputs[file]!;
  const ffi = path
    .relative(projectDir, path.join(outdir, `${FFI}.js`))
    .split(path.sep)
    .join('/');
  const known = new Set(output(ffi).exports);
  return output(ffi).imports.map(({ path: chunk }) => {
    const { inputs, exports: names } = output(chunk);
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`${chunk} has other names: ${unknown.join(', ')}`);
    return { file: `./${path.basename(chunk)}`, sources: new Set(Object.keys(inputs)), names };
  });
}

/**
 * Has lib/ffi come from those chunks, by one list of imports for each: each file's own list would name again what
 * others name, and the index's stars would copy every name at run time.
 */
function ffiApart(shared: readonly Shared[]): Plugin {
  return {
    name: 'lib/ffi apart',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path: file, namespace, resolveDir }) => {
        if (namespace === FFI) return { path: file, external: true };
        const source = path.relative(projectDir, path.resolve(resolveDir, file));
        const chunk = shared.find(({ sources }) => sources.has(source.split(path.sep).join('/')));
        return chunk && { path: chunk.file, namespace: FFI, sideEffects: false };
      });
      build.onLoad({ filter: /^/, namespace: FFI }, ({ path: file }) => {
        const { names } = shared.find((chunk) => chunk.file === file)!;
        return { contents: `export { ${names.join(', ')} } from '${file}';` };
      });
      // The names that are not used are to be found as the others are, when the program begins.
      build.initialOptions.write = false;
      build.onEnd(({ outputFiles = [] }) => {
        for (const { path: file, text } of outputFiles) {
          writeFileSync(file, file.endsWith('.js') ? withoutUnusedImports(text) : text);
        }
      });
    },
  };
}

/**
 * The package whose emitter those of `winsock/io` derive from. It is within that bundle, because to look for a package,
 * and for the names that a CommonJS module exports, takes a tenth of the time of the import. Its types are imported
 * from where it is installed.
 */
const EMITTER = path.join(projectDir, 'node_modules/eventemitter3');

const emitterWithin: Plugin = {
  name: 'the emitter within',
  setup({ onResolve }) {
    onResolve({ filter: /^eventemitter3$/ }, () => ({ path: path.join(EMITTER, 'index.js') }));
  },
};

/** What its licence asks of a copy. */
function emitterNotice(): string {
  const licence = readFileSync(path.join(EMITTER, 'LICENSE'), 'utf8');
  return `/*! The emitter is eventemitter3's.\n\n${licence.trim()}\n*/`;
}

export async function bundle(outdir: string): Promise<void> {
  const apart = [ALONE, ...COPYING, ...OVER_IO, ...Object.values(TOOLS)];
  const together = entrySources()
    .filter((source) => !apart.includes(source))
    .map((source) => ({ in: source, out: path.basename(source, '.ts') }));
  const options = { ...OPTIONS, outdir };
  const entryPoints = [...together, { in: 'all-of-ffi', out: FFI }];
  const { metafile } = await build({
    ...options,
    entryPoints,
    splitting: true,
    metafile: true,
    plugins: [allOfFfi],
  });
  const withFfi = [ffiApart(sharedOfFfi(metafile, outdir))];
  reexportWhole(outdir);
  // It has shown which chunks are of lib/ffi; nobody imports it.
  for (const end of ['.js', '.js.map']) rmSync(path.join(outdir, `${FFI}${end}`));
  await build({
    ...options,
    entryPoints: [IO],
    plugins: [...withFfi, pollerAsText, emitterWithin],
    footer: { js: emitterNotice() },
  });
  await build({ ...options, entryPoints: [C], plugins: withFfi });
  await build({ ...options, entryPoints: OVER_IO, plugins: [separate, ...withFfi] });
  await build({ ...options, entryPoints: TRACE, plugins: withFfi, sourcemap: false });
  await build({ ...options, entryPoints: [ALONE] });
  const plugins = [separate];
  await build({ ...options, entryPoints: [CLI], plugins });
  // Of a tool nobody reads the stack: its maps would be a tenth of the package.
  await build({ ...options, entryPoints: TOOLS, splitting: true, plugins, sourcemap: false });
}

const OPTIONS: BuildOptions = {
  absWorkingDir: projectDir,
  entryNames: '[name]',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  // A map names the file and the line; the sources themselves would be half of the package.
  sourcesContent: false,
  // Names stay: they are in stack traces, and in what structures print. White space stays, because with
  // it goes the mark of calls without side effects, by which bundlers leave out what is not used.
  minifySyntax: true,
  logLevel: 'error',
};
