/**
 * Events between threads: a worker waits for network events of a socket and for an event of its own at
 * the same time; the main thread sets that one when the worker is to stop.
 *
 *   npm start -- examples/threads/events.ts -n 3
 */

import {
  AF_INET,
  arrayOf,
  bind,
  closesocket,
  FALSE,
  FD_CLOSE,
  FD_READ,
  FD_READ_BIT,
  getsockname,
  HANDLE,
  htonl,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  int,
  MAKEWORD,
  recv,
  ref,
  SOCK_DGRAM,
  type SOCKET,
  SOCKET_ERROR,
  sendto,
  sizeof,
  sockaddr_in,
  socket,
  WSA_INFINITE,
  WSA_WAIT_EVENT_0,
  WSA_WAIT_FAILED,
  WSA_WAIT_TIMEOUT,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAEnumNetworkEvents,
  WSAEventSelect,
  WSAGetLastError,
  WSANETWORKEVENTS,
  WSAResetEvent,
  WSASetEvent,
  WSAStartup,
  WSAWaitForMultipleEvents,
} from 'winsock';
import { getopt, integer } from '../shared/options.ts';
import { CreateThread, printf, start, WaitForThreads } from '../shared/threads.ts';

const USAGE = `usage: events [-n COUNT]
  -n COUNT  how many datagrams to send to the worker (default: 3)`;

interface PARAMETER {
  readonly s: SOCKET;
  /** Set by the main thread when the worker is to end. */
  readonly hStop: HANDLE;
  /** Set by the worker when it has read a datagram. */
  readonly hRead: HANDLE;
}

function ReceiverThread({ s, hStop, hRead }: PARAMETER): void {
  const hNetwork = WSACreateEvent();
  if (WSAEventSelect(s, hNetwork, FD_READ | FD_CLOSE) === SOCKET_ERROR) {
    printf('WSAEventSelect failed: %d\n', WSAGetLastError());
  }
  const events = arrayOf(HANDLE, [hStop, hNetwork]);
  const buffer = Buffer.alloc(512);
  while (true) {
    const rc = WSAWaitForMultipleEvents(events.length, events, FALSE, WSA_INFINITE, FALSE);
    if (rc === WSA_WAIT_FAILED) {
      printf('WSAWaitForMultipleEvents failed: %d\n', WSAGetLastError());
      break;
    }
    if (rc - WSA_WAIT_EVENT_0 === 0) {
      printf('The worker was told to stop\n');
      break;
    }
    // Says which events there were, and resets the event of the socket.
    const network = new WSANETWORKEVENTS();
    WSAEnumNetworkEvents(s, hNetwork, network);
    if ((network.lNetworkEvents & FD_READ) === 0 || network.iErrorCode[FD_READ_BIT] !== 0) continue;
    const received = recv(s, buffer, buffer.length, 0);
    printf('The worker read "%s"\n', buffer.toString('utf8', 0, received));
    WSASetEvent(hRead);
  }
  WSACloseEvent(hNetwork);
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'n:');
  const count = integer('-n', options.n, 3);
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;

  const s = socket(AF_INET, SOCK_DGRAM, 0);
  const name = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: htonl(INADDR_LOOPBACK) },
  });
  if (s === INVALID_SOCKET || bind(s, name, sizeof(name)) === SOCKET_ERROR) {
    printf('socket or bind failed: %d\n', WSAGetLastError());
    return 1;
  }
  getsockname(s, name, ref(int, sizeof(name)));
  const hStop = WSACreateEvent();
  const hRead = WSACreateEvent();
  const thread = await CreateThread(import.meta.url, { s, hStop, hRead } satisfies PARAMETER);

  const sender = socket(AF_INET, SOCK_DGRAM, 0);
  const events = arrayOf(HANDLE, [hRead]);
  for (let i = 0; i < count; i++) {
    const message = Buffer.from(`datagram ${i}`);
    sendto(sender, message, message.length, 0, name, sizeof(name));
    // The same function without blocking the main thread.
    const rc = await WSAWaitForMultipleEvents.async(1, events, FALSE, 10_000, FALSE);
    if (rc === WSA_WAIT_TIMEOUT) {
      printf('Nothing was read\n');
      break;
    }
    WSAResetEvent(hRead);
  }
  WSASetEvent(hStop);
  await WaitForThreads([thread]);
  for (const event of [hStop, hRead]) WSACloseEvent(event);
  for (const one of [s, sender]) closesocket(one);
  WSACleanup();
  return 0;
}

await start(main, ReceiverThread);
