/**
 * The client that checks an echo server: it connects to each address of the server, sends and receives
 * in one of five orders, and compares what comes back.
 *
 *   npm start -- examples/accept/client.ts -n localhost -e 27015 -b 4096 -l 2 -s 5
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  closesocket,
  connect,
  freeaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  MAKEWORD,
  recv,
  SD_SEND,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  send,
  shutdown,
  WSA_FLAG_OVERLAPPED,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { Sleep } from 'winsock/kernel';
import { getopt, integer, oneOf } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';

const DEFAULT_PORT = '7243';
const USAGE = `usage: client OPTIONS
  -a 0|4|6   address family: 0 for either (default: 0)
  -n SERVER  name or address of the server (default: localhost)
  -e PORT    port (default: ${DEFAULT_PORT})
  -b BYTES   bytes to send (default: 1024)
  -l COUNT   how many times (default: 1); -l alone goes on until Ctrl-C
  -d MS      delay after or before the send, see -s 3 and -s 4 (default: 5000)
  -s 1..5    scenario (default: 5)
             1: finish all sends, then receive
             2: finish all sends, receive nothing
             3: finish all sends, wait, then receive
             4: wait first, then send, then receive
             5: send and receive in turns`;

const CHUNK = 1024;

/** Sends a part; false where it could not. */
function DoSend(sock: SOCKET, part: Buffer): boolean {
  for (let sent = 0; sent < part.length; ) {
    const rest = part.subarray(sent);
    const rc = send(sock, rest, rest.length, 0);
    if (rc === SOCKET_ERROR) {
      console.log(`send failed. Error = ${WSAGetLastError()}`);
      return false;
    }
    sent += rc;
  }
  return true;
}

/** Receives a part of the echo and compares it with what was sent. */
function DoRecv(sock: SOCKET, expected: Buffer): boolean {
  const buffer = Buffer.alloc(expected.length);
  for (let received = 0; received < buffer.length; ) {
    const rest = buffer.subarray(received);
    const rc = recv(sock, rest, rest.length, 0);
    if (rc === SOCKET_ERROR || rc === 0) {
      console.log(rc === 0 ? 'The server closed' : `recv failed. Error = ${WSAGetLastError()}`);
      return false;
    }
    received += rc;
  }
  if (buffer.equals(expected)) return true;
  console.log('Data verification failed');
  return false;
}

/** One connection, in the order that the scenario says. */
function DoSendRecv(sock: SOCKET, data: Buffer, scenario: number, delay: number): boolean {
  if (scenario === 4) Sleep(delay);
  if (scenario === 5) {
    for (let at = 0; at < data.length; at += CHUNK) {
      const part = data.subarray(at, at + CHUNK);
      if (!DoSend(sock, part) || !DoRecv(sock, part)) return false;
    }
  } else if (!DoSend(sock, data)) return false;
  if (scenario === 3) Sleep(delay);
  if (scenario === 1 || scenario === 3 || scenario === 4) {
    if (!DoRecv(sock, data)) return false;
  }
  if (shutdown(sock, SD_SEND) === SOCKET_ERROR) {
    console.log(`shutdown failed. Error = ${WSAGetLastError()}`);
  }
  if (scenario !== 2) console.log(`Data verification successful: ${data.length} bytes`);
  return true;
}

function main(): number {
  const [options] = getopt(USAGE, 'a:n:e:b:l::d:s:');
  const family = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const bytes = integer('-b', options.b, 1024, 1);
  const loopCount = options.l === '' ? Infinity : integer('-l', options.l, 1, 1);
  const delay = integer('-d', options.d, 5000);
  const scenario = integer('-s', options.s, 5, 1, 5);

  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) {
    console.log('ERROR: Initialization failed.');
    return 1;
  }
  const server = options.n ?? 'localhost';
  const res = ResolveAddress(server, options.e ?? DEFAULT_PORT, family, SOCK_STREAM, IPPROTO_TCP);
  if (res === null) return 1;
  const data = Buffer.alloc(bytes);
  data.forEach((_, i) => {
    data[i] = i & 0xff;
  });
  let successes = 0;
  let failures = 0;
  for (let loop = 1; loop <= loopCount; loop++) {
    for (let pAddr: addrinfo | null = res; pAddr; pAddr = pAddr.ai_next) {
      const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = pAddr;
      console.log(`Iteration ${loop}: ${FormatAddress(ai_addr, ai_addrlen)}`);
      const sock = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, WSA_FLAG_OVERLAPPED);
      if (sock === INVALID_SOCKET) {
        console.log(`WSASocket failed. Error = ${WSAGetLastError()}`);
        continue;
      }
      if (connect(sock, ai_addr, ai_addrlen) === SOCKET_ERROR) {
        console.log(`connect failed. Error = ${WSAGetLastError()}`);
        failures++;
      } else {
        console.log('Connected successfully');
        if (DoSendRecv(sock, data, scenario, delay)) successes++;
        else failures++;
      }
      closesocket(sock);
    }
  }
  freeaddrinfo(res);
  WSACleanup();
  console.log(`${successes} successful, ${failures} failed`);
  return failures === 0 && successes > 0 ? 0 : 1;
}

process.exitCode = main();
