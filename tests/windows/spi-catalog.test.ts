import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { answeredByStub, closedAfter, isWine } from './native.ts';

w.WSAStartup.orThrow(0x0202, new w.WSADATA());
t.teardown(() => w.WSACleanup());

const wine = isWine();
const ID = w.guidFromString('{12345678-0001-0002-0304-05060708090a}');

/** The entries of the catalog, layered ones too, in their order. */
function catalog(): w.WSAPROTOCOL_INFOW[] {
  const [length, errno] = [w.ref(w.DWORD, 0), w.ref(w.int)];
  if (spi.WSCEnumProtocols(null, null, length, errno) !== w.SOCKET_ERROR) return [];
  t.equal(errno.value, w.WSAENOBUFS);
  const size = w.sizeof(w.WSAPROTOCOL_INFOW);
  const entries = w.arrayOf(w.WSAPROTOCOL_INFOW, Math.ceil(length.value / size));
  const count = spi.WSCEnumProtocols.orThrow(null, entries, length, errno);
  return [...entries].slice(0, count);
}

const identifiers = () => catalog().map((entry) => entry.dwCatalogEntryId);

t.test('transport providers are listed', async (t) => {
  const entries = catalog();
  const has = (family: number, type: number, protocol: number) =>
    entries.some(
      (entry) =>
        entry.iAddressFamily === family &&
        entry.iSocketType === type &&
        entry.iProtocol === protocol,
    );
  t.ok(has(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP));
  t.ok(has(w.AF_INET6, w.SOCK_DGRAM, w.IPPROTO_UDP));
  for (const { szProtocol, ProviderId } of entries) {
    t.not(`${szProtocol}`, '');
    t.not(w.guidToString(ProviderId), w.guidToString(new w.GUID()));
  }
});

t.test('only the protocols that are asked for', async (t) => {
  const protocols = new Int32Array([w.IPPROTO_TCP, 0]);
  const [length, errno] = [w.ref(w.DWORD, 64 * w.sizeof(w.WSAPROTOCOL_INFOW)), w.ref(w.int)];
  const entries = w.arrayOf(w.WSAPROTOCOL_INFOW, 64);
  const count = spi.WSCEnumProtocols.orThrow(protocols, entries, length, errno);
  t.ok(count > 0);
  for (const entry of [...entries].slice(0, count)) t.equal(entry.iProtocol, w.IPPROTO_TCP);
});

const pathSkip = wine && "Wine's WSCGetProviderPath is a stub that writes nothing";
t.test('the DLL of a provider', { skip: pathSkip }, async (t) => {
  const path = new Uint16Array(260);
  const [length, errno] = [w.ref(w.int, path.length), w.ref(w.int)];
  const [entry] = catalog();
  spi.WSCGetProviderPath.orThrow(entry!.ProviderId, path, length, errno);
  t.match(w.wideStringAt(w.addressOf(path)), /\.dll$/i);
});

const startSkip = wine && "Wine's WSPStartup, in mswsock.dll, is a stub that ends the process";
t.test("the system's own provider", { skip: startSkip }, async (t) => {
  const protocolInfo = catalog().find(
    ({ iAddressFamily, iProtocol }) => iAddressFamily === w.AF_INET && iProtocol === w.IPPROTO_UDP,
  )!;
  const dll = '%SystemRoot%\\system32\\mswsock.dll';
  const provider = closedAfter(t, spi.openTransportProvider({ dll, protocolInfo }));
  const { WSPSocket, WSPCloseSocket } = provider.functions;
  const errno = w.ref(w.int);
  const s = WSPSocket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP, protocolInfo, 0, 1, errno);
  t.equal(WSPCloseSocket.orThrow(s, errno), 0);
});

const stubs = !wine && "it would change this machine's catalog of providers";
t.test("Wine's stubs take what installs, orders and removes", { skip: stubs }, async (t) => {
  const before = identifiers();
  const errno = w.ref(w.int);
  const entry = new w.WSAPROTOCOL_INFOW(catalog()[0]!);
  t.equal(spi.WSCInstallProvider.orThrow(ID, 'C:\\provider.dll', entry, 1, errno), 0);
  t.equal(
    spi.WSCWriteProviderOrder.orThrow(new Uint32Array(before.toReversed()), before.length),
    0,
  );
  t.equal(spi.WSCDeinstallProvider.orThrow(ID, errno), 0);
  t.equal(spi.WSCInstallNameSpace.orThrow('names', 'C:\\names.dll', w.NS_DNS, 1, ID), 0);
  t.equal(spi.WSCEnableNSProvider.orThrow(ID, 1), 0);
  t.equal(spi.WSCUnInstallNameSpace.orThrow(ID), 0);
  t.same(identifiers(), before, 'and change nothing');
  answeredByStub(
    spi.WSCInstallProvider,
    spi.WSCWriteProviderOrder,
    spi.WSCDeinstallProvider,
    spi.WSCInstallNameSpace,
    spi.WSCEnableNSProvider,
    spi.WSCUnInstallNameSpace,
  );
  t.throws(() => spi.WSCInstallProvider(ID, 'C:\\provider.dll', entry, 2, errno), RangeError);
  t.throws(() => spi.WSCInstallProvider(null, 'C:\\provider.dll', entry, 1, errno), TypeError);
});

const effectSkip = wine
  ? "Wine's WSCInstallProvider, WSCWriteProviderOrder and WSCDeinstallProvider change nothing"
  : "it would change this machine's catalog of providers";
t.test('what is installed is listed in its order', { skip: effectSkip }, async () => {});

t.test(
  'functions that this system lacks say so',
  { skip: !wine && 'Windows has them' },
  async (t) => {
    for (const call of [
      () => spi.WSAAdvertiseProvider(ID, null),
      () => spi.WSAUnadvertiseProvider(ID),
      () => spi.WSCSetProviderInfo(ID, 0, null, 0, 0, w.ref(w.int)),
    ]) {
      t.throws(call, Error);
    }
    t.throws(() => spi.WSAUnadvertiseProvider(ID), { code: 'ERR_WINSOCK_NO_FUNCTION' });
  },
);

const lookupSkip = wine && "Wine's WSALookupServiceBegin is a stub that fails";
t.test('services are looked up', { skip: lookupSkip }, async (t) => {
  const query = new w.WSAQUERYSETW({
    dwSize: w.sizeof(w.WSAQUERYSETW),
    lpszServiceInstanceName: 'localhost',
    dwNameSpace: w.NS_DNS,
    lpServiceClassId: w.SVCID_HOSTNAME,
  });
  const lookup = w.ref(w.HANDLE);
  w.WSALookupServiceBeginW.orThrow(query, w.LUP_RETURN_NAME | w.LUP_RETURN_ADDR, lookup);
  const memory = new Uint8Array(4096);
  const length = w.ref(w.DWORD, memory.length);
  const results = memory as unknown as w.WSAQUERYSETW;
  w.WSALookupServiceNextW.orThrow(lookup.value, 0, length, results);
  t.ok(w.cast(w.WSAQUERYSETW, memory).dwNumberOfCsAddrs > 0);
  w.WSALookupServiceEnd.orThrow(lookup.value);
});

t.test(
  'name service failures are those of the system',
  { skip: !wine && 'they are of stubs' },
  async (t) => {
    const query = new w.WSAQUERYSETW({ dwSize: w.sizeof(w.WSAQUERYSETW) });
    const lookup = w.ref(w.HANDLE);
    t.throws(() => w.WSALookupServiceBeginW.orThrow(query, w.LUP_RETURN_ALL, lookup), {
      code: 'WSA_NOT_ENOUGH_MEMORY',
      syscall: 'WSALookupServiceBeginW',
    });
    const result = new w.WSAQUERYSETW();
    const length = w.ref(w.DWORD, w.sizeof(result));
    t.throws(() => w.WSALookupServiceNextW.orThrow(0 as w.HANDLE, 0, length, result), {
      code: 'WSA_E_NO_MORE',
    });
    t.equal(w.WSASetServiceW.orThrow(query, w.RNRSERVICE_REGISTER, 0), 0);
    const serviceClass = new w.WSASERVICECLASSINFOW({
      lpServiceClassId: ID,
      lpszServiceClassName: 'a class',
    });
    t.throws(() => w.WSAInstallServiceClassW.orThrow(serviceClass), { code: 'WSAEACCES' });
    t.throws(() => w.WSARemoveServiceClass.orThrow(ID), { code: 'WSATYPE_NOT_FOUND' });
  },
);
