/**
 * Modules of the run time that are not loaded with this package: a program that begins without them answers sooner.
 * An `import` of node:util also opens the standard error stream, which a program may want to do later, or not at all.
 */
import type dns from 'node:dns';
import modules from 'node:module';
import type util from 'node:util';

// Of a module of the run time it finds the same from everywhere; by its own name webpack would take the call away.
const require = modules.createRequire(process.execPath);

/** `node:dns` as it is now, for a program may replace its functions. */
export function dnsOfNode(): typeof dns {
  return require('node:dns') as typeof dns;
}

/** `node:util` */
export function utilOfNode(): typeof util {
  return require('node:util') as typeof util;
}
