import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  AF_INET,
  type BufferArg,
  type Func,
  getnameinfo,
  NI_NUMERICHOST,
  ref,
  sizeof,
  sockaddr_in,
  uint32,
} from 'winsock';
import { GetAdaptersAddresses, GetTcpTable } from 'winsock/iphlpapi';
import { GetLastError, GetProcAddress, LoadLibraryW } from 'winsock/kernel';

interface DllExports {
  readonly implemented: readonly string[];
  readonly stubs: readonly string[];
  readonly absent: readonly string[];
}

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
  exports: Record<string, unknown>;
};
const known = JSON.parse(
  readFileSync(new URL('../fixtures/wine-exports.json', import.meta.url), 'utf8'),
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

const functions = await boundFunctions();
t.ok(functions.length > 300, `${functions.length} functions`);

const byDll = new Map<string, AnyFunc[]>();
for (const one of functions) {
  const { dll } = one.definition;
  byDll.set(dll, [...(byDll.get(dll) ?? []), one]);
}

for (const [dll, members] of byDll) {
  t.test(`${dll}.dll`, async (t) => {
    const module = LoadLibraryW(`${dll}.dll`);
    const table = known[dll];
    if (module === 0 && onWine && !table) {
      t.comment(`Wine has no ${dll}.dll: ${members.length} functions not looked up`);
      return;
    }
    t.not(module, 0, `loads (${GetLastError()})`);
    for (const { definition } of members) {
      const resolves = GetProcAddress(module, definition.name) !== 0;
      if (resolves || !onWine || !table) {
        t.ok(resolves, definition.name);
        continue;
      }
      t.ok(
        table.absent.includes(definition.name),
        `${definition.name} is known to be absent from Wine`,
      );
    }
  });
}

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
