// What tests on Windows find in their environment.

import { buildTestDlls } from '../host/build/test-dlls.ts';
import { onWindows } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { findBun } from '../host/system/npm.ts';
import { toWindowsPath, toWindowsUrl } from '../host/system/paths.ts';
import { type PackageSet, provision } from '../host/wine/root.ts';
import { ensureKoffi, ensureRuntime, runtimeNames } from '../host/wine/runtimes.ts';
import { ensureWine } from '../host/wine/wine.ts';
import { bundledTap } from './tap-bundle.ts';

/** The other run times, for tests that start them, as paths that Windows programs can use. */
export async function windowsEnvironment(toolchain: boolean): Promise<NodeJS.ProcessEnv> {
  if (onWindows) {
    const bun = findBun();
    return bun ? { WINSOCK_BUN: bun } : {};
  }
  await ensureWine();
  await ensureKoffi();
  const env: NodeJS.ProcessEnv = {
    WINSOCK_HOSTS: toWindowsPath('/etc/hosts'),
    WINSOCK_TAP: toWindowsUrl(await bundledTap()),
  };
  for (const name of runtimeNames) {
    env[`WINSOCK_${name.toUpperCase()}`] = toWindowsPath(await ensureRuntime(name));
  }
  if (toolchain) env.WINSOCK_TEST_DLLS = toWindowsPath(await buildTestDlls());
  return env;
}

export function findToolchain(): Promise<boolean> {
  return findSet('toolchain', 'C toolchain');
}

/** Without a set of packages the tests that need it are skipped, and say so. */
export async function findSet(set: PackageSet, what: string): Promise<boolean> {
  if (onWindows) return false;
  try {
    await provision(set);
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    console.log(`winsock: no ${what}: ${error.message}`);
    return false;
  }
}
