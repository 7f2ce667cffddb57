/**
 * A thread for each client, as C servers have it: the main thread accepts and hands the socket's handle
 * to a worker, which serves it with blocking calls and closes it.
 *
 *   npm start -- examples/threads/share-socket.ts -e 5001 -l 2
 */

import {
  AF_INET,
  accept,
  bind,
  closesocket,
  htons,
  INADDR_ANY,
  INVALID_SOCKET,
  listen,
  MAKEWORD,
  recv,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOMAXCONN,
  send,
  sizeof,
  sockaddr_in,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { GetCurrentThreadId } from 'winsock/kernel';
import { getopt, integer } from '../shared/options.ts';
import { CreateThread, printf, start, type Thread, WaitForThreads } from '../shared/threads.ts';

const USAGE = `usage: share-socket [-e PORT] [-l CLIENTS]
  -e PORT     the port to listen on (default: 5001)
  -l CLIENTS  how many clients to serve before it ends (default: 1)`;

/** What each thread does. It blocks as it likes: nobody else waits. */
function ClientThread(s: SOCKET): void {
  const buffer = Buffer.alloc(4096);
  let total = 0;
  while (true) {
    const received = recv(s, buffer, buffer.length, 0);
    if (received === SOCKET_ERROR) printf('recv failed: %d\n', WSAGetLastError());
    if (received <= 0) break;
    for (let sent = 0; sent < received; ) {
      const rest = buffer.subarray(sent, received);
      const n = send(s, rest, rest.length, 0);
      if (n === SOCKET_ERROR) {
        printf('send failed: %d\n', WSAGetLastError());
        break;
      }
      sent += n;
    }
    total += received;
  }
  closesocket(s);
  printf('Thread %d echoed %d bytes\n', GetCurrentThreadId(), total);
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'e:l:');
  const port = integer('-e', options.e, 5001, 0, 65_535);
  const clients = integer('-l', options.l, 1);
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;

  const ListenSocket = socket(AF_INET, SOCK_STREAM, 0);
  const local = new sockaddr_in({
    sin_family: AF_INET,
    sin_port: htons(port),
    sin_addr: { s_addr: INADDR_ANY },
  });
  if (
    ListenSocket === INVALID_SOCKET ||
    bind(ListenSocket, local, sizeof(local)) === SOCKET_ERROR ||
    listen(ListenSocket, SOMAXCONN) === SOCKET_ERROR
  ) {
    printf('The server cannot listen: %d\n', WSAGetLastError());
    return 1;
  }
  printf('Thread %d accepts on port %d\n', GetCurrentThreadId(), port);

  // The main thread must not block: accept waits elsewhere.
  const threads: Thread[] = [];
  while (threads.length < clients) {
    const s = await accept.async(ListenSocket, null, null);
    threads.push(await CreateThread(import.meta.url, s));
  }
  await WaitForThreads(threads);
  closesocket(ListenSocket);
  WSACleanup();
  return 0;
}

await start(main, ClientThread);
