import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { calledFromC, closedAfter, needsDlls, testDll } from '../support/native.ts';

const dll = testDll('namespace');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const lines = () => takeRecord().split('\n');
const use = w.func<(startup: w.Pointer<spi.LPNSPSTARTUP>, size: number) => void>(
  dll,
  'Use',
  w.NeverFails,
  () => [w.void_, w.p('startup', spi.LPNSPSTARTUP, w.kept), w.p('size', w.DWORD)],
);
const useV2 = w.func<(table: spi.NSPV2_ROUTINE) => void>(dll, 'UseV2', w.NeverFails, () => [
  w.void_,
  w.p('table', w.ptr(spi.NSPV2_ROUTINE)),
]);
const routinesV2 = w.func<() => spi.NSPV2_ROUTINE>(dll, 'RoutinesV2', w.NeverFails, () => [
  w.ptr(spi.NSPV2_ROUTINE),
]);

const ID = w.guidFromString('{12345678-0001-0002-0304-05060708090a}');
const NO_ID = new w.GUID();
const LOOKUP = 0x5150 as w.HANDLE;
const CLASS_ID = w.guidFromString('{abcdef01-0000-0000-0000-000000000000}');

const query = (name: string) =>
  new w.WSAQUERYSETW({ dwSize: w.sizeof(w.WSAQUERYSETW), lpszServiceInstanceName: name });

function serviceClass(): w.WSASERVICECLASSINFOW {
  const port = w.ref(w.DWORD, 8080);
  const value = new w.WSANSCLASSINFOW({
    lpszName: 'TcpPort',
    dwNameSpace: w.NS_DNS,
    dwValueType: 4,
    dwValueSize: 4,
    lpValue: w.addressOf(port),
  });
  // The value is a plain address, which keeps nothing alive.
  kept.push(port);
  return new w.WSASERVICECLASSINFOW({
    lpServiceClassId: CLASS_ID,
    lpszServiceClassName: 'a class',
    dwCount: 1,
    lpClassInfos: value,
  });
}

const kept: unknown[] = [];

t.test('the first failure of a process is reported right', needsDlls, async (t) => {
  const provider = closedAfter(t, spi.implementNamespaceProvider({ procedures: {} }));
  use(provider.startup, 16);
  t.equal(lines()[0], `NSPStartup -1/${w.WSAEFAULT}`);
});

t.test('a name space provider in C gets what it is called with', needsDlls, async (t) => {
  takeRecord();
  const provider = spi.openNamespaceProvider(dll, ID);
  t.same(lines(), [`NSPStartup 12345678 size=${w.sizeof(spi.NSP_ROUTINE)}`]);
  t.same([provider.table.dwMajorVersion, provider.table.dwMinorVersion], [1, 5]);
  const f = provider.functions;
  t.equal(Object.keys(f).length, 9);

  const lookup = w.ref(w.HANDLE);
  const flags = w.LUP_RETURN_NAME | w.LUP_DEEP;
  f.NSPLookupServiceBegin.orThrow(ID, query('printers'), serviceClass(), flags, lookup);
  t.equal(lookup.value, LOOKUP);
  const names: (string | null)[] = [];
  const length = w.ref(w.DWORD, 128);
  let memory = new Uint8Array(128);
  for (;;) {
    if (f.NSPLookupServiceNext(lookup.value, 0, length, memory) === 0) {
      const result = w.cast(w.WSAQUERYSETW, memory);
      names.push(result.lpszServiceInstanceName);
      t.equal(result.dwNameSpace, 77);
      length.value = memory.length;
      continue;
    }
    if (w.WSAGetLastError() !== w.WSAEFAULT) break;
    memory = new Uint8Array(length.value);
  }
  t.equal(w.WSAGetLastError(), w.WSA_E_NO_MORE);
  t.same(names, ['first service', 'second']);
  f.NSPLookupServiceEnd.orThrow(lookup.value);
  t.throws(() => f.NSPLookupServiceEnd.orThrow(3 as w.HANDLE), {
    code: 'WSA_INVALID_HANDLE',
    syscall: 'NSPLookupServiceEnd',
  });

  const set = f.NSPSetService;
  set.orThrow(ID, null, query('mine'), w.RNRSERVICE_REGISTER, w.SERVICE_MULTIPLE);
  t.throws(() => set.orThrow(ID, serviceClass(), query('x'), w.RNRSERVICE_DELETE, 0), {
    code: 'WSASERVICE_NOT_FOUND',
  });
  f.NSPInstallServiceClass.orThrow(ID, serviceClass());
  t.throws(() => f.NSPRemoveServiceClass.orThrow(ID, CLASS_ID), { code: 'WSATYPE_NOT_FOUND' });
  const info = new w.WSASERVICECLASSINFOW();
  const size = w.ref(w.DWORD, w.sizeof(info));
  f.NSPGetServiceClassInfo.orThrow(ID, size, info);
  t.equal(info.dwCount, 12);
  const out = Buffer.alloc(4);
  f.NSPIoctl.orThrow(LOOKUP, 17, Buffer.from('in'), 2, out, 4, size, null, null);
  t.same([out.toString(), size.value], ['1111', 4]);
  const completion = new w.WSACOMPLETION();
  const pending = f.NSPIoctl.orThrow(LOOKUP, 17, null, 0, null, 0, size, completion, null);
  t.equal(pending, -1, 'pending is no failure');
  provider.close();
  provider.close();

  t.same(lines(), [
    'NSPLookupServiceBegin 12345678 name=printers size=120 class=a class flags=11',
    'NSPLookupServiceNext 1 flags=0 length=128',
    'NSPLookupServiceNext 1 flags=0 length=148',
    'NSPLookupServiceNext 1 flags=0 length=148',
    'NSPLookupServiceNext 1 flags=0 length=148',
    'NSPLookupServiceEnd 1',
    'NSPLookupServiceEnd 0',
    'NSPSetService 12345678 class=NULL name=mine operation=0 flags=1',
    'NSPSetService 12345678 class=given name=x operation=2 flags=0',
    'NSPInstallServiceClass 12345678 a class count=1 first=TcpPort value=8080',
    'NSPRemoveServiceClass 12345678 abcdef01',
    `NSPGetServiceClassInfo 12345678 size=${w.sizeof(info)}`,
    'NSPIoctl 1 code=11 in=in out=4 completion=NULL thread=NULL',
    'NSPIoctl 1 code=11 in= out=0 completion=given thread=NULL',
    'NSPCleanup 12345678',
  ]);
  t.throws(() => spi.openNamespaceProvider(dll, NO_ID), {
    code: 'WSAEINVALIDPROVIDER',
    syscall: 'NSPStartup',
  });
});

t.test('a name space provider of version 2 in C', needsDlls, async (t) => {
  takeRecord();
  const provider = spi.openNamespaceV2Provider(routinesV2(), ID);
  const f = provider.functions;
  t.equal(Object.keys(f).length, 7);
  const { session } = provider;
  const number = w.cast(w.int, session).value;
  const lookup = w.ref(w.HANDLE);
  const asked = new w.WSAQUERYSET2W({
    dwSize: w.sizeof(w.WSAQUERYSET2W),
    lpszServiceInstanceName: 'peers',
  });
  f.NSPv2LookupServiceBegin.orThrow(ID, asked, w.LUP_DEEP, session, lookup);
  const result = new w.WSAQUERYSET2W();
  const length = w.ref(w.DWORD, w.sizeof(result));
  f.NSPv2LookupServiceNextEx(9 as w.HANDLE, lookup.value, 1, length, result);
  t.equal(result.dwNameSpace, 78);
  f.NSPv2LookupServiceEnd.orThrow(lookup.value);
  f.NSPv2SetServiceEx(8 as w.HANDLE, ID, asked, w.RNRSERVICE_DEREGISTER, 2, session);
  f.NSPv2ClientSessionRundown(ID, session);
  provider.close();
  provider.close();
  t.same(lines(), [
    'NSPv2Startup 12345678',
    `NSPv2LookupServiceBegin 12345678 name=peers flags=1 session=${number}`,
    `NSPv2LookupServiceNextEx call=9 1 flags=1 length=${w.sizeof(result)}`,
    'NSPLookupServiceEnd 1',
    `NSPv2SetServiceEx call=8 12345678 name=peers operation=1 flags=2 session=${number}`,
    `NSPv2ClientSessionRundown 12345678 session=${number}`,
    `NSPv2Cleanup 12345678 session=${number}`,
  ]);
  t.throws(() => spi.openNamespaceV2Provider(routinesV2(), NO_ID), {
    code: 'WSAEINVALIDPROVIDER',
    syscall: 'NSPv2Startup',
  });
});

function fail(code: number): never {
  throw new w.WinsockError(code, 'a function of the provider');
}

/** A name space that holds one service. */
function oneService(): Partial<spi.NamespaceProcedures> {
  let isOver = false;
  return {
    NSPInstallServiceClass(id, info) {
      const value = info?.lpClassInfos;
      t.same([id?.Data1, info?.lpszServiceClassName], [0x12345678, 'a class']);
      t.equal(value && w.cast(w.DWORD, value.lpValue).value, 99);
      return 0;
    },
    NSPGetServiceClassInfo(_id, size, info) {
      if (info) info.dwCount = 3;
      w.cast(w.DWORD, size).value = 200;
      return 0;
    },
    NSPLookupServiceBegin(_id, restrictions, info, flags, lookup) {
      t.equal(restrictions?.lpszServiceInstanceName, 'a name');
      t.equal(info?.dwCount, 3);
      t.equal(flags, w.LUP_RETURN_NAME);
      isOver = false;
      w.cast(w.HANDLE, lookup).value = 61 as w.HANDLE;
      return 0;
    },
    NSPLookupServiceNext(lookup, _flags, length, result) {
      t.equal(lookup, 61);
      if (isOver) fail(w.WSA_E_NO_MORE);
      isOver = true;
      const answer = new w.WSAQUERYSETW({ dwNameSpace: 62, lpszServiceInstanceName: 'found' });
      return spi.answerLookup(result, length, answer);
    },
    NSPLookupServiceEnd: (lookup) => (lookup === 61 ? 0 : fail(w.WSA_INVALID_HANDLE)),
    NSPSetService: () => fail(w.WSAEREFUSED),
    NSPIoctl(_lookup, code, input, inLength, out, outLength, returned) {
      const given = Buffer.from(spi.arrayAt(w.uint8, input, inLength) as Uint8Array).toString();
      t.same([code, given], [17, 'in']);
      (spi.arrayAt(w.uint8, out, outLength) as Uint8Array).fill(0x32);
      w.cast(w.DWORD, returned).value = outLength;
      return 0;
    },
  };
}

t.test('C uses a name space provider in TypeScript', needsDlls, async (t) => {
  const options = { name: 'One service', majorVersion: 4, minorVersion: 2 };
  const provider = spi.implementNamespaceProvider({ ...options, procedures: oneService() });
  const size = w.sizeof(spi.NSP_ROUTINE);
  takeRecord();
  use(provider.startup, size);
  const answers = lines();
  calledFromC(
    'namespace',
    answers.filter((line) => line.startsWith('NSP')),
  );
  t.same(answers, [
    'NSPStartup 0/0',
    `table size=${size} version=4.2 ioctl=1 guard=eeeeeeee`,
    'NSPInstallServiceClass 0/0',
    'NSPGetServiceClassInfo 0/0',
    'size=200 count=3',
    'NSPLookupServiceBegin 0/0',
    'lookup=61',
    'NSPLookupServiceNext 0/0',
    'name=found space=62',
    `NSPLookupServiceNext -1/${w.WSA_E_NO_MORE}`,
    'NSPLookupServiceEnd 0/0',
    `NSPSetService -1/${w.WSAEREFUSED}`,
    `NSPRemoveServiceClass -1/${w.WSAEOPNOTSUPP}`,
    'NSPIoctl 0/0',
    'out=2222 length=4',
    'NSPCleanup 0/0',
  ]);
  t.equal(provider.sessions, 0);

  const older = w.offsetof(spi.NSP_ROUTINE, 'NSPIoctl');
  use(provider.startup, older);
  const shorter = lines();
  t.equal(
    shorter[1],
    `table size=${older} version=4.2 ioctl=0 guard=eeeeeeee`,
    'no more is written',
  );
  t.ok(shorter.includes('NSPCleanup 0/0'));
  use(provider.startup, 16);
  t.equal(lines()[0], `NSPStartup -1/${w.WSAEFAULT}`);

  const table = new spi.NSP_ROUTINE({ cbSize: size });
  const { NSPCleanup } = spi.namespaceFunctions(provider.table);
  t.throws(() => NSPCleanup.orThrow(ID), { code: 'WSANOTINITIALISED' });
  spi.LPNSPSTARTUP.at(provider.startup)(ID, table);
  t.throws(() => provider.close(), { code: 'ERR_WINSOCK_IN_USE', message: /^One service cannot/ });
  NSPCleanup.orThrow(ID);
  provider.close();
  t.equal(provider.table.NSPCleanup, 0);
});

t.test('C uses a name space provider of version 2 in TypeScript', needsDlls, async (t) => {
  const seen: unknown[] = [];
  const provider = spi.implementNamespaceV2Provider({
    majorVersion: 2,
    procedures: {
      NSPv2Startup(id, session) {
        seen.push(['NSPv2Startup', id?.Data1]);
        w.cast(w.pvoid, session).value = 71 as w.Pointer;
        return 0;
      },
      NSPv2LookupServiceBegin(_id, asked, flags, session, lookup) {
        seen.push(['NSPv2LookupServiceBegin', asked?.lpszServiceInstanceName, flags, session]);
        w.cast(w.HANDLE, lookup).value = 72 as w.HANDLE;
        return 0;
      },
      NSPv2LookupServiceNextEx(call, lookup, flags, length, result) {
        seen.push([
          'NSPv2LookupServiceNextEx',
          call,
          lookup,
          flags,
          w.cast(w.DWORD, length).value === w.sizeof(w.WSAQUERYSET2W),
        ]);
        if (result) result.dwNameSpace = 73;
        return 0;
      },
      NSPv2LookupServiceEnd: () => fail(w.WSA_INVALID_HANDLE),
      NSPv2SetServiceEx(call, _id, info, operation, _flags, session) {
        const name = info?.lpszServiceInstanceName;
        seen.push(['NSPv2SetServiceEx', call, name, operation, session]);
        return 0;
      },
      NSPv2ClientSessionRundown(_id, session) {
        seen.push(['NSPv2ClientSessionRundown', session]);
        return 0;
      },
    },
  });
  takeRecord();
  useV2(provider.table);
  t.same(lines(), [
    `table size=${w.sizeof(spi.NSPV2_ROUTINE)} version=2.0`,
    'NSPv2Startup 0/0',
    'session=71',
    'NSPv2LookupServiceBegin 0/0',
    'lookup=72',
    'space=73',
    `NSPv2LookupServiceEnd -1/${w.WSA_INVALID_HANDLE}`,
    'NSPv2Cleanup 0/0',
  ]);
  calledFromC('namespace', ['NSPv2Cleanup', ...seen.map((call) => String((call as unknown[])[0]))]);
  t.same(seen, [
    ['NSPv2Startup', 0x12345678],
    ['NSPv2LookupServiceBegin', 'a name', w.LUP_DEEP, 71],
    ['NSPv2LookupServiceNextEx', 31, 72, 0, true],
    ['NSPv2SetServiceEx', 32, 'a name', w.RNRSERVICE_REGISTER, 71],
    ['NSPv2ClientSessionRundown', 71],
  ]);
  t.equal(provider.sessions, 0);
  spi.namespaceV2Functions(provider.table).NSPv2Startup.orThrow(ID, w.ref(w.pvoid));
  t.throws(() => provider.close(), { code: 'ERR_WINSOCK_IN_USE' });
  spi.namespaceV2Functions(provider.table).NSPv2Cleanup.orThrow(ID, 71 as w.Pointer);
  provider.close();
});
