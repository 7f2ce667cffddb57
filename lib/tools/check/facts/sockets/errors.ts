import * as w from '../../../../index.ts';
import { documented, inferred, reference, type Topic, wineTest } from '../../fact.ts';
import {
  anywhere,
  bindTo,
  connectTo,
  counted,
  lastError,
  loopback,
  nameOf,
  nonBlocking,
  receive,
  send,
  sleep,
  verdict,
  waitReadable,
} from '../../session.ts';

/** An address that no interface has: the net is for documentation. */
const NOBODY = () =>
  new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(9),
    sin_addr: { s_addr: w.htonl(0xc0000201) },
  });

export const errors: Topic = {
  name: 'errors',
  title: 'Errors and their order',
  facts: [
    {
      id: 'not-a-socket',
      api: 'recv',
      says: 'A call on a handle that is no socket fails with WSAENOTSOCK.',
      source: wineTest('ws2_32/tests/sock.c:4237'),
      windows: 'WSAENOTSOCK',
      reliedOn: ['errors.md WSAENOTSOCK'],
      ask: () => counted(w.recv(0xdeadbeef, Buffer.alloc(1), 1, 0)),
    },
    {
      id: 'listen-unbound',
      api: 'listen',
      says: 'listen on a socket without an address fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:4267'),
      windows: 'WSAEINVAL',
      reliedOn: ['server.ts bind'],
      ask: (on) => verdict(w.listen(on.socket(), 1)),
    },
    {
      id: 'listen-datagram',
      api: 'listen',
      says: 'listen on a datagram socket fails with WSAEOPNOTSUPP.',
      source: wineTest('ws2_32/tests/sock.c:4248'),
      windows: 'WSAEOPNOTSUPP',
      reliedOn: ['overlapped-base.ts listen'],
      ask: (on) => verdict(w.listen(on.datagram(), 1)),
    },
    {
      id: 'listen-twice',
      api: 'listen',
      says: 'A second listen on a listening socket succeeds.',
      source: wineTest('ws2_32/tests/sock.c:4301'),
      windows: 'succeeds',
      reliedOn: ['overlapped-base.ts listen'],
      ask: (on) => verdict(w.listen(on.listener(), 7)),
    },
    {
      id: 'listen-after-refused-connect',
      api: 'listen',
      says: 'A socket whose connect was refused can listen.',
      source: wineTest('ws2_32/tests/sock.c:4892'),
      windows: 'succeeds',
      wine: 'WSAEINVAL',
      reliedOn: ['simple/client.ts connect'],
      slow: true,
      ask(on) {
        const s = on.bound();
        connectTo(s, on.refusing());
        return verdict(w.listen(s, 1));
      },
    },
    {
      id: 'bind-twice',
      api: 'bind',
      says: 'A second bind fails with WSAEINVAL.',
      source: reference('winsock2/bind'),
      windows: 'WSAEINVAL',
      reliedOn: ['connect.ts bind'],
      ask: (on) => verdict(bindTo(on.bound(), loopback())),
    },
    {
      id: 'bind-in-use',
      api: 'bind',
      says: 'bind to the address of a listener fails with WSAEADDRINUSE.',
      source: wineTest('ws2_32/tests/sock.c:4338'),
      windows: 'WSAEADDRINUSE',
      reliedOn: ['listening.ts exclusive'],
      ask: (on) => verdict(bindTo(on.socket(), nameOf(on.listener()))),
    },
    {
      id: 'bind-foreign-address',
      api: 'bind',
      says: 'bind to an address that no interface has fails with WSAEADDRNOTAVAIL.',
      source: reference('winsock2/bind'),
      windows: 'WSAEADDRNOTAVAIL',
      reliedOn: ['connect.ts localAddress'],
      ask: (on) => verdict(bindTo(on.socket(), NOBODY())),
    },
    {
      id: 'bind-wrong-family',
      api: 'bind',
      says: 'bind with an address of another family fails with WSAEAFNOSUPPORT.',
      source: inferred('Wine does so; the page of bind names WSAEFAULT'),
      windows: 'WSAEAFNOSUPPORT',
      reliedOn: ['overlapped-socket.ts anyAddress'],
      ask(on) {
        const name = loopback();
        name.sin_family = w.AF_UNIX;
        return verdict(bindTo(on.socket(), name));
      },
    },
    {
      id: 'name-unbound',
      api: 'getsockname',
      says: 'getsockname of a socket without an address fails with WSAEINVAL.',
      source: reference('winsock2/getsockname'),
      windows: 'WSAEINVAL',
      reliedOn: ['socket-base.ts localAddress'],
      ask(on) {
        const name = anywhere();
        return verdict(w.getsockname(on.socket(), name, w.ref(w.int, 16)));
      },
    },
    {
      id: 'peer-unconnected',
      api: 'getpeername',
      says: 'getpeername of a socket that is not connected fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:13019'),
      windows: 'WSAENOTCONN',
      reliedOn: ['socket-base.ts remoteAddress'],
      ask: (on) => verdict(w.getpeername(on.bound(), anywhere(), w.ref(w.int, 16))),
    },
    {
      id: 'send-unconnected',
      api: 'send',
      says: 'send on a stream that is not connected fails with WSAENOTCONN.',
      source: reference('winsock2/send'),
      windows: 'WSAENOTCONN',
      wine: 'WSAECONNRESET',
      reliedOn: ['statuses.g.ts STATUS_CODES'],
      ask: (on) => counted(send(on.bound(), 'x')),
    },
    {
      id: 'receive-unconnected',
      api: 'recv',
      says: 'recv on a stream that is not connected fails with WSAENOTCONN.',
      source: reference('winsock2/recv'),
      windows: 'WSAENOTCONN',
      reliedOn: ['statuses.g.ts STATUS_CODES'],
      ask: (on) => receive(on.bound()),
    },
    {
      id: 'receive-while-connecting',
      api: 'recv',
      says: 'recv while a connection is being made fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:12985'),
      windows: 'WSAENOTCONN',
      wine: ['the end', 'WSAEWOULDBLOCK'],
      reliedOn: ['wsapoll.ts connect'],
      ask(on) {
        const s = nonBlocking(on.socket());
        connectTo(s, on.refusing());
        return receive(s);
      },
    },
    {
      id: 'connect-twice-while-connecting',
      api: 'connect',
      says: 'A second connect while a connection is being made fails with WSAEALREADY.',
      source: wineTest('ws2_32/tests/sock.c:12957'),
      windows: 'WSAEALREADY',
      wine: 'WSAEWOULDBLOCK',
      reliedOn: ['wsapoll.ts connect'],
      ask(on) {
        const s = nonBlocking(on.socket());
        const name = on.refusing();
        connectTo(s, name);
        return verdict(connectTo(s, name));
      },
    },
    {
      id: 'connect-connected',
      api: 'connect',
      says: 'connect on a connected stream fails with WSAEISCONN.',
      source: wineTest('ws2_32/tests/sock.c:9633'),
      windows: 'WSAEISCONN',
      reliedOn: ['connect.ts connect'],
      ask(on) {
        const [client] = on.pair();
        return verdict(connectTo(client, loopback(9)));
      },
    },
    {
      id: 'connect-refused',
      api: 'connect',
      says: 'connect to a port of this machine where nobody listens fails with WSAECONNREFUSED.',
      source: wineTest('ws2_32/tests/sock.c:4206'),
      windows: 'WSAECONNREFUSED',
      reliedOn: ['happy-eyeballs.ts connect'],
      ask: (on) => verdict(connectTo(on.socket(), on.refusing())),
    },
    {
      id: 'connect-unspecified',
      api: 'connect',
      says: 'connect to 0.0.0.0 fails with WSAEADDRNOTAVAIL; it is no name of this machine.',
      source: reference('winsock2/connect'),
      windows: 'WSAEADDRNOTAVAIL',
      wine: 'succeeds',
      reliedOn: ['address.ts peerSockaddr'],
      ask(on) {
        const port = w.ntohs(nameOf(on.listener()).sin_port);
        return verdict(connectTo(on.socket(), anywhere(port)));
      },
    },
    {
      id: 'connect-port-0',
      api: 'connect',
      says: 'connect to port 0 fails with WSAEADDRNOTAVAIL.',
      source: documented('winsock/windows-sockets-error-codes-2'),
      windows: 'WSAEADDRNOTAVAIL',
      wine: 'WSAECONNREFUSED',
      reliedOn: ['connect.ts port'],
      ask: (on) => verdict(connectTo(on.socket(), loopback(0))),
    },
    {
      id: 'error-option-after-refused',
      api: 'getsockopt',
      says: 'SO_ERROR is 0 after a blocking connect has failed: the call itself has told it.',
      source: wineTest('ws2_32/tests/sock.c:4936'),
      windows: '0',
      wine: 'WSAECONNREFUSED',
      reliedOn: ['socket-option-table.ts SO_ERROR'],
      ask(on) {
        const s = on.socket();
        connectTo(s, on.refusing());
        const value = w.ref(w.int);
        w.getsockopt.orThrow(s, w.SOL_SOCKET, w.SO_ERROR, value, w.ref(w.int, 4));
        return value.value === 0 ? '0' : (w.errorName(value.value) ?? String(value.value));
      },
    },
    {
      id: 'send-after-shutdown',
      api: 'send',
      says: 'send after shutdown(SD_SEND) fails with WSAESHUTDOWN.',
      source: wineTest('ws2_32/tests/sock.c:9564'),
      windows: 'WSAESHUTDOWN',
      reliedOn: ['sender.ts SD_SEND'],
      ask(on) {
        const [client] = on.pair();
        w.shutdown.orThrow(client, w.SD_SEND);
        return counted(send(client, 'x'));
      },
    },
    {
      id: 'receive-after-shutdown',
      api: 'recv',
      says: 'recv after shutdown(SD_RECEIVE) fails with WSAESHUTDOWN.',
      source: wineTest('ws2_32/tests/sock.c:9578'),
      windows: 'WSAESHUTDOWN',
      reliedOn: ['overlapped-base.ts SD_RECEIVE'],
      ask(on) {
        const [client] = on.pair();
        w.shutdown.orThrow(client, w.SD_RECEIVE);
        return receive(client);
      },
    },
    {
      id: 'shutdown-listener',
      api: 'shutdown',
      says: 'shutdown of a listener fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:9790'),
      windows: 'WSAENOTCONN',
      reliedOn: ['sender.ts SD_SEND'],
      ask: (on) => verdict(w.shutdown(on.listener(), w.SD_SEND)),
    },
    {
      id: 'shutdown-twice',
      api: 'shutdown',
      says: 'A second shutdown of the same side succeeds.',
      source: wineTest('ws2_32/tests/sock.c:9558'),
      windows: 'succeeds',
      reliedOn: ['sender.ts SD_SEND'],
      ask(on) {
        const [client] = on.pair();
        w.shutdown.orThrow(client, w.SD_SEND);
        return verdict(w.shutdown(client, w.SD_SEND));
      },
    },
    {
      id: 'reset-by-peer',
      api: 'recv',
      says: 'recv after the peer has reset the connection fails with WSAECONNRESET.',
      source: wineTest('ws2_32/tests/sock.c:13941'),
      windows: 'WSAECONNRESET',
      reliedOn: ['node-errors.ts ECONNRESET'],
      ask(on) {
        const [client, server] = on.pair();
        on.reset(server);
        waitReadable(client);
        return receive(client);
      },
    },
    {
      id: 'receive-after-send-to-closed',
      api: 'recv',
      says: 'recv fails with WSAECONNABORTED where data was sent to a peer that had closed.',
      source: wineTest('ws2_32/tests/sock.c:9715'),
      windows: 'WSAECONNABORTED',
      wine: 'WSAECONNRESET',
      reliedOn: ['node-errors.ts ECONNRESET'],
      async ask(on) {
        const [client, server] = on.pair();
        w.shutdown.orThrow(client, w.SD_SEND);
        on.close(client);
        send(server, 'test');
        await sleep(100);
        return receive(server);
      },
    },
    {
      id: 'close-with-unread-data',
      api: 'closesocket',
      says: 'Closing a socket with data that was not received resets the connection.',
      source: reference('winsock/closesocket'),
      windows: 'WSAECONNRESET',
      reliedOn: ['tcp-socket.ts destroy'],
      async ask(on) {
        const [client, server] = on.pair();
        send(client, 'unread');
        await sleep(50);
        on.close(server);
        waitReadable(client);
        return receive(client);
      },
    },
    {
      id: 'close-twice',
      api: 'closesocket',
      says: 'Closing a socket a second time fails with WSAENOTSOCK.',
      source: reference('winsock/closesocket'),
      windows: 'WSAENOTSOCK',
      reliedOn: ['socket-base.ts close'],
      ask(on) {
        const s = on.socket();
        on.close(s);
        return verdict(w.closesocket(s));
      },
    },
    {
      id: 'accept-nobody',
      api: 'accept',
      says: 'accept on a non-blocking listener without a connection fails with WSAEWOULDBLOCK.',
      source: reference('winsock2/accept'),
      windows: 'WSAEWOULDBLOCK',
      reliedOn: ['simple/server-select.ts accept'],
      ask(on) {
        const s = w.accept(nonBlocking(on.listener()), null, null);
        return s === w.INVALID_SOCKET ? lastError() : 'accepts';
      },
    },
    {
      id: 'receive-times-out',
      api: 'recv',
      says: 'recv fails with WSAETIMEDOUT when SO_RCVTIMEO is over.',
      source: wineTest('ws2_32/tests/sock.c:13545'),
      windows: 'WSAETIMEDOUT',
      reliedOn: ['simple/client.ts recv'],
      ask(on) {
        const [client] = on.pair();
        const limit = w.ref(w.DWORD, 50);
        w.setsockopt.orThrow(client, w.SOL_SOCKET, w.SO_RCVTIMEO, limit, 4);
        return receive(client);
      },
    },
    {
      id: 'unknown-family',
      api: 'socket',
      says: 'A family that no provider has gives WSAEAFNOSUPPORT.',
      source: reference('winsock2/socket'),
      windows: 'WSAEAFNOSUPPORT',
      reliedOn: ['create-socket.ts WSASocketW'],
      ask: () => (w.socket(0x77, w.SOCK_STREAM, 0) === w.INVALID_SOCKET ? lastError() : 'a socket'),
    },
    {
      id: 'unknown-type',
      api: 'socket',
      says: 'A type that the family has not gives WSAESOCKTNOSUPPORT.',
      source: reference('winsock2/socket'),
      windows: 'WSAESOCKTNOSUPPORT',
      reliedOn: ['create-socket.ts WSASocketW'],
      ask: () => (w.socket(w.AF_INET, 10, 0) === w.INVALID_SOCKET ? lastError() : 'a socket'),
    },
    {
      id: 'cleanup-last-error',
      api: 'WSACleanup',
      says: 'WSACleanup that succeeds sets the last error to 0.',
      source: wineTest('ws2_32/tests/protocol.c:3112'),
      windows: '0',
      wine: 'WSAEINVAL',
      reliedOn: ['startup.ts WSACleanup'],
      ask() {
        w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
        w.WSASetLastError(w.WSAEINVAL);
        w.WSACleanup();
        const code = w.WSAGetLastError();
        return code === 0 ? '0' : (w.errorName(code) ?? String(code));
      },
    },
  ],
};
