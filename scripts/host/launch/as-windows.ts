// Has programs answered as Windows does where Wine does otherwise: see tests/native/as-windows.

import path from 'node:path';
import { buildTestDlls } from '../build/test-dlls.ts';
import { HostError } from '../system/error.ts';
import { projectDir, toWindowsPath, toWindowsUrl } from '../system/paths.ts';

const loader = path.join(projectDir, 'tests/native/as-windows/load.mjs');

/** What is preloaded into a program whose environment asks for it: a path for Bun, an URL for Node. */
export function asWindowsPreload(env: NodeJS.ProcessEnv, form: 'path' | 'url'): string[] {
  if (!env.WINSOCK_AS_WINDOWS) return [];
  return [form === 'path' ? toWindowsPath(loader) : toWindowsUrl(loader)];
}

/**
 * The environment that switches differences on.
 *
 * @param differences names of tests/native/as-windows/switches.c, separated by commas, or "all"
 * @throws HostError on Windows, and where there is no C toolchain
 */
export async function asWindowsEnvironment(differences: string): Promise<NodeJS.ProcessEnv> {
  if (process.platform === 'win32') {
    throw new HostError('--as-windows changes what Wine answers; this is Windows.');
  }
  return {
    WINSOCK_AS_WINDOWS: differences,
    WINSOCK_TEST_DLLS: toWindowsPath(await buildTestDlls()),
  };
}
