import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout (or installed package) that these scripts belong to. */
export const projectDir = path.resolve(fileURLToPath(new URL('../../..', import.meta.url)));

/** Where everything that is provisioned lives: Wine, its prefix, the Windows run times. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.WINSOCK_HOME) return path.resolve(env.WINSOCK_HOME);
  // The XDG specification has a relative path ignored.
  const xdg = env.XDG_CACHE_HOME;
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.cache'), 'winsock');
}

/** A Unix path as Windows programs under Wine see it: drive Z: is the Unix root directory. */
export function toWindowsPath(unixPath: string): string {
  if (!unixPath.startsWith('/')) throw new TypeError(`not an absolute path: ${unixPath}`);
  return `Z:${unixPath.replaceAll('/', '\\')}`;
}

/** A Unix path as a `file:` URL that a Windows program under Wine can import. */
export function toWindowsUrl(unixPath: string): string {
  if (!unixPath.startsWith('/')) throw new TypeError(`not an absolute path: ${unixPath}`);
  return `file:///Z:${unixPath.split('/').map(encodeURIComponent).join('/')}`;
}

/** Whether `dir` is `parent` or lies below it. */
export function isBelow(dir: string, parent: string): boolean {
  const relative = path.relative(parent, dir);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
