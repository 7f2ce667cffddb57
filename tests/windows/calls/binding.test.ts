import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import {
  AF_INET,
  type BufferArg,
  type Func,
  func,
  getnameinfo,
  int,
  NeverFails,
  NI_NUMERICHOST,
  ref,
  sizeof,
  sockaddr_in,
  uint32,
} from 'winsock';
import { GetAdaptersAddresses, GetTcpTable } from 'winsock/iphlpapi';
import { FreeLibrary, GetLastError, GetProcAddress, LoadLibraryW } from 'winsock/kernel';

interface DllExports {
  readonly implemented: readonly string[];
  readonly stubs: readonly string[];
  readonly absent: readonly string[];
}

const manifest = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as {
  exports: Record<string, unknown>;
};
const known = JSON.parse(
  readFileSync(new URL('../../fixtures/wine-exports.json', import.meta.url), 'utf8'),
) as Record<string, DllExports | undefined>;

type AnyFunc = Func<(...args: never[]) => unknown>;

/** Every function that an entry point of the package binds to a DLL. */
async function boundFunctions(): Promise<AnyFunc[]> {
  const found = new Set<AnyFunc>();
  for (const entry of Object.keys(manifest.exports)) {
    if (entry === './package.json') continue;
    const exported = (await import(`winsock${entry.slice(1)}`)) as Record<string, unknown>;
    for (const value of Object.values(exported)) {
      if (typeof value === 'function' && 'definition' in value) found.add(value as AnyFunc);
    }
  }
  return [...found].filter(({ definition }) => definition.dll !== '');
}

const onWine = GetProcAddress(LoadLibraryW('ntdll.dll'), 'wine_get_version') !== 0;

/** Parts of Windows that servers may have been set up without. */
const OPTIONAL_DLLS = ['qwave', 'traffic', 'Windows.Networking'];

interface Described {
  readonly name: string;
  readonly export?: string;
  readonly minimum?: string;
}

const described = new Map(
  Object.values(
    JSON.parse(readFileSync(new URL('../../../defs/api.json', import.meta.url), 'utf8')) as object,
  )
    .flatMap((items: unknown) => (Array.isArray(items) ? (items as Described[]) : []))
    .map((item) => [item.export ?? item.name, item] as const),
);

/** Whether there are systems that the package runs on without a function: Node.js needs Windows 10. */
function mayBeAbsent(name: string): boolean {
  const { minimum = '' } = described.get(name) ?? {};
  // The catalog of 32-bit providers is changed by 32-bit programs.
  return /Windows 1[01]/.test(minimum) || name === 'WSCInstallProviderAndChains';
}

const functions = await boundFunctions();
t.ok(functions.length > 300, `${functions.length} functions`);

const byDll = new Map<string, AnyFunc[]>();
for (const one of functions) {
  const { dll } = one.definition;
  byDll.set(dll, [...(byDll.get(dll) ?? []), one]);
}

for (const [dll, members] of byDll) {
  t.test(`${dll}.dll has the functions that are defined for it`, async (t) => {
    const module = LoadLibraryW(`${dll}.dll`);
    const table = known[dll];
    if (module === 0 && onWine && !table) {
      t.comment(`Wine has no ${dll}.dll: ${members.length} functions not looked up`);
      return;
    }
    if (module === 0 && !onWine && OPTIONAL_DLLS.includes(dll)) {
      t.pass('looked up', { skip: `this Windows is without ${dll}.dll` });
      return;
    }
    t.not(module, 0, `loads (${GetLastError()})`);
    for (const { definition } of members) {
      const resolves = GetProcAddress(module, definition.name) !== 0;
      if (!resolves && !onWine && mayBeAbsent(definition.name)) {
        t.pass(definition.name, { skip: 'a later Windows has it' });
      } else if (resolves || !onWine || !table) {
        t.ok(resolves, definition.name);
      } else {
        t.ok(
          table.absent.includes(definition.name),
          `${definition.name} is known to be absent from Wine`,
        );
      }
    }
  });
}

t.test('DLLs are those of the system', async (t) => {
  // A DLL that anybody could have put there, under a name that the system does not have.
  const name = `winsock-planted-${process.pid}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'winsock-'));
  const original = path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32\\wsock32.dll');
  const copy = path.join(folder, `${name}.dll`);
  copyFileSync(original, copy);
  const before = process.cwd();
  process.chdir(folder);
  t.teardown(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });
  const planted = func<() => number>(name, 'WSAGetLastError', NeverFails, () => [int]);
  t.throws(() => planted(), {
    code: 'ERR_WINSOCK_NO_DLL',
    message: new RegExp(`WSAGetLastError needs .*\\\\${name}\\.dll: `),
  });
  const module = LoadLibraryW(`${name}.dll`);
  t.not(module, 0, 'Windows itself would have taken it');
  FreeLibrary(module);
});

t.test('memory stands for a structure whose length is in bytes', async (t) => {
  const size = ref(uint32, 100);
  const list = (memory: BufferArg) => GetAdaptersAddresses(AF_INET, 0, null, memory, size);
  const short = {
    message: /AdapterAddresses has 99 bytes, but what SizePointer points to says 100/,
  };
  t.throws(() => list(Buffer.alloc(99)), short);
  t.throws(() => list(new ArrayBuffer(99)), short);
  t.throws(() => GetTcpTable(new Uint16Array(49), size, 0), /TcpTable has 98 bytes/);
});

t.test('text buffers are as long as is said', async (t) => {
  const address = new sockaddr_in({ sin_family: AF_INET });
  const names = (host: BufferArg, bytes: number) =>
    getnameinfo(address, sizeof(address), host, bytes, null, 0, NI_NUMERICHOST);
  const refused = {
    name: 'RangeError',
    message: 'getnameinfo: host has 4 bytes, but hostlen says 5',
  };
  t.throws(() => names(Buffer.alloc(4), 5), refused);
  t.doesNotThrow(() => names(null, 0), 'none is asked for');
});
