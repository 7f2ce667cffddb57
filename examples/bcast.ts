/**
 * Broadcast: the server waits for datagrams, the client broadcasts one. Over UDP; the roles over IPX
 * and mailslots need protocols that Windows no longer has.
 *
 *   npm start -- examples/bcast.ts -s -e 5005
 *   npm start -- examples/bcast.ts -c -e 5005
 */

import {
  AF_INET,
  bind,
  closesocket,
  htonl,
  htons,
  INADDR_ANY,
  INADDR_BROADCAST,
  INVALID_SOCKET,
  inet_addr,
  inet_ntoa,
  int,
  MAKEWORD,
  ntohs,
  recvfrom,
  ref,
  SO_BROADCAST,
  SOCK_DGRAM,
  SOCKET_ERROR,
  SOL_SOCKET,
  sendto,
  setsockopt,
  sizeof,
  sockaddr_in,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt } from './shared/options.ts';

const MAX_MSGLEN = 512;
const USAGE = `usage: bcast [-s | -c] [-p u] [-e ENDPOINT] [-a ADDRESS] [-m MESSAGE]
  -s, -c       server or client (default: server)
  -p u         the protocol: u is UDP (default)
  -e ENDPOINT  the port (default: 5005)
  -a ADDRESS   where the client sends to (default: 255.255.255.255)
  -m MESSAGE   what the client sends`;

function DoServer(usEndPoint: number): number {
  const s = socket(AF_INET, SOCK_DGRAM, 0);
  if (s === INVALID_SOCKET) {
    console.error(`socket failed: ${WSAGetLastError()}`);
    return 1;
  }
  const saUdpServ = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: htonl(INADDR_ANY) },
    sin_port: htons(usEndPoint),
  });
  if (bind(s, saUdpServ, sizeof(saUdpServ)) === SOCKET_ERROR) {
    console.error(`bind failed: ${WSAGetLastError()}`);
    return 1;
  }

  // recvfrom gives the sender's address, which is all a server learns of it.
  const achBuffer = Buffer.alloc(MAX_MSGLEN);
  const saUdpCli = new sockaddr_in();
  const nSize = ref(int, sizeof(saUdpCli));
  console.log('Waiting for a datagram');
  const err = recvfrom(s, achBuffer, achBuffer.length, 0, saUdpCli, nSize);
  if (err === SOCKET_ERROR) {
    console.error(`recvfrom failed: ${WSAGetLastError()}`);
    return 1;
  }
  console.log(`A UDP datagram of ${err} bytes received from`);
  console.log(`\tIP address -> ${inet_ntoa(saUdpCli.sin_addr)}`);
  console.log(`\tPort number -> ${ntohs(saUdpCli.sin_port)}`);
  console.log(`Message text -> ${achBuffer.toString('utf8', 0, err)}`);
  closesocket(s);
  return 0;
}

function DoClient(usEndPoint: number, address: string | undefined, message: string): number {
  const s = socket(AF_INET, SOCK_DGRAM, 0);
  if (s === INVALID_SOCKET) {
    console.error(`socket failed: ${WSAGetLastError()}`);
    return 1;
  }
  // Without this option the system refuses to send to a broadcast address: WSAEACCES.
  const fBroadcast = ref(int, 1);
  const set = setsockopt(s, SOL_SOCKET, SO_BROADCAST, fBroadcast, sizeof(fBroadcast));
  if (set === SOCKET_ERROR) {
    console.error(`setsockopt failed: ${WSAGetLastError()}`);
    return 1;
  }
  const saUdpServ = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: address === undefined ? htonl(INADDR_BROADCAST) : inet_addr(address) },
    sin_port: htons(usEndPoint),
  });
  const achMessage = Buffer.from(message);
  const err = sendto(s, achMessage, achMessage.length, 0, saUdpServ, sizeof(saUdpServ));
  if (err === SOCKET_ERROR) {
    console.error(`sendto failed: ${WSAGetLastError()}`);
    return 1;
  }
  console.log(`${err} bytes of data broadcast`);
  closesocket(s);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'scp:e:a:m:');
  const client = options.c !== undefined;
  const usEndPoint = Number(options.e ?? 5005);
  if ((options.p ?? 'u') !== 'u') {
    console.error(`This program needs a protocol that this system has: u.\n\n${USAGE}`);
    return 1;
  }
  console.log('Summary:');
  console.log(`\tRole -> ${client ? 'client' : 'server'}`);
  console.log('\tProtocol -> UDP');
  console.log(`\tEndpoint -> ${usEndPoint}`);

  const err = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (err !== 0) {
    console.error(`WSAStartup failed: ${err}`);
    return 1;
  }
  try {
    return client
      ? DoClient(usEndPoint, options.a, options.m ?? 'This is a broadcast message')
      : DoServer(usEndPoint);
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
