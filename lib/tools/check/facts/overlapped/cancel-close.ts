import * as w from '../../../../index.ts';
import { documented, inferred, stated, type Topic, wineTest } from '../../fact.ts';
import { Pending } from '../../pending.ts';
import { nameOfCode, receive, send, sleep } from '../../session.ts';

const STATUS_CANCELLED = '0xc0000120';
const STATUS_HANDLES_CLOSED = '0x8000000a';
const STATUS_CONNECTION_ABORTED = '0xc0000241';

export const cancelAndClose: Topic = {
  name: 'cancel-close',
  title: 'Cancelling and closing',
  facts: [
    {
      id: 'nothing-to-cancel',
      api: 'CancelIoEx',
      says: 'CancelIoEx fails with ERROR_NOT_FOUND where nothing is pending.',
      source: documented('fileio/cancelioex-func'),
      windows: 'ERROR_NOT_FOUND',
      reliedOn: ['provider.ts CancelIoEx'],
      ask(on) {
        const [client] = on.pair();
        return new Pending(on, client, 1).cancel();
      },
    },
    {
      id: 'cancelled-receive',
      api: 'CancelIoEx',
      says: 'A cancelled receive ends with WSA_OPERATION_ABORTED.',
      source: documented('fileio/cancelioex-func'),
      windows: 'WSA_OPERATION_ABORTED',
      reliedOn: ['perform.ts WSA_OPERATION_ABORTED'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 1);
        pending.receive();
        pending.cancel();
        return pending.result();
      },
    },
    {
      id: 'cancelled-status',
      api: 'CancelIoEx',
      says: 'The status of a cancelled receive is STATUS_CANCELLED.',
      source: inferred('STATUS_CANCELLED is what ERROR_OPERATION_ABORTED stands for'),
      windows: STATUS_CANCELLED,
      reliedOn: ['perform.ts WSA_OPERATION_ABORTED'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 1);
        pending.receive();
        pending.cancel();
        pending.result();
        return pending.status;
      },
    },
    {
      id: 'cancel-one-of-two-receives',
      api: 'CancelIoEx',
      says: 'Cancelling one of several pending receives of a TCP socket cancels all of them.',
      source: stated('.NET', 'dotnet/corefx#36516, #34212'),
      windows: 'the other is cancelled too',
      wine: 'the other goes on',
      reliedOn: ['perform.ts cancel'],
      async ask(on) {
        const [client] = on.pair();
        const [first, second] = [new Pending(on, client, 8), new Pending(on, client, 8)];
        first.receive();
        second.receive();
        first.cancel();
        const cancelled = first.result();
        if (cancelled !== 'WSA_OPERATION_ABORTED') return `the first: ${cancelled}`;
        const over = second.isOver(200);
        if (!over) second.cancel();
        return over ? 'the other is cancelled too' : 'the other goes on';
      },
    },
    {
      id: 'cancel-receive-spares-send',
      api: 'CancelIoEx',
      says: 'A connection whose receive was cancelled goes on: data that comes later is received.',
      source: stated('.NET', 'dotnet/corefx#36516'),
      windows: 'later',
      reliedOn: ['perform.ts cancel'],
      async ask(on) {
        const [client, server] = on.pair();
        const pending = new Pending(on, client, 8);
        pending.receive();
        pending.cancel();
        pending.result();
        send(server, 'later');
        await sleep(50);
        return receive(client);
      },
    },
    {
      id: 'close-with-pending-receive',
      api: 'closesocket',
      says: 'A receive of TCP that is pending when its socket is closed ends with STATUS_CONNECTION_ABORTED.',
      source: wineTest('ws2_32/tests/sock.c:12168'),
      windows: STATUS_CONNECTION_ABORTED,
      wine: STATUS_HANDLES_CLOSED,
      reliedOn: ['operation.ts closed'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 8);
        pending.receive();
        on.close(client);
        if (!pending.isOver(2000)) return 'does not end';
        return pending.status;
      },
    },
    {
      id: 'close-datagram-with-pending-receive',
      api: 'closesocket',
      says: 'A receive of UDP that is pending when its socket is closed ends with STATUS_CANCELLED.',
      source: wineTest('ws2_32/tests/afd.c:1797'),
      windows: STATUS_CANCELLED,
      wine: STATUS_HANDLES_CLOSED,
      reliedOn: ['operation.ts closed'],
      ask(on) {
        const s = on.datagram();
        const pending = new Pending(on, s, 8);
        pending.receiveFrom();
        on.close(s);
        if (!pending.isOver(2000)) return 'does not end';
        return pending.status;
      },
    },
    {
      id: 'close-with-pending-send',
      api: 'closesocket',
      says: 'A send that does not get on ends when its socket is closed.',
      source: documented('api/winsock/nf-winsock-closesocket'),
      windows: 'ends',
      reliedOn: ['delivery.ts closesocket'],
      slow: true,
      ask(on) {
        const [client] = on.pair();
        w.setsockopt.orThrow(client, w.SOL_SOCKET, w.SO_SNDBUF, w.ref(w.int, 0), 4);
        const sending: Pending[] = [];
        for (let i = 0; i < 64; i++) {
          const pending = new Pending(on, client, 'x'.repeat(262_144));
          if (pending.send() === 'pends' && !pending.isOver(50)) {
            sending.push(pending);
            break;
          }
        }
        const [last] = sending;
        if (!last) return 'all is taken';
        on.close(client);
        return last.isOver(5000) ? 'ends' : 'does not end';
      },
    },
    {
      id: 'cancel-from-other-socket',
      api: 'CancelIoEx',
      says: 'CancelIoEx on a handle that was closed fails with ERROR_INVALID_HANDLE.',
      source: inferred('the documentation of CancelIoEx: a handle is needed'),
      windows: 'WSA_INVALID_HANDLE',
      reliedOn: ['provider.ts CancelIoEx'],
      ask(on) {
        const s = on.socket();
        const pending = new Pending(on, s, 1);
        on.close(s);
        return pending.cancel();
      },
    },
    {
      id: 'handle-closed-by-CloseHandle',
      api: 'closesocket',
      says: 'A socket is closed by CloseHandle as well: its peer sees the end.',
      source: inferred('sock.c:12106 of Wine closes one so; a socket is a handle of the system'),
      windows: 'the end',
      reliedOn: ['threads/duplicate.ts closesocket'],
      async ask(on) {
        const [client, server] = on.pair();
        const { CloseHandle, GetLastError } = await import('../../../../kernel.ts');
        if (CloseHandle(server) === 0) return nameOfCode(GetLastError());
        await sleep(50);
        return receive(client);
      },
    },
  ],
};
