// A name space provider written in TypeScript and used from TypeScript, by way of native tables.

import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { closedAfter } from '../support/native.ts';

const ID = w.guidFromString('{12345678-0001-0002-0304-05060708090a}');
const CLASS = w.guidFromString('{abcdef01-0001-0002-0304-05060708090a}');

/** A name space: services by name, each with an address. */
function directory(services: ReadonlyMap<string, w.sockaddr_in>): Partial<spi.NamespaceProcedures> {
  const lookups = new Map<number, string[]>();
  return {
    NSPLookupServiceBegin(_id, restrictions, _class, _flags, lookup) {
      const wanted = restrictions?.lpszServiceInstanceName ?? '*';
      const names = [...services.keys()].filter((name) => wanted === '*' || name === wanted);
      const handle = lookups.size + 1;
      lookups.set(handle, names);
      w.cast(w.HANDLE, lookup).value = handle as w.HANDLE;
      return 0;
    },
    NSPLookupServiceNext(lookup, _flags, length, results) {
      const [name] = lookups.get(lookup) ?? [];
      if (name === undefined) throw new w.WinsockError(w.WSA_E_NO_MORE, 'NSPLookupServiceNext');
      const address = services.get(name)!;
      const remote = new w.SOCKET_ADDRESS({
        lpSockaddr: w.cast(w.sockaddr, address),
        iSockaddrLength: w.sizeof(address),
      });
      const data = Buffer.from('more');
      spi.answerLookup(
        results,
        length,
        new w.WSAQUERYSETW({
          lpszServiceInstanceName: name,
          lpszComment: `about ${name}`,
          lpServiceClassId: CLASS,
          dwNameSpace: 77,
          dwNumberOfProtocols: 1,
          lpafpProtocols: new w.AFPROTOCOLS({ iAddressFamily: w.AF_INET, iProtocol: 17 }),
          dwNumberOfCsAddrs: 1,
          lpcsaBuffer: new w.CSADDR_INFO({ RemoteAddr: remote, iSocketType: 2, iProtocol: 17 }),
          lpBlob: new w.BLOB({ cbSize: 4, pBlobData: data }),
        }),
      );
      lookups.get(lookup)!.shift();
      return 0;
    },
    NSPLookupServiceEnd(lookup) {
      if (lookups.delete(lookup)) return 0;
      throw new w.WinsockError(w.WSA_INVALID_HANDLE, 'NSPLookupServiceEnd');
    },
  };
}

t.test('a name space of TypeScript answers TypeScript', async (t) => {
  const services = new Map(
    [8000, 8001].map((port) => [
      `service ${port}`,
      new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(port) }),
    ]),
  );
  const implementation = closedAfter(
    t,
    spi.implementNamespaceProvider({ name: 'a directory', procedures: directory(services) }),
  );
  const provider = spi.openNamespaceProvider(implementation.startup, ID);
  const f = provider.functions;
  const lookup = w.ref(w.HANDLE);
  const everything = new w.WSAQUERYSETW({ dwSize: w.sizeof(w.WSAQUERYSETW) });
  f.NSPLookupServiceBegin.orThrow(ID, everything, null, w.LUP_RETURN_ALL, lookup);
  const found = [...w.lookupResults(lookup.value, 0, f.NSPLookupServiceNext)].map((result) => {
    const { lpcsaBuffer, lpBlob, lpServiceClassId, lpafpProtocols } = result;
    const address = lpcsaBuffer!.RemoteAddr.lpSockaddr;
    return [
      result.lpszServiceInstanceName,
      result.lpszComment,
      w.guidToString(lpServiceClassId!),
      w.ntohs(w.cast(w.sockaddr_in, address)!.sin_port),
      lpcsaBuffer!.LocalAddr.lpSockaddr,
      lpafpProtocols!.iProtocol,
      Buffer.from(w.cast(w.array(w.uint8, 4), lpBlob!.pBlobData).value as Uint8Array).toString(),
    ];
  });
  const expected = [8000, 8001].map((port) => [
    `service ${port}`,
    `about service ${port}`,
    w.guidToString(CLASS),
    port,
    null,
    17,
    'more',
  ]);
  t.same(found, expected);
  f.NSPLookupServiceEnd.orThrow(lookup.value);

  const one = new w.WSAQUERYSETW({ lpszServiceInstanceName: 'service 8001' });
  f.NSPLookupServiceBegin.orThrow(ID, one, null, 0, lookup);
  const small = new Uint8Array(new ArrayBuffer(w.sizeof(w.WSAQUERYSETW)));
  const length = w.ref(w.DWORD, small.length);
  t.throws(() => f.NSPLookupServiceNext.orThrow(lookup.value, 0, length, small), {
    code: 'WSAEFAULT',
  });
  t.ok(length.value > small.length, 'so much is needed');
  const enough = new Uint8Array(new ArrayBuffer(length.value));
  f.NSPLookupServiceNext.orThrow(lookup.value, 0, length, enough);
  t.equal(w.cast(w.WSAQUERYSETW, enough).lpszServiceInstanceName, 'service 8001');
  f.NSPLookupServiceEnd.orThrow(lookup.value);
  provider.close();
});

t.test('a service class with all that it points to', async (t) => {
  const values = [8080, 53].map((port) => new Uint32Array([port]));
  const implementation = closedAfter(
    t,
    spi.implementNamespaceProvider({
      procedures: {
        NSPGetServiceClassInfo(_id, size, info) {
          const infos = values.map((lpValue, i) => ({
            lpszName: w.SERVICE_TYPE_VALUE_TCPPORTW + i,
            dwNameSpace: 77,
            dwValueType: 4,
            dwValueSize: 4,
            lpValue,
          }));
          const answer = new w.WSASERVICECLASSINFOW({
            lpServiceClassId: CLASS,
            lpszServiceClassName: 'a class',
            dwCount: 2,
            lpClassInfos: w.arrayOf(w.WSANSCLASSINFOW, infos) as never,
          });
          return spi.answerServiceClass(info, size, answer);
        },
      },
    }),
  );
  const provider = spi.openNamespaceProvider(implementation.startup, ID);
  const ask = provider.functions.NSPGetServiceClassInfo;
  const size = w.ref(w.DWORD, w.sizeof(w.WSASERVICECLASSINFOW));
  t.throws(() => ask.orThrow(ID, size, new w.WSASERVICECLASSINFOW()), { code: 'WSAEFAULT' });
  const memory = new Uint8Array(new ArrayBuffer(size.value));
  ask.orThrow(ID, size, memory);
  const info = w.cast(w.WSASERVICECLASSINFOW, memory);
  t.equal(info.lpszServiceClassName, 'a class');
  t.equal(w.guidToString(info.lpServiceClassId!), w.guidToString(CLASS));
  const found = [...spi.arrayAt(w.WSANSCLASSINFOW, info.lpClassInfos!, info.dwCount)];
  const start = w.addressOf(memory);
  for (const one of [info, ...found]) {
    // Nothing may point to memory of the implementation, which may be gone by now.
    for (const member of ['lpServiceClassId', 'lpszServiceClassName', 'lpszName', 'lpValue']) {
      if (!(member in one)) continue;
      const at = w.offsetof(one.constructor as w.StructType<w.Struct>, member);
      const pointer = w.uintptr.get(one, at);
      t.ok(pointer >= start && pointer < start + memory.length, `${member} is in the memory given`);
    }
  }
  t.same(
    found.map(({ lpszName, dwNameSpace, lpValue }) => [
      lpszName,
      dwNameSpace,
      w.cast(w.DWORD, lpValue).value,
    ]),
    [
      [`${w.SERVICE_TYPE_VALUE_TCPPORTW}0`, 77, 8080],
      [`${w.SERVICE_TYPE_VALUE_TCPPORTW}1`, 77, 53],
    ],
  );
  provider.close();
});
