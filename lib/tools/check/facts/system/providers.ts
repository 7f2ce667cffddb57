import * as w from '../../../../index.ts';
import { documented, reference, skip, type Topic, wineTest } from '../../fact.ts';
import { lastError, type Session } from '../../session.ts';

function protocolInfo(socket: w.SOCKET): w.WSAPROTOCOL_INFOW {
  const info = new w.WSAPROTOCOL_INFOW();
  w.getsockopt.orThrow(
    socket,
    w.SOL_SOCKET,
    w.SO_PROTOCOL_INFOW,
    info,
    w.ref(w.int, w.sizeof(info)),
  );
  return info;
}

function baseHandle(socket: w.SOCKET): string {
  const base = w.ref(w.SOCKET);
  const bytes = w.ref(w.DWORD);
  const result = w.WSAIoctl(socket, w.SIO_BASE_HANDLE, null, 0, base, 8, bytes, null, null);
  if (result !== 0) return lastError();
  return base.value === socket ? 'itself' : 'another';
}

/** A socket for Registered I/O, which some systems lack. */
function registered(on: Session): w.SOCKET {
  const flags = w.WSA_FLAG_REGISTERED_IO | w.WSA_FLAG_OVERLAPPED;
  const s = w.WSASocketW(w.AF_INET, w.SOCK_DGRAM, 0, null, 0, flags);
  if (s === w.INVALID_SOCKET) skip(`no socket for Registered I/O: ${lastError()}`);
  return on.keep(s);
}

export const providers: Topic = {
  name: 'providers',
  title: 'Providers and Registered I/O',
  facts: [
    {
      id: 'ifs-handles',
      api: 'getsockopt',
      says: 'The sockets of the system’s own provider are handles of the system: XP1_IFS_HANDLES.',
      source: documented('api/winsock2/ns-winsock2-wsaprotocol_infow'),
      windows: 'yes',
      reliedOn: ['provider.ts XP1_IFS_HANDLES'],
      ask: (on) =>
        (protocolInfo(on.socket()).dwServiceFlags1 & w.XP1_IFS_HANDLES) !== 0 ? 'yes' : 'no',
    },
    {
      id: 'base-handle',
      api: 'WSAIoctl',
      says: 'Where no provider is layered above it a socket is its own base.',
      source: wineTest('ws2_32/tests/sock.c:6230'),
      windows: 'itself',
      reliedOn: ['provider.ts IFS'],
      ask: (on) => baseHandle(on.socket()),
    },
    {
      id: 'base-handle-of-datagram',
      api: 'WSAIoctl',
      says: 'So is a datagram socket.',
      source: wineTest('ws2_32/tests/sock.c:6230'),
      windows: 'itself',
      reliedOn: ['provider.ts IFS'],
      ask: (on) => baseHandle(on.datagram()),
    },
    {
      id: 'protocol-is-filled-in',
      api: 'getsockopt',
      says: 'The protocol of an unspecified one is filled in: IPPROTO_TCP.',
      source: wineTest('ws2_32/tests/sock.c:3331'),
      windows: '6',
      reliedOn: ['provider.ts protocol'],
      ask: (on) => String(protocolInfo(on.socket()).iProtocol),
    },
    {
      id: 'tcp-in-catalog',
      api: 'WSAEnumProtocolsW',
      says: 'The catalog has TCP of IPv4.',
      source: reference('winsock2/wsaenumprotocolsw'),
      windows: 'there',
      reliedOn: ['catalog.ts catalogEntries'],
      async ask() {
        const bytes = w.ref(w.DWORD, 0);
        w.WSAEnumProtocolsW(null, null, bytes);
        const all = w.arrayOf(w.WSAPROTOCOL_INFOW, Math.ceil(bytes.value / 628));
        const count = w.WSAEnumProtocolsW(null, all, bytes);
        if (count === w.SOCKET_ERROR) return lastError();
        const tcp = [...all]
          .slice(0, count)
          .some((one) => one.iAddressFamily === w.AF_INET && one.iProtocol === w.IPPROTO_TCP);
        return tcp ? 'there' : 'not there';
      },
    },
    {
      id: 'catalog-too-small',
      api: 'WSAEnumProtocolsW',
      says: 'Without room for the catalog it fails with WSAENOBUFS.',
      source: reference('winsock2/wsaenumprotocolsw'),
      windows: 'WSAENOBUFS',
      reliedOn: ['catalog.ts catalogEntries'],
      ask() {
        const bytes = w.ref(w.DWORD, 0);
        return w.WSAEnumProtocolsW(null, null, bytes) === w.SOCKET_ERROR ? lastError() : 'succeeds';
      },
    },
    {
      id: 'provider-path',
      api: 'WSCGetProviderPath',
      says: 'WSCGetProviderPath fails for a provider that there is not.',
      source: wineTest('ws2_32/tests/protocol.c:3054'),
      windows: 'WSAEINVAL',
      wine: 'succeeds',
      reliedOn: ['catalog.ts providerPath'],
      async ask() {
        const { WSCGetProviderPath } = await import('../../../../spi.ts');
        const id = w.guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        const length = w.ref(w.int, 260);
        const code = w.ref(w.int);
        const memory = new Uint8Array(new ArrayBuffer(520));
        const result = WSCGetProviderPath(id, memory, length, code);
        return result === 0 ? 'succeeds' : (w.errorName(code.value) ?? String(code.value));
      },
    },
    {
      id: 'registered-io',
      api: 'WSAIoctl',
      says: 'A socket with WSA_FLAG_REGISTERED_IO gives the table of RIO functions.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/api/mswsock/ns-mswsock-rio_extension_function_table',
      },
      windows: 'a table',
      wine: 'WSAEOPNOTSUPP',
      reliedOn: ['rio.ts RIO'],
      ask(on) {
        const s = registered(on);
        const id = w.WSAID_MULTIPLE_RIO;
        const table = new w.RIO_EXTENSION_FUNCTION_TABLE();
        const bytes = w.ref(w.DWORD);
        const code = w.SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER;
        const room = w.sizeof(table);
        const result = w.WSAIoctl(s, code, id, 16, table, room, bytes, null, null);
        return result === 0 ? 'a table' : lastError();
      },
    },
    {
      id: 'registered-io-needs-flag',
      api: 'WSAIoctl',
      says: 'The table is there for a socket without the flag as well.',
      source: {
        kind: 'inferred',
        from: 'the table is of the provider; a request queue wants the flag',
      },
      windows: 'a table',
      wine: 'WSAEOPNOTSUPP',
      reliedOn: ['rio.ts RIO'],
      ask(on) {
        const id = w.WSAID_MULTIPLE_RIO;
        const table = new w.RIO_EXTENSION_FUNCTION_TABLE();
        const bytes = w.ref(w.DWORD);
        const code = w.SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER;
        const room = w.sizeof(table);
        const result = w.WSAIoctl(on.socket(), code, id, 16, table, room, bytes, null, null);
        return result === 0 ? 'a table' : lastError();
      },
    },
    {
      id: 'notifications',
      api: 'ProcessSocketNotifications',
      says: 'Socket notifications to a completion port are there from build 20348 on.',
      source: reference('winsock2/processsocketnotifications'),
      windows: [
        { build: 0, answer: 'ERR_WINSOCK_NO_FUNCTION' },
        { build: 20348, answer: 'there' },
      ],
      wine: 'ERR_WINSOCK_NO_FUNCTION',
      reliedOn: ['socket-notifications.ts ProcessSocketNotifications'],
      ask() {
        try {
          w.ProcessSocketNotifications(-1, 0, null, 0, 0, null, null);
          return 'there';
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    },
  ],
};
