import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { documented, inferred, reference, stated, type Topic, wineTest } from '../../fact.ts';
import { Pending } from '../../pending.ts';
import { nameOf, nameOfCode, type Session, send, sendTo, sleep } from '../../session.ts';

const KEY = 77;

function portFor(on: Session, socket: w.SOCKET): w.HANDLE {
  const port = k.CreateIoCompletionPort.orThrow(socket, 0, KEY, 0);
  on.after(() => k.CloseHandle(port));
  return port;
}

/** Takes a packet and says what it is of, or why there is none. */
function packet(port: w.HANDLE, milliseconds = 300): string {
  const bytes = w.ref(w.DWORD);
  const key = w.ref(k.ULONG_PTR);
  const overlapped = w.ref(w.ptr(w.OVERLAPPED));
  const result = k.GetQueuedCompletionStatus(port, bytes, key, overlapped, milliseconds);
  if (result !== 0) return `${bytes.value} bytes`;
  const code = k.GetLastError();
  return code === k.WAIT_TIMEOUT ? 'no packet' : nameOfCode(code);
}

function skipping(socket: w.SOCKET): void {
  const flags = k.FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | k.FILE_SKIP_SET_EVENT_ON_HANDLE;
  k.SetFileCompletionNotificationModes.orThrow(socket, flags);
}

export const completion: Topic = {
  name: 'completion',
  title: 'Completion status and packets',
  facts: [
    {
      id: 'packet-of-immediate-receive',
      api: 'WSARecv',
      says: 'A receive that completes at once sends a packet to the completion port.',
      source: documented('fileio/i-o-completion-ports'),
      windows: '4 bytes',
      reliedOn: ['operation.ts skips'],
      async ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        send(server, 'data');
        await sleep(30);
        new Pending(on, client, 16).receive();
        return packet(port);
      },
    },
    {
      id: 'skip-packet-on-success',
      api: 'SetFileCompletionNotificationModes',
      says: 'With FILE_SKIP_COMPLETION_PORT_ON_SUCCESS a receive that completes at once sends none.',
      source: documented('api/winbase/nf-winbase-setfilecompletionnotificationmodes'),
      windows: 'completes; no packet',
      reliedOn: ['provider.ts SKIP_COMPLETION_PORT_ON_SUCCESS'],
      async ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        skipping(client);
        send(server, 'data');
        await sleep(30);
        const how = new Pending(on, client, 16).receive();
        return `${how}; ${packet(port)}`;
      },
    },
    {
      id: 'skip-packet-of-pending',
      api: 'SetFileCompletionNotificationModes',
      says: 'With that mode a receive that has to wait sends its packet all the same.',
      source: documented('api/winbase/nf-winbase-setfilecompletionnotificationmodes'),
      windows: 'pends; 4 bytes',
      reliedOn: ['operation.ts skips'],
      ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        skipping(client);
        const how = new Pending(on, client, 16).receive();
        send(server, 'data');
        return `${how}; ${packet(port, 2000)}`;
      },
    },
    {
      id: 'skip-packet-of-send',
      api: 'WSASend',
      says: 'WSASend that completes at once honours that mode too.',
      source: stated('libuv', 'libuv/libuv#5282'),
      windows: 'completes; no packet',
      reliedOn: ['operation.ts skips'],
      ask(on) {
        const [client] = on.pair();
        const port = portFor(on, client);
        skipping(client);
        const how = new Pending(on, client, 'data').send();
        return `${how}; ${packet(port)}`;
      },
    },
    {
      id: 'skip-packet-of-truncated-datagram',
      api: 'WSARecvFrom',
      says: 'With that mode a datagram that is longer than the buffer is pending first, and sends its packet.',
      source: inferred('ntdll/tests/pipe.c:1541 of Wine, for pipes from Windows 8 on'),
      windows: 'pends; ERROR_MORE_DATA',
      wine: 'WSAEMSGSIZE; no packet',
      reliedOn: ['operation.ts isWarning', 'provider.ts maySkipPackets'],
      async ask(on) {
        const s = on.datagram();
        const port = portFor(on, s);
        skipping(s);
        sendTo(on.datagram(), 'longer than four', nameOf(s));
        await sleep(30);
        const how = new Pending(on, s, 4).receiveFrom();
        return `${how}; ${packet(port)}`;
      },
    },
    {
      id: 'failed-start-sends-no-packet',
      api: 'WSARecv',
      says: 'A receive that fails at its start sends no packet.',
      source: reference('winsock2/wsarecv'),
      windows: 'WSAENOTCONN; no packet',
      reliedOn: ['operation.ts started'],
      ask(on) {
        const s = on.bound();
        const port = portFor(on, s);
        const how = new Pending(on, s, 4).receive();
        return `${how}; ${packet(port, 100)}`;
      },
    },
    {
      id: 'synchronous-call-sends-no-packet',
      api: 'recv',
      says: 'A call without OVERLAPPED sends no packet, though the socket has a completion port.',
      source: documented('fileio/i-o-completion-ports'),
      windows: 'no packet',
      reliedOn: ['port.ts packet'],
      async ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        send(server, 'data');
        await sleep(30);
        w.recv.orThrow(client, Buffer.alloc(4), 4, 0);
        return packet(port, 100);
      },
    },
    {
      id: 'event-with-low-bit-sends-no-packet',
      api: 'GetQueuedCompletionStatus',
      says: 'An event whose lowest bit is set keeps the packet away from the completion port.',
      source: documented('api/ioapiset/nf-ioapiset-getqueuedcompletionstatus'),
      windows: 'no packet',
      reliedOn: ['completion-port.md event'],
      async ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        send(server, 'data');
        await sleep(30);
        const event = on.event() | 1;
        new Pending(on, client, 16, event).receive();
        return packet(port, 100);
      },
    },
    {
      id: 'second-port',
      api: 'CreateIoCompletionPort',
      says: 'A socket that has a completion port cannot be given another: ERROR_INVALID_PARAMETER.',
      source: stated('libuv', 'src/win/tcp.c, UV_HANDLE_EMULATE_IOCP'),
      windows: 'WSA_INVALID_PARAMETER',
      reliedOn: ['port.ts CreateIoCompletionPort'],
      ask(on) {
        const [client] = on.pair();
        portFor(on, client);
        const second = k.CreateIoCompletionPort(client, 0, 1, 0);
        return Number(second) === 0 ? nameOfCode(k.GetLastError()) : 'a port';
      },
    },
    {
      id: 'packet-of-reset',
      api: 'WSARecv',
      says: 'The packet of a receive that the peer’s reset has ended says ERROR_NETNAME_DELETED.',
      source: wineTest('ws2_32/tests/sock.c:10713'),
      windows: 'ERROR_NETNAME_DELETED',
      reliedOn: ['statuses.g.ts STATUS_CODES'],
      ask(on) {
        const [client, server] = on.pair();
        const port = portFor(on, client);
        new Pending(on, client, 16).receive();
        on.reset(server);
        return packet(port, 2000);
      },
    },
    {
      id: 'result-of-reset',
      api: 'WSAGetOverlappedResult',
      says: 'WSAGetOverlappedResult says WSAECONNRESET of the same receive.',
      source: wineTest('ws2_32/tests/sock.c:13041'),
      windows: 'WSAECONNRESET',
      reliedOn: ['statuses.g.ts STATUS_CODES'],
      ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 16);
        pending.receive();
        on.reset(server);
        return pending.result();
      },
    },
    {
      id: 'end-of-stream',
      api: 'WSARecv',
      says: 'The orderly end of a stream completes a pending receive with 0 bytes.',
      source: reference('winsock2/wsarecv'),
      windows: '0 bytes',
      reliedOn: ['receiver.ts ended'],
      ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 16);
        pending.receive();
        w.shutdown.orThrow(server, w.SD_SEND);
        return pending.result();
      },
    },
    {
      id: 'incomplete',
      api: 'WSAGetOverlappedResult',
      says: 'WSAGetOverlappedResult that does not wait fails with WSA_IO_INCOMPLETE meanwhile.',
      source: reference('winsock2/wsagetoverlappedresult'),
      windows: 'WSA_IO_INCOMPLETE',
      reliedOn: ['overlap.ts WSAGetOverlappedResult'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 16);
        pending.receive();
        const result = w.WSAGetOverlappedResult(
          client,
          pending.overlapped,
          w.ref(w.DWORD),
          0,
          w.ref(w.DWORD),
        );
        const code = w.WSAGetLastError();
        pending.cancel();
        pending.result();
        return result === 0 ? nameOfCode(code) : 'is over';
      },
    },
    {
      id: 'bytes-untouched-while-pending',
      api: 'WSARecv',
      says: 'A receive that is pending leaves the count of bytes as it was.',
      source: wineTest('ws2_32/tests/sock.c:12087'),
      windows: '7',
      reliedOn: ['overlap.ts WSARecv'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 16);
        const bytes = w.ref(w.DWORD, 7);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 16, buf: pending.memory }]);
        w.WSARecv(client, buffers, 1, bytes, w.ref(w.DWORD), pending.overlapped, null);
        pending.cancel();
        pending.result();
        return String(bytes.value);
      },
    },
    {
      id: 'posted-packet',
      api: 'PostQueuedCompletionStatus',
      says: 'A packet that was posted comes as it was posted.',
      source: documented('fileio/postqueuedcompletionstatus'),
      windows: '123 bytes',
      reliedOn: ['baton.ts PostQueuedCompletionStatus'],
      ask(on) {
        const port = portFor(on, on.socket());
        k.PostQueuedCompletionStatus.orThrow(port, 123, 1, null);
        return packet(port);
      },
    },
    {
      id: 'receives-complete-in-order',
      api: 'WSARecv',
      says: 'Several pending receives are filled in the order in which they were started.',
      source: wineTest('ws2_32/tests/sock.c:13402'),
      windows: 'ab, cd',
      reliedOn: ['overlapped-transfers.ts receive'],
      ask(on) {
        const [client, server] = on.pair();
        const [first, second] = [new Pending(on, client, 2), new Pending(on, client, 2)];
        first.receive();
        second.receive();
        send(server, 'abcd');
        first.result();
        second.result();
        return `${first.text()}, ${second.text()}`;
      },
    },
  ],
};
