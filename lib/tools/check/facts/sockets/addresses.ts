import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { documented, inferred, stated, type Topic, wineTest } from '../../fact.ts';
import {
  anywhere,
  bindTo,
  connectTo,
  loopback,
  loopback6,
  nameOf,
  portOf,
  receive,
  type Session,
  send,
  setOptionOf,
  sleep,
  verdict,
} from '../../session.ts';

const SHARING = documented('winsock/using-so-reuseaddr-and-so-exclusiveaddruse');

/** A second bind to the address of a first, with an option on each. */
function second(
  on: Session,
  first: number | undefined,
  then: number | undefined,
  name = loopback(),
): string {
  const [a, b] = [on.socket(), on.socket()];
  if (first !== undefined) setOptionOf(a, w.SOL_SOCKET, first, 1);
  if (then !== undefined) setOptionOf(b, w.SOL_SOCKET, then, 1);
  w.bind.orThrow(a, name, 16);
  return verdict(bindTo(b, nameOf(a)));
}

function isInherited(handle: number): string {
  const flags = w.ref(w.DWORD);
  k.GetHandleInformation.orThrow(handle, flags);
  return (flags.value & k.HANDLE_FLAG_INHERIT) !== 0 ? 'inherited' : 'not inherited';
}

export const addresses: Topic = {
  name: 'addresses',
  title: 'Exclusive and shared addresses, restart, inheritance, loopback',
  facts: [
    {
      id: 'second-bind',
      api: 'bind',
      says: 'Two plain sockets do not share an address: WSAEADDRINUSE.',
      source: SHARING,
      windows: 'WSAEADDRINUSE',
      reliedOn: ['listening.ts exclusive'],
      ask: (on) => second(on, undefined, undefined),
    },
    {
      id: 'port-theft',
      api: 'setsockopt',
      says: 'SO_REUSEADDR takes the address of a plain socket: a program can steal a port.',
      source: SHARING,
      windows: 'succeeds',
      wine: 'WSAEACCES',
      reliedOn: ['listening.ts exclusive'],
      ask: (on) => second(on, undefined, w.SO_REUSEADDR),
    },
    {
      id: 'both-reuse',
      api: 'setsockopt',
      says: 'Two sockets with SO_REUSEADDR share an address.',
      source: SHARING,
      windows: 'succeeds',
      reliedOn: ['socket-option-table.ts SO_REUSEADDR'],
      ask: (on) => second(on, w.SO_REUSEADDR, w.SO_REUSEADDR),
    },
    {
      id: 'no-theft-of-exclusive',
      api: 'setsockopt',
      says: 'From a socket with SO_EXCLUSIVEADDRUSE nobody takes it: WSAEACCES.',
      source: SHARING,
      windows: 'WSAEACCES',
      reliedOn: ['listening.ts exclusive'],
      ask: (on) => second(on, w.SO_EXCLUSIVEADDRUSE, w.SO_REUSEADDR),
    },
    {
      id: 'exclusive-after-plain',
      api: 'bind',
      says: 'SO_EXCLUSIVEADDRUSE does not take an address that is in use: WSAEADDRINUSE.',
      source: SHARING,
      windows: 'WSAEADDRINUSE',
      reliedOn: ['listening.ts exclusive'],
      ask: (on) => second(on, undefined, w.SO_EXCLUSIVEADDRUSE),
    },
    {
      id: 'wildcard-beside-specific',
      api: 'bind',
      says: 'A plain socket on a specific address lives beside one on the wildcard address.',
      source: SHARING,
      windows: 'succeeds',
      reliedOn: ['server.ts listen'],
      ask(on) {
        const [a, b] = [on.bound(w.SOCK_STREAM, anywhere()), on.socket()];
        return verdict(bindTo(b, loopback(portOf(a))));
      },
    },
    {
      id: 'restart',
      api: 'bind',
      says: 'A plain socket takes the address of a server that has ended, though a connection of it lingers.',
      source: stated('libuv', 'src/win/tcp.c, before uv__tcp_try_bind'),
      windows: 'succeeds',
      reliedOn: ['server.ts listen'],
      ask(on) {
        const listener = on.listener();
        const name = nameOf(listener);
        const client = on.socket();
        connectTo(client, name);
        const server = on.keep(w.accept.orThrow(listener, null, null));
        // The side that closes first is the one that lingers.
        on.close(server);
        receive(client);
        on.close(client);
        on.close(listener);
        return verdict(bindTo(on.socket(), name));
      },
    },
    {
      id: 'exclusive-restart',
      api: 'bind',
      says: 'One with SO_EXCLUSIVEADDRUSE does not, until the connection is wholly gone.',
      source: inferred(
        'the page says that connections which are not wholly inactive count; practice contests it',
      ),
      windows: 'WSAEADDRINUSE',
      wine: 'succeeds',
      reliedOn: ['listening.ts exclusive'],
      ask(on) {
        const listener = on.socket();
        setOptionOf(listener, w.SOL_SOCKET, w.SO_EXCLUSIVEADDRUSE, 1);
        w.bind.orThrow(listener, loopback(), 16);
        w.listen.orThrow(listener, 5);
        const name = nameOf(listener);
        const client = on.socket();
        connectTo(client, name);
        const server = on.keep(w.accept.orThrow(listener, null, null));
        on.close(server);
        receive(client);
        on.close(client);
        on.close(listener);
        const next = on.socket();
        setOptionOf(next, w.SOL_SOCKET, w.SO_EXCLUSIVEADDRUSE, 1);
        return verdict(bindTo(next, name));
      },
    },
    {
      id: 'inherited',
      api: 'socket',
      says: 'A socket is inherited by child processes.',
      source: wineTest('ws2_32/tests/afd.c:148'),
      windows: 'inherited',
      reliedOn: ['create-socket.ts WSA_FLAG_NO_HANDLE_INHERIT'],
      ask: (on) => isInherited(on.keep(w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0))),
    },
    {
      id: 'not-inherited',
      api: 'WSASocketW',
      says: 'WSA_FLAG_NO_HANDLE_INHERIT makes one that is not.',
      source: documented('api/winsock2/nf-winsock2-wsasocketw'),
      windows: 'not inherited',
      reliedOn: ['create-socket.ts WSA_FLAG_NO_HANDLE_INHERIT'],
      ask(on) {
        const flags = w.WSA_FLAG_OVERLAPPED | w.WSA_FLAG_NO_HANDLE_INHERIT;
        return isInherited(
          on.keep(w.WSASocketW.orThrow(w.AF_INET, w.SOCK_STREAM, 0, null, 0, flags)),
        );
      },
    },
    {
      id: 'accepted-is-inherited',
      api: 'accept',
      says: 'An accepted socket is inherited too.',
      source: { kind: 'inferred', from: 'accept has no flag for it; it takes after socket' },
      windows: 'inherited',
      reliedOn: ['simple/server.ts accept'],
      ask: (on) => isInherited(on.pair()[1]),
    },
    {
      id: 'dual-stack',
      api: 'setsockopt',
      says: 'A listener on :: without IPV6_V6ONLY accepts connections of IPv4.',
      source: documented('winsock/dual-stack-sockets'),
      windows: 'connects',
      reliedOn: ['listening.ts IPV6'],
      ask(on) {
        const listener = on.socket(w.SOCK_STREAM, w.AF_INET6);
        setOptionOf(listener, w.IPPROTO_IPV6, w.IPV6_V6ONLY, 0);
        const any = new w.sockaddr_in6({ sin6_family: w.AF_INET6 });
        w.bind.orThrow(listener, any, w.sizeof(any));
        w.listen.orThrow(listener, 1);
        w.getsockname.orThrow(listener, any, w.ref(w.int, w.sizeof(any)));
        const result = connectTo(on.socket(), loopback(w.ntohs(any.sin6_port)));
        return result === 0 ? 'connects' : verdict(result);
      },
    },
    {
      id: 'ipv6-loopback',
      api: 'connect',
      says: 'There is ::1.',
      source: documented('winsock/ipv6-addresses'),
      windows: 'connects',
      reliedOn: ['happy-eyeballs.ts connect'],
      ask(on) {
        const listener = on.socket(w.SOCK_STREAM, w.AF_INET6);
        const name = loopback6();
        if (w.bind(listener, name, w.sizeof(name)) !== 0) return verdict(-1);
        w.listen.orThrow(listener, 1);
        w.getsockname.orThrow(listener, name, w.ref(w.int, w.sizeof(name)));
        const client = on.socket(w.SOCK_STREAM, w.AF_INET6);
        return w.connect(client, name, w.sizeof(name)) === 0 ? 'connects' : verdict(-1);
      },
    },
    {
      id: 'mapped-needs-v6only-off',
      api: 'connect',
      says: 'A socket of IPv6 reaches ::ffff:127.0.0.1 only with IPV6_V6ONLY switched off.',
      source: inferred('IPV6_V6ONLY is on at first; which code it gives nobody says'),
      windows: 'WSAEADDRNOTAVAIL',
      wine: 'WSAENETUNREACH',
      reliedOn: ['connect.ts address'],
      ask(on) {
        const port = portOf(on.listener());
        const name = new w.sockaddr_in6({ sin6_family: w.AF_INET6, sin6_port: w.htons(port) });
        name.set([0xff, 0xff, 127, 0, 0, 1], 18);
        const s = on.socket(w.SOCK_STREAM, w.AF_INET6);
        return verdict(w.connect(s, name, w.sizeof(name)));
      },
    },
    {
      id: 'wrong-scope',
      api: 'bind',
      says: 'bind to ::1 with a scope that there is not fails with WSAEADDRNOTAVAIL.',
      source: wineTest('ws2_32/tests/sock.c:12851'),
      windows: 'WSAEADDRNOTAVAIL',
      wine: 'succeeds',
      reliedOn: ['connect.ts localAddress'],
      ask(on) {
        const name = loopback6();
        name.sin6_scope_id = 0xabcd;
        return verdict(w.bind(on.socket(w.SOCK_STREAM, w.AF_INET6), name, w.sizeof(name)));
      },
    },
    {
      id: 'duplicate',
      api: 'WSADuplicateSocketW',
      says: 'A socket of WSADuplicateSocket in the same process is the same connection.',
      source: wineTest('ws2_32/tests/sock.c:3768'),
      windows: 'data',
      reliedOn: ['threads/duplicate.ts WSADuplicateSocket'],
      async ask(on) {
        const [client, server] = on.pair();
        const info = new w.WSAPROTOCOL_INFOW();
        w.WSADuplicateSocketW.orThrow(client, process.pid, info);
        const flags = w.WSA_FLAG_OVERLAPPED;
        const other = on.keep(w.WSASocketW.orThrow(-1, -1, -1, info, 0, flags));
        send(server, 'data');
        await sleep(30);
        return receive(other);
      },
    },
    {
      id: 'fast-path',
      api: 'WSAIoctl',
      says: 'SIO_LOOPBACK_FAST_PATH is deprecated, and still accepted before a connect.',
      source: documented('winsock/sio-loopback-fast-path'),
      windows: 'succeeds',
      wine: 'WSAEOPNOTSUPP',
      reliedOn: ['mstcpip.g.ts SIO_LOOPBACK_FAST_PATH'],
      ask(on) {
        const value = w.ref(w.int, 1);
        const none = w.ref(w.DWORD);
        const s = on.socket();
        return verdict(
          w.WSAIoctl(s, w.SIO_LOOPBACK_FAST_PATH, value, 4, null, 0, none, null, null),
        );
      },
    },
  ],
};
