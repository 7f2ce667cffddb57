// How npm and Bun are started. On Windows their commands are .cmd files, which only a shell can run; what
// is behind them can be started as any program.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './exec.ts';
import { projectDir } from './paths.ts';

/** npm: itself where it runs us, or the one that came with this Node.js. */
export function npmCommand(env: NodeJS.ProcessEnv = process.env): string[] {
  const given = env.npm_execpath;
  if (given && /\.c?js$/.test(given)) return [process.execPath, given];
  const own = path.join(path.dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js');
  return existsSync(own) ? [process.execPath, own] : ['npm'];
}

/** The version of a package that is installed here; of this one where none is named. */
export function installedVersion(name?: string): string {
  const folder = name === undefined ? '' : `node_modules/${name}`;
  const manifest = path.join(projectDir, folder, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Bun, as its own installer or npm puts it on the PATH; WINSOCK_BUN names another. */
export function findBun(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.WINSOCK_BUN) return env.WINSOCK_BUN;
  const found = findProgram('bun', env);
  if (!found?.endsWith('.cmd')) return found;
  const behind = path.join(path.dirname(found), 'node_modules/bun/bin/bun.exe');
  return existsSync(behind) ? behind : undefined;
}
