import * as w from '../../../../index.ts';
import { documented, inferred, reference, type Topic, wineTest } from '../../fact.ts';
import { Pending } from '../../pending.ts';
import { counted, nonBlocking, receive, send, setOptionOf, sleep, verdict } from '../../session.ts';

export const streams: Topic = {
  name: 'streams',
  title: 'Zero-byte receives, out-of-band data, half-closed streams',
  facts: [
    {
      id: 'zero-byte-receive-waits',
      api: 'WSARecv',
      says: 'A receive of 0 bytes waits until there is something, and leaves it there.',
      source: wineTest('ws2_32/tests/sock.c:13479'),
      windows: 'pends, 0 bytes, data',
      reliedOn: ['receiver.ts startWaiting'],
      async ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 0);
        const how = pending.receive();
        send(server, 'data');
        return `${how}, ${pending.result()}, ${receive(client)}`;
      },
    },
    {
      id: 'zero-byte-receive-at-once',
      api: 'WSARecv',
      says: 'Where something is there already it completes at once.',
      source: wineTest('ws2_32/tests/sock.c:13492'),
      windows: 'completes',
      reliedOn: ['receiver.ts startWaiting'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'data');
        await sleep(50);
        return new Pending(on, client, 0).receive();
      },
    },
    {
      id: 'zero-byte-receive-end',
      api: 'WSARecv',
      says: 'A receive of 0 bytes that waits ends with 0 bytes when the peer ends its half, which the next receive tells.',
      source: inferred('zero-byte-receive-waits, and what recv tells of the end of a stream'),
      windows: 'pends, 0 bytes, the end',
      reliedOn: ['receiver.ts startWaiting'],
      ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 0);
        const how = pending.receive();
        w.shutdown(server, w.SD_SEND);
        return `${how}, ${pending.result()}, ${receive(client)}`;
      },
    },
    {
      id: 'zero-byte-receive-reset',
      api: 'WSARecv',
      says: 'A receive of 0 bytes that waits fails with WSAECONNRESET when the peer resets the connection.',
      source: inferred('what any receive that waits does'),
      windows: 'pends, WSAECONNRESET',
      reliedOn: ['receiver.ts startWaiting'],
      ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 0);
        const how = pending.receive();
        on.reset(server);
        return `${how}, ${pending.result()}`;
      },
    },
    {
      id: 'zero-byte-receive-after-end',
      api: 'WSARecv',
      says: 'Where data and the end have come already, a receive of 0 bytes takes neither.',
      source: inferred('zero-byte-receive-at-once'),
      windows: 'completes, 0 bytes, data, the end',
      reliedOn: ['receiver.ts startWaiting'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'data');
        w.shutdown(server, w.SD_SEND);
        await sleep(50);
        const pending = new Pending(on, client, 0);
        return [pending.receive(), pending.result(), receive(client), receive(client)].join(', ');
      },
    },
    {
      id: 'no-buffers',
      api: 'WSARecv',
      says: 'A receive without buffers fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:13468'),
      windows: 'WSAEINVAL',
      reliedOn: ['receive.ts startScatter'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 4);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 4, buf: pending.memory }]);
        const flags = w.ref(w.DWORD);
        return verdict(w.WSARecv(client, buffers, 0, null, flags, pending.overlapped, null));
      },
    },
    {
      id: 'zero-byte-receive-blocks-not',
      api: 'recv',
      says: 'recv of 0 bytes returns at once, also where nothing is there.',
      source: wineTest('ws2_32/tests/sock.c:13497'),
      windows: 'the end',
      reliedOn: ['blocking.ts recv'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'x');
        await sleep(30);
        return receive(client, 0);
      },
    },
    {
      id: 'empty-send',
      api: 'send',
      says: 'A send of 0 bytes on a stream succeeds, and the peer gets nothing.',
      source: reference('winsock2/send'),
      windows: '0 bytes, WSAEWOULDBLOCK',
      reliedOn: ['sender.ts send'],
      async ask(on) {
        const [client, server] = on.pair();
        const how = counted(send(client, ''));
        await sleep(50);
        return `${how}, ${receive(nonBlocking(server))}`;
      },
    },
    {
      id: 'peek',
      api: 'recv',
      says: 'MSG_PEEK leaves the data where it is.',
      source: reference('winsock2/recv'),
      windows: 'data, data',
      reliedOn: ['simple/server.ts recv'],
      ask(on) {
        const [client, server] = on.pair();
        send(server, 'data');
        return `${receive(client, 8, w.MSG_PEEK)}, ${receive(client)}`;
      },
    },
    {
      id: 'wait-all',
      api: 'WSARecv',
      says: 'An overlapped receive with MSG_WAITALL pends until its buffer is full.',
      source: wineTest('ws2_32/tests/afd.c:1679'),
      windows: 'pends, 4 bytes',
      wine: 'completes, 2 bytes',
      reliedOn: ['overlapped-types.ts flags'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'ab');
        await sleep(30);
        const pending = new Pending(on, client, 4);
        const how = pending.receive(w.MSG_WAITALL);
        send(server, 'cd');
        return `${how}, ${pending.result()}`;
      },
    },
    {
      id: 'half-closed',
      api: 'shutdown',
      says: 'A side that has ended goes on receiving.',
      source: wineTest('ws2_32/tests/sock.c:9585'),
      windows: 'answer',
      reliedOn: ['tcp-socket.ts allowHalfOpen'],
      async ask(on) {
        const [client, server] = on.pair();
        w.shutdown.orThrow(client, w.SD_SEND);
        send(server, 'answer');
        return receive(client);
      },
    },
    {
      id: 'end-is-told-again',
      api: 'recv',
      says: 'The end of a stream is told each time it is asked for.',
      source: wineTest('ws2_32/tests/sock.c:9568'),
      windows: 'the end, the end',
      reliedOn: ['receiver.ts ended'],
      ask(on) {
        const [client, server] = on.pair();
        w.shutdown.orThrow(server, w.SD_SEND);
        return `${receive(client)}, ${receive(client)}`;
      },
    },
    {
      id: 'urgent-apart',
      api: 'recv',
      says: 'Out-of-band data is apart from the stream, and read with MSG_OOB.',
      source: documented('winsock/protocol-independent-out-of-band-data-2'),
      windows: 'data, !',
      reliedOn: ['socket-option-table.ts SO_OOBINLINE'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'data');
        send(server, '!', w.MSG_OOB);
        await sleep(50);
        return `${receive(client)}, ${receive(client, 4, w.MSG_OOB)}`;
      },
    },
    {
      id: 'urgent-once',
      api: 'recv',
      says: 'Out-of-band data is read once.',
      source: inferred('sock.c:4751 of Wine: such data is not there a second time'),
      windows: '!, WSAEWOULDBLOCK',
      reliedOn: ['socket-option-table.ts SO_OOBINLINE'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, '!', w.MSG_OOB);
        await sleep(50);
        nonBlocking(client);
        return `${receive(client, 4, w.MSG_OOB)}, ${receive(client, 4, w.MSG_OOB)}`;
      },
    },
    {
      id: 'no-urgent-data',
      api: 'recv',
      says: 'MSG_OOB without such data fails with WSAEWOULDBLOCK.',
      source: { kind: 'inferred', from: 'the events of out-of-band data in sock.c:7209 of Wine' },
      windows: 'WSAEWOULDBLOCK',
      reliedOn: ['socket-option-table.ts SO_OOBINLINE'],
      ask: (on) => receive(nonBlocking(on.pair()[0]), 4, w.MSG_OOB),
    },
    {
      id: 'urgent-inline',
      api: 'setsockopt',
      says: 'With SO_OOBINLINE out-of-band data is part of the stream.',
      source: wineTest('ws2_32/tests/sock.c:8500'),
      windows: '!',
      reliedOn: ['socket-option-table.ts SO_OOBINLINE'],
      async ask(on) {
        const [client, server] = on.pair();
        setOptionOf(client, w.SOL_SOCKET, w.SO_OOBINLINE, 1);
        send(server, '!', w.MSG_OOB);
        await sleep(50);
        return receive(client);
      },
    },
    {
      id: 'urgent-mark',
      api: 'ioctlsocket',
      says: 'SIOCATMARK is 0 while urgent data is ahead that was not read.',
      source: wineTest('ws2_32/tests/sock.c:5688'),
      windows: '0',
      wine: '1',
      reliedOn: ['winsock2.g.ts SIOCATMARK'],
      async ask(on) {
        const [client, server] = on.pair();
        send(server, 'data');
        send(server, '!', w.MSG_OOB);
        await sleep(50);
        const mark = w.ref(w.u_long, 7);
        w.ioctlsocket.orThrow(client, w.SIOCATMARK, mark);
        return String(mark.value);
      },
    },
    {
      id: 'lingering-end',
      api: 'setsockopt',
      says: 'SO_LINGER of 0 seconds resets the connection at its close.',
      source: reference('winsock/closesocket'),
      windows: 'WSAECONNRESET',
      reliedOn: ['tcp-socket.ts reset'],
      async ask(on) {
        const [client, server] = on.pair();
        on.reset(server);
        await sleep(50);
        return receive(client);
      },
    },
    {
      id: 'send-while-nobody-receives',
      api: 'send',
      says: 'A stream whose peer takes nothing is full in the end: WSAEWOULDBLOCK.',
      source: reference('winsock2/send'),
      windows: 'WSAEWOULDBLOCK',
      reliedOn: ['sender.ts send'],
      ask(on) {
        const [client] = on.pair();
        nonBlocking(client);
        const data = Buffer.alloc(1 << 20);
        for (let i = 0; i < 256; i++) {
          const result = w.send(client, data, data.length, 0);
          if (result === w.SOCKET_ERROR) return counted(result);
        }
        return 'all is taken';
      },
    },
  ],
};
