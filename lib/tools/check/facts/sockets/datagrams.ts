import * as w from '../../../../index.ts';
import { documented, reference, type Topic, wineTest } from '../../fact.ts';
import { Pending } from '../../pending.ts';
import {
  anywhere,
  connectTo,
  counted,
  lastError,
  nameOf,
  nonBlocking,
  portOf,
  receive,
  send,
  sendTo,
  setOptionOf,
  sleep,
  verdict,
  waitReadable,
} from '../../session.ts';

/** What a socket has that was sent nothing, while nothing hinders it. */
const NOTHING = 'WSAEWOULDBLOCK';

export const datagrams: Topic = {
  name: 'datagrams',
  title: 'Datagrams',
  facts: [
    {
      id: 'unbound-receive',
      api: 'recv',
      says: 'Receiving on a datagram socket without an address fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:14334'),
      windows: 'WSAEINVAL',
      wine: NOTHING,
      reliedOn: ['udp-socket.ts bound'],
      ask: (on) => receive(nonBlocking(on.socket(w.SOCK_DGRAM))),
    },
    {
      id: 'unbound-overlapped-receive',
      api: 'WSARecvFrom',
      says: 'So does an overlapped receive, at its start.',
      source: wineTest('ws2_32/tests/afd.c:1731'),
      windows: 'WSAEINVAL',
      wine: 'pends',
      reliedOn: ['datagram-inbox.ts WSARecvFrom'],
      ask(on) {
        const pending = new Pending(on, on.socket(w.SOCK_DGRAM), 4);
        const how = pending.receiveFrom();
        if (how === 'pends') pending.cancel();
        return how;
      },
    },
    {
      id: 'send-binds',
      api: 'sendto',
      says: 'The first send gives a datagram socket an address.',
      source: reference('winsock2/sendto'),
      windows: 'has a port',
      reliedOn: ['datagram-sender.ts bound'],
      ask(on) {
        const s = on.socket(w.SOCK_DGRAM);
        sendTo(s, 'x', nameOf(on.datagram()));
        return portOf(s) > 0 ? 'has a port' : 'has none';
      },
    },
    {
      id: 'failed-send-binds',
      api: 'sendto',
      says: 'A send to an address of a wrong family leaves the socket without one.',
      source: { kind: 'inferred', from: 'the address is looked at before the socket is bound' },
      windows: 'WSAEINVAL',
      wine: 'succeeds',
      reliedOn: ['datagram-sender.ts bound'],
      ask(on) {
        const s = on.socket(w.SOCK_DGRAM);
        const name = anywhere(9);
        name.sin_family = w.AF_UNIX;
        sendTo(s, 'x', name);
        return verdict(w.getsockname(s, anywhere(), w.ref(w.int, 16)));
      },
    },
    {
      id: 'truncated',
      api: 'recvfrom',
      says: 'A datagram that is longer than the buffer fails with WSAEMSGSIZE.',
      source: reference('winsock2/recvfrom'),
      windows: 'WSAEMSGSIZE',
      reliedOn: ['overlapped-transfers.ts WSAEMSGSIZE'],
      ask(on) {
        const s = on.datagram();
        sendTo(on.datagram(), 'too long', nameOf(s));
        waitReadable(s);
        return receive(s, 4);
      },
    },
    {
      id: 'truncated-is-lost',
      api: 'recvfrom',
      says: 'The rest of such a datagram is lost.',
      source: reference('winsock2/recvfrom'),
      windows: NOTHING,
      reliedOn: ['overlapped-transfers.ts WSAEMSGSIZE'],
      ask(on) {
        const s = nonBlocking(on.datagram());
        sendTo(on.datagram(), 'too long', nameOf(s));
        waitReadable(s);
        receive(s, 4);
        return receive(s);
      },
    },
    {
      id: 'short-from-length',
      api: 'recvfrom',
      says: 'recvfrom fails with WSAEFAULT where there is no room for the address, and keeps the datagram.',
      source: wineTest('ws2_32/tests/sock.c:3233'),
      windows: 'WSAEFAULT',
      wine: '1 bytes',
      reliedOn: ['simple/server.ts recvfrom'],
      ask(on) {
        const s = on.datagram();
        sendTo(on.datagram(), 'x', nameOf(s));
        waitReadable(s);
        return counted(w.recvfrom(s, Buffer.alloc(4), 4, 0, anywhere(), w.ref(w.int, 1)));
      },
    },
    {
      id: 'empty',
      api: 'recv',
      says: 'An empty datagram is received as 0 bytes, and is no end.',
      source: reference('winsock2/recv'),
      windows: '0 bytes, then more',
      reliedOn: ['datagram-inbox.ts message'],
      async ask(on) {
        const [s, peer] = [on.datagram(), on.datagram()];
        sendTo(peer, '', nameOf(s));
        sendTo(peer, 'more', nameOf(s));
        await sleep(50);
        const first = counted(w.recv(s, Buffer.alloc(8), 8, 0));
        return `${first}, then ${receive(s)}`;
      },
    },
    {
      id: 'unreachable-port',
      api: 'recvfrom',
      says: 'After a send to a port without a socket, receiving fails with WSAECONNRESET.',
      source: reference('winsock2/recvfrom'),
      windows: 'WSAECONNRESET',
      wine: NOTHING,
      reliedOn: ['socket-options.ts SIO_UDP_CONNRESET'],
      async ask(on) {
        const s = nonBlocking(on.datagram());
        sendTo(s, 'x', on.refusing(w.SOCK_DGRAM));
        await sleep(100);
        return receive(s);
      },
    },
    {
      id: 'unreachable-port-switched-off',
      api: 'WSAIoctl',
      says: 'With SIO_UDP_CONNRESET switched off it does not.',
      source: documented('winsock/winsock-ioctls'),
      windows: NOTHING,
      reliedOn: ['socket-options.ts SIO_UDP_CONNRESET'],
      async ask(on) {
        const s = nonBlocking(on.datagram());
        const off = w.ref(w.DWORD, 0);
        const none = w.ref(w.DWORD);
        w.WSAIoctl.orThrow(s, w.SIO_UDP_CONNRESET, off, 4, null, 0, none, null, null);
        sendTo(s, 'x', on.refusing(w.SOCK_DGRAM));
        await sleep(100);
        return receive(s);
      },
    },
    {
      id: 'send-unconnected',
      api: 'send',
      says: 'send on a datagram socket without a destination fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:14327'),
      windows: 'WSAENOTCONN',
      reliedOn: ['udp-socket.ts connect'],
      ask: (on) => counted(send(on.datagram(), 'x')),
    },
    {
      id: 'sendto-port-0',
      api: 'sendto',
      says: 'A datagram to port 0 is taken without an error.',
      source: wineTest('ws2_32/tests/sock.c:3318'),
      windows: '1 bytes',
      reliedOn: ['datagram-sender.ts send'],
      ask(on) {
        const name = nameOf(on.datagram());
        name.sin_port = 0;
        return counted(sendTo(on.datagram(), 'x', name));
      },
    },
    {
      id: 'send-to-unspecified',
      api: 'sendto',
      says: 'A datagram to 0.0.0.0 fails with WSAEADDRNOTAVAIL; it is no name of this machine.',
      source: reference('winsock2/sendto'),
      windows: 'WSAEADDRNOTAVAIL',
      wine: '1 bytes',
      reliedOn: ['address.ts peerSockaddr'],
      ask(on) {
        const peer = on.socket(w.SOCK_DGRAM);
        w.bind.orThrow(peer, anywhere(), 16);
        return counted(sendTo(on.datagram(), 'x', anywhere(portOf(peer))));
      },
    },
    {
      id: 'connect-again',
      api: 'connect',
      says: 'A datagram socket can be connected again, to another peer.',
      source: wineTest('ws2_32/tests/sock.c:14378'),
      windows: 'succeeds',
      reliedOn: ['udp-socket.ts connect'],
      ask(on) {
        const s = on.datagram();
        connectTo(s, nameOf(on.datagram()));
        return verdict(connectTo(s, nameOf(on.datagram())));
      },
    },
    {
      id: 'disconnect',
      api: 'connect',
      says: 'connect to an address of AF_UNSPEC takes the peer away.',
      source: wineTest('ws2_32/tests/sock.c:14385'),
      windows: 'WSAENOTCONN',
      reliedOn: ['udp-socket.ts connect'],
      ask(on) {
        const s = on.datagram();
        connectTo(s, nameOf(on.datagram()));
        const none = anywhere();
        none.sin_family = w.AF_UNSPEC;
        connectTo(s, none);
        return verdict(w.getpeername(s, anywhere(), w.ref(w.int, 16)));
      },
    },
    {
      id: 'largest',
      api: 'sendto',
      says: 'A datagram of IPv4 carries 65507 bytes at most; one more fails with WSAEMSGSIZE.',
      source: reference('winsock2/sendto'),
      windows: 'WSAEMSGSIZE',
      reliedOn: ['ws1.ts 65507'],
      ask: (on) => counted(sendTo(on.datagram(), 'x'.repeat(65_508), nameOf(on.datagram()))),
    },
    {
      id: 'coalescing',
      api: 'setsockopt',
      says: 'UDP_RECV_MAX_COALESCED_SIZE is known from Windows 10 2004 on.',
      source: documented('winsock/ipproto-udp-socket-options'),
      windows: 'succeeds',
      wine: 'WSAEINVAL',
      reliedOn: ['socket-option-table.ts receiveCoalesced'],
      ask: (on) => setOptionOf(on.datagram(), w.IPPROTO_UDP, w.UDP_RECV_MAX_COALESCED_SIZE, 65_535),
    },
    {
      id: 'broadcast-needs-option',
      api: 'sendto',
      says: 'A broadcast without SO_BROADCAST fails with WSAEACCES.',
      source: reference('winsock2/sendto'),
      windows: 'WSAEACCES',
      reliedOn: ['bcast.ts SO_BROADCAST'],
      ask(on) {
        const name = anywhere(9);
        name.sin_addr.s_addr = w.INADDR_BROADCAST;
        const result = sendTo(on.datagram(), 'x', name);
        return result === w.SOCKET_ERROR ? lastError() : `${result} bytes`;
      },
    },
  ],
};
