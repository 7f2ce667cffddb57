import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { answeredByStub, closedAfter, isWine, needsDlls, testDll } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const wine = isWine();
const ID = w.guidFromString('{12345678-0001-0002-0304-05060708090a}');

const query = (lpszServiceInstanceName: string) =>
  new w.WSAQUERYSETW({
    lpszServiceInstanceName,
    dwNameSpace: w.NS_DNS,
    lpServiceClassId: w.SVCID_HOSTNAME,
  });

const lookupSkip = wine && "Wine's WSALookupServiceBegin is a stub that fails";
t.test('the addresses of a host are looked up', { skip: lookupSkip }, async (t) => {
  const results = [...w.lookupServices(query('localhost'), w.LUP_RETURN_NAME | w.LUP_RETURN_ADDR)];
  t.ok(results.length > 0);
  for (const { dwNumberOfCsAddrs, lpcsaBuffer } of results) {
    const addresses = spi.arrayAt(w.CSADDR_INFO, lpcsaBuffer!, dwNumberOfCsAddrs);
    for (const { RemoteAddr } of addresses) t.ok(RemoteAddr.lpSockaddr!.sa_family > 0);
  }
});

t.test('a lookup that cannot begin throws', async (t) => {
  const nothing = () => [...w.lookupServices(query('no-such-host.invalid'), w.LUP_RETURN_ADDR)];
  // Windows may find out with the first result only.
  t.throws(nothing, { name: 'WinsockError', syscall: /^WSALookupService(Begin|Next)W$/ });
});

t.test('results of a provider of ours, with memory that grows', needsDlls, async (t) => {
  const provider = closedAfter(t, spi.openNamespaceProvider(testDll('namespace'), ID));
  const { NSPLookupServiceBegin, NSPLookupServiceNext } = provider.functions;
  const begin = () => {
    const lookup = w.ref(w.HANDLE);
    const asked = query('printers');
    asked.dwSize = w.sizeof(asked);
    const info = new w.WSASERVICECLASSINFOW({ lpszServiceClassName: 'a class' });
    NSPLookupServiceBegin.orThrow(ID, asked, info, w.LUP_RETURN_NAME, lookup);
    return lookup.value;
  };
  const sizes: number[] = [];
  const next: w.LookupNext = (lookup, flags, length, results) => {
    sizes.push(length.value);
    // What a provider gets that has more to say than fits at first.
    if (results.length === 4096) {
      w.WSASetLastError(w.WSAEFAULT);
      length.value = 9000;
      return w.SOCKET_ERROR;
    }
    return NSPLookupServiceNext(lookup, flags, length, results);
  };
  const results = [...w.lookupResults(begin(), 0, next)];
  t.same(
    results.map((one) => [one.lpszServiceInstanceName, one.dwNameSpace]),
    [
      ['first service', 77],
      ['second', 77],
    ],
  );
  t.same(sizes, [4096, 9000, 9000, 9000]);
  t.not(results[0]!.buffer, results[1]!.buffer, 'each has memory of its own');

  const refused: w.LookupNext = () => {
    w.WSASetLastError(w.WSASERVICE_NOT_FOUND);
    return w.SOCKET_ERROR;
  };
  t.throws(() => [...w.lookupResults(begin(), 0, refused)], { code: 'WSASERVICE_NOT_FOUND' });
});

t.test('the name space providers are listed, with DNS', async (t) => {
  const providers = [...w.nameSpaceProviders()];
  if (providers.length === 0 && wine) {
    t.pass('asked of the system', { skip: 'Wine lists none' });
    return;
  }
  t.ok(providers.some(({ dwNameSpace }) => dwNameSpace === w.NS_DNS));
  t.ok(providers.every(({ lpszIdentifier }) => lpszIdentifier));
});

t.test(
  'services and their classes of the system',
  { skip: !wine && 'it would change them' },
  async (t) => {
    const asked = query('a service');
    asked.dwSize = w.sizeof(asked);
    const lookup = w.ref(w.HANDLE);
    const length = w.ref(w.DWORD, w.sizeof(asked));
    const expected = {
      WSALookupServiceBeginW: 'WSA_NOT_ENOUGH_MEMORY',
      WSALookupServiceNextW: 'WSA_E_NO_MORE',
      WSALookupServiceEnd: undefined,
      WSAInstallServiceClassW: 'WSAEACCES',
      WSARemoveServiceClass: 'WSATYPE_NOT_FOUND',
      WSASetServiceW: undefined,
    };
    const serviceClass = new w.WSASERVICECLASSINFOW({
      lpServiceClassId: ID,
      lpszServiceClassName: 'a class',
    });
    const none = 0 as w.HANDLE;
    const calls: Record<keyof typeof expected, () => number> = {
      WSALookupServiceBeginW: () =>
        w.WSALookupServiceBeginW.orThrow(asked, w.LUP_RETURN_ALL, lookup),
      WSALookupServiceNextW: () => w.WSALookupServiceNextW.orThrow(none, 0, length, asked),
      WSALookupServiceEnd: () => w.WSALookupServiceEnd.orThrow(none),
      WSAInstallServiceClassW: () => w.WSAInstallServiceClassW.orThrow(serviceClass),
      WSARemoveServiceClass: () => w.WSARemoveServiceClass.orThrow(ID),
      WSASetServiceW: () => w.WSASetServiceW.orThrow(asked, w.RNRSERVICE_REGISTER, 0),
    };
    for (const [syscall, code] of Object.entries(expected)) {
      const call = calls[syscall as keyof typeof calls];
      if (code) t.throws(call, { code, syscall });
      else t.equal(call(), 0, syscall);
    }
    answeredByStub(w.WSALookupServiceEnd, w.WSASetServiceW);
  },
);

t.test('the protocols of Winsock 1.1 are listed', async (t) => {
  const memory = Buffer.from(new ArrayBuffer(8192));
  const count = w.EnumProtocolsW.orThrow(null, memory, w.ref(w.DWORD, memory.length));
  t.ok(count > 0);
  if (wine) {
    // The first field of theirs is dwServiceFlags1, of ours dwServiceFlags.
    const first = w.cast(w.WSAPROTOCOL_INFOW, memory);
    t.equal(first.iVersion, 2);
    const wide = first.szProtocol.toString();
    t.equal(w.EnumProtocolsA.orThrow(null, memory, w.ref(w.DWORD, memory.length)), count);
    t.equal(`${w.cast(w.WSAPROTOCOL_INFOA, memory).szProtocol}`, wide);
    t.pass('read', { skip: 'Wine fills in the records of WSAEnumProtocols instead' });
    return;
  }
  const { lpProtocol } = w.cast(w.PROTOCOL_INFOW, memory);
  t.ok(lpProtocol);
  t.equal(w.EnumProtocolsA.orThrow(null, memory, w.ref(w.DWORD, memory.length)), count);
  t.equal(w.cast(w.PROTOCOL_INFOA, memory).lpProtocol, lpProtocol);
});
