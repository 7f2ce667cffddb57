import * as w from '../../../../index.ts';
import { documented, inferred, reference, type Topic, wineTest } from '../../fact.ts';
import { lastError, loopback, nameOfCode, room } from '../../session.ts';

function lookup(
  name: string | null,
  service: string | null,
  hints: w.Init<w.addrinfo> = {},
): string {
  const found = w.ref(w.ptr(w.addrinfo));
  const code = w.getaddrinfo(name, service, new w.addrinfo(hints), found);
  if (code !== 0) return nameOfCode(code);
  const families: string[] = [];
  for (let one = found.value; one; one = one.ai_next) {
    families.push(one.ai_family === w.AF_INET ? 'AF_INET' : 'AF_INET6');
  }
  w.freeaddrinfo(found.value);
  return [...new Set(families)].sort().join(' ');
}

export const names: Topic = {
  name: 'names',
  title: 'Names, services and texts of addresses',
  facts: [
    {
      id: 'no-name-no-service',
      api: 'getaddrinfo',
      says: 'Without a name and a service getaddrinfo fails with WSAHOST_NOT_FOUND.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'WSAHOST_NOT_FOUND',
      reliedOn: ['resolve.ts ai_family'],
      ask: () => lookup(null, null),
    },
    {
      id: 'numeric-name',
      api: 'getaddrinfo',
      says: 'AI_NUMERICHOST refuses a name that is no address: WSAHOST_NOT_FOUND.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'WSAHOST_NOT_FOUND',
      reliedOn: ['ip-agnostic/client.ts getaddrinfo'],
      ask: () => lookup('localhost', null, { ai_flags: w.AI_NUMERICHOST }),
    },
    {
      id: 'bad-flags',
      api: 'getaddrinfo',
      says: 'AI_CANONNAME without a name fails with WSAEINVAL: flags that make no sense.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'WSAEINVAL',
      reliedOn: ['ip-agnostic/server.ts ai_flags'],
      ask: () => lookup(null, '80', { ai_flags: w.AI_CANONNAME }),
    },
    {
      id: 'bad-family',
      api: 'getaddrinfo',
      says: 'A family that there is not fails with WSAEAFNOSUPPORT.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'WSAEAFNOSUPPORT',
      reliedOn: ['resolve.ts family'],
      ask: () => lookup('127.0.0.1', null, { ai_family: 77 }),
    },
    {
      id: 'bad-type',
      api: 'getaddrinfo',
      says: 'A type that there is not fails with WSAESOCKTNOSUPPORT.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'WSAESOCKTNOSUPPORT',
      reliedOn: ['resolve.ts family'],
      ask: () => lookup('127.0.0.1', null, { ai_socktype: 77 }),
    },
    {
      id: 'passive',
      api: 'getaddrinfo',
      says: 'AI_PASSIVE without a name gives the unspecified addresses of both families.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'AF_INET AF_INET6',
      reliedOn: ['ip-agnostic/server.ts AI_PASSIVE'],
      ask: () => lookup(null, '80', { ai_flags: w.AI_PASSIVE, ai_socktype: w.SOCK_STREAM }),
    },
    {
      id: 'numeric-address',
      api: 'getaddrinfo',
      says: 'An address is taken as it is, without a lookup.',
      source: reference('ws2tcpip/getaddrinfo'),
      windows: 'AF_INET6',
      reliedOn: ['resolve.ts getaddrinfo'],
      ask: () => lookup('::1', '80'),
    },
    {
      id: 'extended-without-name',
      api: 'GetAddrInfoExW',
      says: 'GetAddrInfoExW without a name fails at once with WSAHOST_NOT_FOUND, also where it could wait.',
      source: wineTest('ws2_32/tests/protocol.c:2111'),
      windows: 'WSAHOST_NOT_FOUND',
      wine: 'WSA_IO_PENDING',
      reliedOn: ['resolve.ts GetAddrInfoExW'],
      alone: true,
      ask(on) {
        const operation = new w.OVERLAPPED({ hEvent: on.event() });
        const found = w.ref(w.ptr(w.addrinfoexW));
        const handle = w.ref(w.HANDLE);
        const code = w.GetAddrInfoExW(
          null,
          null,
          w.NS_DNS,
          null,
          null,
          found,
          null,
          operation,
          null,
          handle,
        );
        return nameOfCode(code);
      },
    },
    {
      id: 'name-of-address',
      api: 'getnameinfo',
      says: 'NI_NUMERICHOST gives the text of an address.',
      source: reference('ws2tcpip/getnameinfo'),
      windows: '127.0.0.1 80',
      reliedOn: ['shared/resolve.ts getnameinfo'],
      ask() {
        const [host, service] = [room(64), room(32)];
        const flags = w.NI_NUMERICHOST | w.NI_NUMERICSERV;
        const code = w.getnameinfo(loopback(80), 16, host, 64, service, 32, flags);
        if (code !== 0) return nameOfCode(code);
        const text = (bytes: Uint8Array) =>
          Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '');
        return `${text(host)} ${text(service)}`;
      },
    },
    {
      id: 'short-text',
      api: 'WSAAddressToStringW',
      says: 'Too little room for a text fails with WSAEFAULT, and the length that is needed.',
      source: reference('winsock2/wsaaddresstostringw'),
      windows: 'WSAEFAULT 13',
      reliedOn: ['address-families.ts WSAAddressToStringW'],
      ask() {
        const length = w.ref(w.DWORD, 4);
        const result = w.WSAAddressToStringW(loopback(80), 16, null, room(8), length);
        return result === 0 ? 'succeeds' : `${lastError()} ${length.value}`;
      },
    },
    {
      id: 'text-with-port',
      api: 'WSAStringToAddressW',
      says: 'A text of an address may have a port.',
      source: reference('winsock2/wsastringtoaddressw'),
      windows: '80',
      reliedOn: ['address-families.ts WSAStringToAddressW'],
      ask() {
        const name = loopback();
        const result = w.WSAStringToAddressW(
          '127.0.0.1:80',
          w.AF_INET,
          null,
          name,
          w.ref(w.int, 16),
        );
        return result === 0 ? String(w.ntohs(name.sin_port)) : lastError();
      },
    },
    {
      id: 'bad-text',
      api: 'InetPtonW',
      says: 'A text that is no address gives 0.',
      source: reference('ws2tcpip/inetptonw'),
      windows: '0',
      reliedOn: ['ip-text.ts function'],
      ask: () => String(w.InetPtonW(w.AF_INET, '1.2.3', room(4))),
    },
    {
      id: 'octal-text',
      api: 'inet_addr',
      says: 'inet_addr takes texts that InetPton does not: numbers with fewer parts.',
      source: reference('winsock2/inet_addr'),
      windows: '127.0.0.1',
      reliedOn: ['winsock2.g.ts inet_addr'],
      ask() {
        const s_addr = w.inet_addr('127.1');
        return w.inet_ntoa(new w.in_addr({ s_addr })) ?? 'nothing';
      },
    },
    {
      id: 'unknown-service',
      api: 'getservbyname',
      says: 'A service that there is not gives NULL and WSANO_DATA.',
      source: reference('winsock2/getservbyname'),
      windows: 'WSANO_DATA',
      reliedOn: ['hostent.ts servent'],
      ask: () => (w.getservbyname('no-such-service', 'tcp') === null ? lastError() : 'a service'),
    },
    {
      id: 'lookup-service',
      api: 'WSALookupServiceBeginW',
      says: 'WSALookupServiceBegin begins a lookup of this machine’s name.',
      source: wineTest('ws2_32/tests/protocol.c:438'),
      windows: 'begins',
      wine: 'WSA_NOT_ENOUGH_MEMORY',
      reliedOn: ['name-service.ts WSALookupServiceBeginW'],
      ask() {
        const query = new w.WSAQUERYSETW({
          dwSize: w.sizeof(w.WSAQUERYSETW),
          dwNameSpace: w.NS_DNS,
        });
        query.lpServiceClassId = w.SVCID_HOSTNAME;
        const handle = w.ref(w.HANDLE);
        if (w.WSALookupServiceBeginW(query, w.LUP_RETURN_NAME, handle) !== 0) return lastError();
        w.WSALookupServiceEnd(handle.value);
        return 'begins';
      },
    },
    {
      id: 'name-space-providers',
      api: 'WSAEnumNameSpaceProvidersW',
      says: 'There are name space providers, that of DNS among them.',
      source: inferred('Windows resolves names by its provider of NS_DNS'),
      windows: 'DNS among them',
      wine: 'none',
      reliedOn: ['name-service.ts WSAEnumNameSpaceProvidersW'],
      ask() {
        try {
          const all = [...w.nameSpaceProviders()];
          if (all.length === 0) return 'none';
          return all.some((one) => one.dwNameSpace === w.NS_DNS) ? 'DNS among them' : 'others';
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    },
    {
      id: 'message-of-lookup-error',
      api: 'gai_strerrorW',
      says: 'Each error of lookups has a text.',
      source: documented('api/ws2tcpip/nf-ws2tcpip-gai_strerrorw'),
      windows: 'a text',
      reliedOn: ['error-text.ts gai_strerrorW'],
      ask: () => (w.gai_strerrorW(w.WSAHOST_NOT_FOUND).length > 5 ? 'a text' : 'none'),
    },
  ],
};
