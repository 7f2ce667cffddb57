/**
 * A socket in two processes: the parent accepts a client and gives the connection to a child process by
 * WSADuplicateSocket; the child makes a socket of it and serves the client.
 *
 *   npm start -- examples/threads/duplicate.ts -e 5001
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  AF_INET,
  accept,
  bind,
  closesocket,
  FROM_PROTOCOL_INFO,
  htons,
  INADDR_ANY,
  INVALID_SOCKET,
  listen,
  MAKEWORD,
  recv,
  SD_SEND,
  SOCK_STREAM,
  SOCKET_ERROR,
  SOMAXCONN,
  send,
  shutdown,
  sizeof,
  sockaddr_in,
  socket,
  WSA_FLAG_OVERLAPPED,
  WSACleanup,
  WSADATA,
  WSADuplicateSocketW,
  WSAGetLastError,
  WSAPROTOCOL_INFOW,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { GetCurrentProcessId } from 'winsock/kernel';
import { getopt, integer } from '../shared/options.ts';
import { printf } from '../shared/threads.ts';

const USAGE = `usage: duplicate [-e PORT]
  -e PORT  the port to listen on (default: 5001)
  -c       be the child, which is started by the parent`;

/** Reads the description of the socket from standard input, and serves what it describes. */
function Child(): number {
  const info = new WSAPROTOCOL_INFOW();
  for (let read = 0; read < info.length; ) {
    const n = readSync(0, info, read, info.length - read, null);
    if (n === 0) return 1;
    read += n;
  }
  const s = WSASocketW(
    FROM_PROTOCOL_INFO,
    FROM_PROTOCOL_INFO,
    FROM_PROTOCOL_INFO,
    info,
    0,
    WSA_FLAG_OVERLAPPED,
  );
  if (s === INVALID_SOCKET) {
    printf('WSASocket failed: %d\n', WSAGetLastError());
    return 1;
  }
  const buffer = Buffer.alloc(4096);
  let total = 0;
  for (let n = recv(s, buffer, buffer.length, 0); n > 0; n = recv(s, buffer, buffer.length, 0)) {
    if (send(s, buffer, n, 0) === SOCKET_ERROR) break;
    total += n;
  }
  shutdown(s, SD_SEND);
  closesocket(s);
  printf('Process %d echoed %d bytes\n', GetCurrentProcessId(), total);
  return 0;
}

async function Parent(port: number): Promise<number> {
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
  printf('Process %d accepts on port %d\n', GetCurrentProcessId(), port);
  const s = await accept.async(ListenSocket, null, null);

  // The description is for one process, whose id must be known, and can be used once.
  const args = [...process.execArgv, fileURLToPath(import.meta.url), '-c'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'inherit', 'inherit'] });
  const info = new WSAPROTOCOL_INFOW();
  if (WSADuplicateSocketW(s, child.pid!, info) === SOCKET_ERROR) {
    printf('WSADuplicateSocket failed: %d\n', WSAGetLastError());
    child.kill();
    return 1;
  }
  child.stdin!.write(info);
  const [code] = await once(child, 'exit');

  // The connection is over when both processes have closed it.
  closesocket(s);
  closesocket(ListenSocket);
  return code as number;
}

const [options] = getopt(USAGE, 'e:c');
if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) process.exit(1);
const code =
  options.c === undefined ? await Parent(integer('-e', options.e, 5001, 0, 65_535)) : Child();
WSACleanup();
process.exit(code);
