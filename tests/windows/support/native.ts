import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as w from 'winsock';
import type { ExtensionPointers } from 'winsock/io';

/** The DLLs compiled from tests/native: `npm test` builds them where it has the C toolchain. */
const dir = process.env.WINSOCK_TEST_DLLS;

/** For the options of a test that calls one of them. */
export const needsDlls = { skip: dir ? false : 'needs the C toolchain' };

export function testDll(name: string): string {
  return join(dir ?? '', `${name}.dll`);
}

/** Extension functions of the tests' own, where they are built: see tests/native/packets.c. */
export function extensionPointers(): ExtensionPointers | undefined {
  if (!dir) return undefined;
  const pointer = (name: string) =>
    w.func<() => number>(testDll('packets'), `${name}Pointer`, w.NeverFails, () => [w.intptr])();
  return { TransmitPackets: pointer('TransmitPackets'), DisconnectEx: pointer('DisconnectEx') };
}

/** A function of such a DLL that stands for a provider, with the parameters of WSAIoctl. */
export function ioctlOf(dll: string, name: string): typeof w.WSAIoctl {
  const { signature } = w.WSAIoctl.definition;
  return w.func(testDll(dll), name, w.SocketError, signature) as unknown as typeof w.WSAIoctl;
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

/** Leaves a note for docs/proofs.md while calls are counted (see scripts/proofs). */
function note(content: object): void {
  const folder = process.env.WINSOCK_CALLS;
  if (folder) writeFileSync(join(folder, `note-${randomUUID()}.json`), JSON.stringify(content));
}

/** Says of functions that Wine's are stubs: that they succeed shows the call and nothing more. */
export function answeredByStub(...functions: readonly { readonly name: string }[]): void {
  if (isWine()) note({ stubs: functions.map(({ name }) => name) });
}

/**
 * Says that C code of the tests has called functions of TypeScript.
 *
 * @param dll which DLL of the tests
 * @param arrived what arrived in TypeScript: lines that begin with the name of the function
 */
export function calledFromC(dll: string, arrived: readonly string[]): void {
  const names = new Set(arrived.map((line) => /^\w+/.exec(line)?.[0] ?? ''));
  note({ fromC: [...names].filter(Boolean).map((name) => [name, `tests/native/${dll}.c`]) });
}
