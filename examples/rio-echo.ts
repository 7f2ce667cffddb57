/**
 * A UDP echo server over Registered I/O: one buffer is registered, receives and sends are requests in a
 * queue, and completions are taken off another without a system call. Needs Windows 8; Wine has no RIO.
 *
 *   npm start -- examples/rio-echo.ts -e 5001
 */

import {
  AF_INET,
  addressOf,
  arrayOf,
  bind,
  closesocket,
  htons,
  INADDR_ANY,
  INVALID_SOCKET,
  IPPROTO_UDP,
  MAKEWORD,
  type Pointer,
  RIO_BUF,
  RIO_CORRUPT_CQ,
  RIO_EVENT_COMPLETION,
  RIO_INVALID_BUFFERID,
  RIO_INVALID_CQ,
  RIO_INVALID_RQ,
  RIO_NOTIFICATION_COMPLETION,
  RIOCloseCompletionQueue,
  RIOCreateCompletionQueue,
  RIOCreateRequestQueue,
  RIODequeueCompletion,
  RIODeregisterBuffer,
  RIONotify,
  RIORESULT,
  RIOReceiveEx,
  RIORegisterBuffer,
  RIOSendEx,
  SOCK_DGRAM,
  SOCKADDR_INET,
  SOCKET_ERROR,
  sizeof,
  sockaddr_in,
  WSA_FLAG_REGISTERED_IO,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAGetLastError,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { INFINITE, WaitForSingleObject } from 'winsock/kernel';
import { getopt, integer } from './shared/options.ts';

const SLOTS = 16;
const DATA_SIZE = 2048;
const ADDRESS_SIZE = sizeof(SOCKADDR_INET);
const SLOT_SIZE = DATA_SIZE + 64;
const RECEIVE = 0n;
const SEND = 1n;
const USAGE = `usage: rio-echo [-e PORT]
  -e PORT  the port to receive on (default: 5001)
Needs Windows 8 or later.`;

const failed = (what: string) => {
  console.log(`${what} failed: ${WSAGetLastError()}`);
  return 1;
};

function main(): number {
  const [options] = getopt(USAGE, 'e:');
  const port = integer('-e', options.e, 5001, 0, 65_535);
  console.log('This program needs Windows 8 or later: Registered I/O.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  const s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, null, 0, WSA_FLAG_REGISTERED_IO);
  const event = WSACreateEvent();
  // Locked in memory while it is registered: data and the address of each slot.
  const memory = new Uint8Array(new ArrayBuffer(SLOTS * SLOT_SIZE));
  let buffers = RIO_INVALID_BUFFERID as number;
  let queue = RIO_INVALID_CQ as number;
  try {
    const local = new sockaddr_in({
      sin_family: AF_INET,
      sin_port: htons(port),
      sin_addr: { s_addr: INADDR_ANY },
    });
    if (s === INVALID_SOCKET || bind(s, local, sizeof(local)) === SOCKET_ERROR)
      return failed('bind');

    buffers = RIORegisterBuffer(addressOf(memory), memory.length);
    if (buffers === RIO_INVALID_BUFFERID) return failed('RIORegisterBuffer');
    const notification = new RIO_NOTIFICATION_COMPLETION({ Type: RIO_EVENT_COMPLETION });
    notification.Event.EventHandle = event;
    notification.Event.NotifyReset = 1;
    queue = RIOCreateCompletionQueue(2 * SLOTS, notification);
    if (queue === RIO_INVALID_CQ) return failed('RIOCreateCompletionQueue');
    const requests = RIOCreateRequestQueue(s, SLOTS, 1, SLOTS, 1, queue, queue, null);
    if (requests === RIO_INVALID_RQ) return failed('RIOCreateRequestQueue');

    // A request names its slot and what it is; the completion brings that back.
    const slots = Array.from({ length: SLOTS }, (_, i) => ({
      data: new RIO_BUF({ BufferId: buffers, Offset: i * SLOT_SIZE, Length: DATA_SIZE }),
      address: new RIO_BUF({
        BufferId: buffers,
        Offset: i * SLOT_SIZE + DATA_SIZE,
        Length: ADDRESS_SIZE,
      }),
    }));
    const post = (slot: number, operation: bigint, length: number) => {
      const { data, address } = slots[slot]!;
      data.Length = length;
      const context = ((slot << 1) | Number(operation)) as Pointer;
      return operation === RECEIVE
        ? RIOReceiveEx(requests, data, 1, null, address, null, null, 0, context)
        : RIOSendEx(requests, data, 1, null, address, null, null, 0, context);
    };
    for (let slot = 0; slot < SLOTS; slot++) {
      if (!post(slot, RECEIVE, DATA_SIZE)) return failed('RIOReceiveEx');
    }
    console.log(`Receiving on port ${port}`);

    const results = arrayOf(RIORESULT, SLOTS);
    while (true) {
      if (RIONotify(queue) !== 0) return failed('RIONotify');
      WaitForSingleObject(event, INFINITE);
      const count = RIODequeueCompletion(queue, results, results.length);
      if (count === RIO_CORRUPT_CQ) return failed('RIODequeueCompletion');
      for (const { Status, BytesTransferred, RequestContext } of [...results].slice(0, count)) {
        const slot = Number(RequestContext >> 1n);
        const received = (RequestContext & 1n) === RECEIVE && Status === 0;
        if (received) console.log(`read ${BytesTransferred} bytes`);
        if (!post(slot, received ? SEND : RECEIVE, received ? BytesTransferred : DATA_SIZE)) {
          return failed(received ? 'RIOSendEx' : 'RIOReceiveEx');
        }
      }
    }
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    if (queue !== RIO_INVALID_CQ) RIOCloseCompletionQueue(queue);
    if (buffers !== RIO_INVALID_BUFFERID) RIODeregisterBuffer(buffers);
    WSACloseEvent(event);
    WSACleanup();
  }
}

process.exitCode = main();
