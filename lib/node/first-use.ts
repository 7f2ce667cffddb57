/**
 * Modules of the run time that are not loaded with this package: a program that begins without them answers sooner.
 * An `import` of node:util also opens the standard error stream, which a program may want to do later, or not at all.
 */
import type cluster from 'node:cluster';
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

let worksForCluster: boolean | undefined;

/** Whether this is a worker of node:cluster: Node.js has loaded that module there before the program begins. */
export function isClusterWorker(): boolean {
  worksForCluster ??= isLoaded('cluster') && (require('node:cluster') as typeof cluster).isWorker;
  return worksForCluster;
}

/** Whether Node.js has loaded a part of itself; also true where that cannot be told. */
function isLoaded(part: string): boolean {
  // Node.js has this list and does not document it.
  const { moduleLoadList } = process as unknown as { moduleLoadList?: string[] };
  return !moduleLoadList || moduleLoadList.includes(`NativeModule ${part}`);
}
