import { join } from 'node:path';
import * as w from 'winsock';

/** The DLLs compiled from tests/native: `npm test` builds them where it has the C toolchain. */
const dir = process.env.WINSOCK_TEST_DLLS;

/** For the options of a test that calls one of them. */
export const needsDlls = { skip: dir ? false : 'needs the C toolchain' };

export function testDll(name: string): string {
  return join(dir ?? '', `${name}.dll`);
}

/** Whether the system under test is Wine, which lacks some of what Windows has. */
export function isWine(): boolean {
  const version = w.func<() => string>('ntdll', 'wine_get_version', w.NeverFails, () => [
    w.cstring,
  ]);
  try {
    return version() !== '';
  } catch {
    return false;
  }
}

/** Closes something at the end of a test, as `using` does where the run time knows it. */
export function closedAfter<T extends { close(): void }>(
  t: { teardown(fn: () => void): void },
  value: T,
): T {
  t.teardown(() => value.close());
  return value;
}
