import type dns from 'node:dns';
import modules from 'node:module';

// Of a module of the run time it finds the same from everywhere; by its own name webpack would take the call away.
const require = modules.createRequire(process.execPath);

/**
 * `node:dns` as it is now, for a program may replace its functions. Node.js loads it when a name is looked up first,
 * and a program that begins with addresses answers sooner without it.
 */
export function dnsOfNode(): typeof dns {
  return require('node:dns') as typeof dns;
}
