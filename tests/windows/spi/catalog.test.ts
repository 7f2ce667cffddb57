import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { answeredByStub, closedAfter, isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const wine = isWine();
const ID = w.guidFromString('{12345678-0001-0002-0304-05060708090a}');

const identifiers = () => [...spi.catalogEntries()].map((entry) => entry.dwCatalogEntryId);

t.test('transport providers are listed', async (t) => {
  const entries = [...spi.catalogEntries()];
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

t.test('only the protocols that are asked for are listed', async (t) => {
  const entries = [...spi.catalogEntries([w.IPPROTO_TCP])];
  t.ok(entries.length > 0);
  for (const entry of entries) t.equal(entry.iProtocol, w.IPPROTO_TCP);
  t.same([...spi.catalogEntries([77])], []);
});

t.test('the C function says how much memory it needs', async (t) => {
  const [length, errno] = [w.ref(w.DWORD, 0), w.ref(w.int)];
  t.equal(spi.WSCEnumProtocols(null, null, length, errno), w.SOCKET_ERROR);
  t.equal(errno.value, w.WSAENOBUFS);
  t.equal(length.value, spi.catalogEntries().length * w.sizeof(w.WSAPROTOCOL_INFOW));
});

t.test('the functions of Winsock list the same, in both alphabets', async (t) => {
  const length = w.ref(w.DWORD);
  const list = <T extends w.Struct>(
    type: w.StructType<T>,
    call: (buffer: w.CArray<T>) => number,
  ): T[] => {
    const buffer = w.arrayOf(type, 64);
    length.value = 64 * w.sizeof(type);
    return [...buffer].slice(0, call(buffer));
  };
  const wide = list(w.WSAPROTOCOL_INFOW, (buffer) =>
    w.WSAEnumProtocolsW.orThrow(null, buffer, length),
  );
  const narrow = list(w.WSAPROTOCOL_INFOA, (buffer) =>
    w.WSAEnumProtocolsA.orThrow(null, buffer, length),
  );
  const said = ({ dwCatalogEntryId, szProtocol }: (typeof wide | typeof narrow)[number]) => ({
    dwCatalogEntryId,
    name: String(szProtocol),
  });
  t.same(wide.map(said), [...spi.catalogEntries()].map(said));
  t.same(narrow.map(said), wide.map(said));

  const spaces = list(w.WSANAMESPACE_INFOW, (buffer) =>
    w.WSAEnumNameSpaceProvidersW.orThrow(length, buffer),
  );
  const narrowSpaces = list(w.WSANAMESPACE_INFOA, (buffer) =>
    w.WSAEnumNameSpaceProvidersA.orThrow(length, buffer),
  );
  t.same(
    narrowSpaces.map(({ lpszIdentifier }) => lpszIdentifier),
    spaces.map(({ lpszIdentifier }) => lpszIdentifier),
  );
});

const pathSkip = wine && "Wine's WSCGetProviderPath is a stub that writes nothing";
t.test('the DLL of a provider has a path', { skip: pathSkip }, async (t) => {
  t.match(spi.providerPath(spi.catalogEntries()[0]!.ProviderId), /^\w:.*\.dll$/i);
});

t.test('no path is an error', { skip: !wine && 'Windows has one' }, async (t) => {
  t.throws(() => spi.providerPath(ID), {
    code: 'WSAEINVALIDPROVIDER',
    syscall: 'WSCGetProviderPath',
  });
  answeredByStub(spi.WSCGetProviderPath);
});

const startSkip = wine && "Wine's WSPStartup, in mswsock.dll, is a stub that ends the process";
t.test("the system's own provider opens and closes a socket", { skip: startSkip }, async (t) => {
  // Winsock has started the provider for itself first, which keeps the functions that it was given then.
  const first = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP);
  t.teardown(() => w.closesocket(first));
  const protocolInfo = [...spi.catalogEntries()].find(
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
  const entry = new w.WSAPROTOCOL_INFOW(spi.catalogEntries()[0]!);
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
