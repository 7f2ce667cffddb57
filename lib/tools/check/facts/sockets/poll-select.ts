import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { documented, reference, type Topic, wineTest } from '../../fact.ts';
import {
  connectTo,
  lastError,
  nameOf,
  nonBlocking,
  send,
  sendTo,
  sleep,
  waitReadable,
} from '../../session.ts';

const EVENTS = {
  POLLRDNORM: w.POLLRDNORM,
  POLLRDBAND: w.POLLRDBAND,
  POLLWRNORM: w.POLLWRNORM,
  POLLERR: w.POLLERR,
  POLLHUP: w.POLLHUP,
  POLLNVAL: w.POLLNVAL,
};

const NETWORK_EVENTS = {
  FD_READ: w.FD_READ,
  FD_WRITE: w.FD_WRITE,
  FD_ACCEPT: w.FD_ACCEPT,
  FD_CONNECT: w.FD_CONNECT,
  FD_CLOSE: w.FD_CLOSE,
};

function namesOf(known: Readonly<Record<string, number>>, bits: number): string {
  const names = Object.entries(known).filter(([, bit]) => (bits & bit) !== 0);
  return names.map(([name]) => name).join(' ');
}

/** What WSAPoll says of one socket: names of events, 'nothing', or the error. */
function poll(socket: w.SOCKET, events: number, milliseconds = 0): string {
  const entry = new w.WSAPOLLFD({ fd: socket, events });
  if (w.WSAPoll(entry, 1, milliseconds) === w.SOCKET_ERROR) return lastError();
  return namesOf(EVENTS, entry.revents) || 'nothing';
}

const ALL = w.POLLRDNORM | w.POLLRDBAND | w.POLLWRNORM;

/** The network events of a socket, by their names. */
function networkEvents(socket: w.SOCKET, event: w.HANDLE): string {
  const events = new w.WSANETWORKEVENTS();
  if (w.WSAEnumNetworkEvents(socket, event, events) !== 0) return lastError();
  return namesOf(NETWORK_EVENTS, events.lNetworkEvents) || 'none';
}

export const pollAndSelect: Topic = {
  name: 'poll-select',
  title: 'WSAPoll, select and WSAEventSelect',
  facts: [
    {
      id: 'invalid-events',
      api: 'WSAPoll',
      says: 'WSAPoll fails with WSAEINVAL where POLLERR, POLLHUP or POLLPRI is asked for.',
      source: wineTest('ws2_32/tests/sock.c:8326'),
      windows: 'WSAEINVAL',
      wine: 'nothing',
      reliedOn: ['wsapoll.ts WSAPOLLFD'],
      ask: (on) => poll(on.listener(), w.POLLERR),
    },
    {
      id: 'nothing-to-poll',
      api: 'WSAPoll',
      says: 'WSAPoll of no socket at all fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:8295'),
      windows: 'WSAEINVAL',
      reliedOn: ['wsapoll.ts WSAPoll'],
      ask: () => (w.WSAPoll(new w.WSAPOLLFD(), 0, 0) === w.SOCKET_ERROR ? lastError() : 'succeeds'),
    },
    {
      id: 'no-socket',
      api: 'WSAPoll',
      says: 'A number that is no socket among others gets POLLNVAL, and the call succeeds.',
      source: wineTest('ws2_32/tests/sock.c:8347'),
      windows: '0: nothing, POLLNVAL',
      reliedOn: ['wsapoll.ts WSAPoll'],
      ask(on) {
        const both = w.arrayOf(w.WSAPOLLFD, [
          { fd: on.listener(), events: w.POLLIN },
          { fd: 0xabacab, events: w.POLLIN },
        ]);
        const result = w.WSAPoll(both, 2, 0);
        const told = [0, 1].map((i) => (both[i]?.revents === w.POLLNVAL ? 'POLLNVAL' : 'nothing'));
        return `${result}: ${told.join(', ')}`;
      },
    },
    {
      id: 'writable',
      api: 'WSAPoll',
      says: 'A connection that is idle is writable and no more.',
      source: wineTest('ws2_32/tests/sock.c:8461'),
      windows: 'POLLWRNORM',
      reliedOn: ['wsapoll.ts POLLWRNORM'],
      ask: (on) => poll(on.pair()[0], ALL),
    },
    {
      id: 'connection-waits',
      api: 'WSAPoll',
      says: 'A listener with a connection that waits has POLLRDNORM.',
      source: wineTest('ws2_32/tests/sock.c:8402'),
      windows: 'POLLRDNORM',
      reliedOn: ['wsapoll.ts POLLRDNORM'],
      ask(on) {
        const listener = on.listener();
        connectTo(on.socket(), nameOf(listener));
        return poll(listener, w.POLLIN, 1000);
      },
    },
    {
      id: 'peer-has-shut-down',
      api: 'WSAPoll',
      says: 'The orderly end of the peer is POLLHUP, without POLLRDNORM.',
      source: wineTest('ws2_32/tests/sock.c:8529'),
      windows: 'POLLWRNORM POLLHUP',
      reliedOn: ['wsapoll.ts recv'],
      async ask(on) {
        const [client, server] = on.pair();
        w.shutdown.orThrow(server, w.SD_SEND);
        await sleep(50);
        return poll(client, ALL);
      },
    },
    {
      id: 'peer-has-closed',
      api: 'WSAPoll',
      says: 'So is a peer that has closed.',
      source: wineTest('ws2_32/tests/sock.c:8544'),
      windows: 'POLLWRNORM POLLHUP',
      reliedOn: ['wsapoll.ts recv'],
      async ask(on) {
        const [client, server] = on.pair();
        on.close(server);
        await sleep(50);
        return poll(client, ALL);
      },
    },
    {
      id: 'connect-refused',
      api: 'WSAPoll',
      says: 'A failed connection is told from Windows 10 2004 on, and never before.',
      source: wineTest('ws2_32/tests/sock.c:8593'),
      windows: [
        { build: 0, answer: 'nothing' },
        { build: 19041, answer: 'POLLWRNORM POLLERR POLLHUP' },
      ],
      wine: ['POLLRDNORM POLLERR', 'POLLERR', 'POLLERR POLLHUP'],
      reliedOn: ['wsapoll.ts connect'],
      slow: true,
      ask(on) {
        const s = nonBlocking(on.socket());
        connectTo(s, on.refusing());
        return poll(s, ALL, 10_000);
      },
    },
    {
      id: 'datagram',
      api: 'WSAPoll',
      says: 'A datagram socket with something to receive is readable and writable.',
      source: wineTest('ws2_32/tests/sock.c:8680'),
      windows: 'POLLRDNORM POLLWRNORM',
      reliedOn: ['wsapoll.ts WSAPoll'],
      ask(on) {
        const s = on.datagram();
        sendTo(on.datagram(), 'x', nameOf(s));
        waitReadable(s);
        return poll(s, ALL);
      },
    },
    {
      id: 'select-nothing',
      api: 'select',
      says: 'select without a socket fails with WSAEINVAL.',
      source: reference('winsock2/select'),
      windows: 'WSAEINVAL',
      reliedOn: ['fd-set.ts fd_set'],
      ask() {
        const result = w.select(0, null, null, null, new w.timeval());
        return result === w.SOCKET_ERROR ? lastError() : String(result);
      },
    },
    {
      id: 'select-no-socket',
      api: 'select',
      says: 'select with a number that is no socket fails with WSAENOTSOCK.',
      source: reference('winsock2/select'),
      windows: 'WSAENOTSOCK',
      reliedOn: ['simple/server-select.ts select'],
      ask() {
        const set = new w.fd_set();
        w.FD_SET(0xabacab, set);
        const result = w.select(0, set, null, null, new w.timeval());
        return result === w.SOCKET_ERROR ? lastError() : String(result);
      },
    },
    {
      id: 'select-refused',
      api: 'select',
      says: 'A refused connection is told in the third set.',
      source: reference('winsock2/select'),
      windows: 'exceptfds',
      reliedOn: ['fd-set.ts fd_set'],
      slow: true,
      ask(on) {
        const s = nonBlocking(on.socket());
        connectTo(s, on.refusing());
        const [write, except] = [new w.fd_set(), new w.fd_set()];
        w.FD_SET(s, write);
        w.FD_SET(s, except);
        w.select(0, null, write, except, new w.timeval({ tv_sec: 5 }));
        if (w.FD_ISSET(s, except)) return 'exceptfds';
        return w.FD_ISSET(s, write) ? 'writefds' : 'nothing';
      },
    },
    {
      id: 'event-of-connection',
      api: 'WSAEventSelect',
      says: 'A connection that waits sets the event of its listener: FD_ACCEPT.',
      source: wineTest('ws2_32/tests/sock.c:6563'),
      windows: 'FD_ACCEPT',
      reliedOn: ['accept/server.ts FD_ACCEPT'],
      ask(on) {
        const listener = on.listener();
        const event = on.event();
        w.WSAEventSelect.orThrow(listener, event, w.FD_ACCEPT);
        connectTo(on.socket(), nameOf(listener));
        k.WaitForSingleObject(event, 2000);
        return networkEvents(listener, event);
      },
    },
    {
      id: 'event-is-told-once',
      api: 'WSAEnumNetworkEvents',
      says: 'An event that was read is told again only after the call that enables it.',
      source: reference('winsock2/wsaeventselect'),
      windows: 'FD_READ, none',
      reliedOn: ['threads/events.ts WSAEnumNetworkEvents'],
      async ask(on) {
        const [client, server] = on.pair();
        const event = on.event();
        w.WSAEventSelect.orThrow(client, event, w.FD_READ);
        send(server, 'x');
        k.WaitForSingleObject(event, 2000);
        return `${networkEvents(client, event)}, ${networkEvents(client, event)}`;
      },
    },
    {
      id: 'writable-at-once',
      api: 'WSAEventSelect',
      says: 'FD_WRITE is set at once for a connection.',
      source: wineTest('ws2_32/tests/sock.c:6966'),
      windows: 'FD_WRITE',
      reliedOn: ['threads/events.ts WSAEventSelect'],
      ask(on) {
        const [client] = on.pair();
        const event = on.event();
        w.WSAEventSelect.orThrow(client, event, w.FD_WRITE);
        k.WaitForSingleObject(event, 2000);
        return networkEvents(client, event);
      },
    },
    {
      id: 'at-most-64',
      api: 'WSAWaitForMultipleEvents',
      says: 'A wait for more than 64 events fails with WSA_INVALID_PARAMETER.',
      source: documented('api/winsock2/nf-winsock2-wsawaitformultipleevents'),
      windows: 'WSA_INVALID_PARAMETER',
      reliedOn: ['winsock2.g.ts WSA_MAXIMUM_WAIT_EVENTS'],
      ask(on) {
        const events = Array.from({ length: 65 }, () => on.event());
        const result = w.WSAWaitForMultipleEvents(65, w.arrayOf(w.HANDLE, events), 0, 0, 0);
        return result === w.WSA_WAIT_FAILED ? lastError() : String(result);
      },
    },
  ],
};
