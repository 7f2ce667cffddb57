/**
 * Broadcast: the server waits for a message, the client broadcasts one, over UDP, IPX or a mailslot.
 * IPX needs a Windows before Vista, which had the protocol; a domain other than `.`, this machine, needs
 * Windows.
 *
 *   npm start -- examples/bcast.ts -s -e 5005
 *   npm start -- examples/bcast.ts -c -e 5005
 *   npm start -- examples/bcast.ts -c -p m -e SLOT -d .
 */

import {
  AF_INET,
  AF_IPX,
  BOOL,
  bind,
  closesocket,
  DWORD,
  type Func,
  func,
  HANDLE,
  htonl,
  htons,
  INADDR_ANY,
  INADDR_BROADCAST,
  INVALID_SOCKET,
  InvalidHandle,
  IsFalse,
  inet_addr,
  inet_ntoa,
  int,
  MAKEWORD,
  NSPROTO_IPX,
  ntohs,
  p,
  ptr,
  pvoid,
  type Ref,
  recvfrom,
  ref,
  SO_BROADCAST,
  SOCK_DGRAM,
  SOCKADDR_IPX,
  type SOCKET,
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
  wstring,
} from 'winsock';
import {
  CloseHandle,
  CreateFile,
  FILE_ATTRIBUTE_NORMAL,
  FILE_SHARE_READ,
  GENERIC_WRITE,
  GetLastError,
  INVALID_HANDLE_VALUE,
  OPEN_EXISTING,
  ReadFile,
  WriteFile,
} from 'winsock/kernel';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';

const MAX_MSGLEN = 512;
const MAILSLOT_WAIT_FOREVER = 0xffffffff;
const MAILSLOT_NO_MESSAGE = 0xffffffff;
const USAGE = `usage: bcast [-s | -c] [-p u | i | m] [-e ENDPOINT] [-d DOMAIN] [-a ADDRESS] [-m MESSAGE]
  -s, -c       server or client (default: server)
  -p PROTOCOL  u: UDP, i: IPX, m: mailslots (default: u)
  -e ENDPOINT  the port, or the name of the mailslot (default: 5005)
  -d DOMAIN    domain or workgroup: only for a client of mailslots; . is this machine
  -a ADDRESS   where a client of UDP sends to (default: 255.255.255.255)
  -m MESSAGE   what the client sends`;

// Functions that are no part of Winsock are declared as the package declares its own.
const CreateMailslot: Func<(name: string, max: number, timeout: number, security: null) => HANDLE> =
  func('kernel32', 'CreateMailslotW', InvalidHandle, () => [
    HANDLE,
    p('lpName', wstring),
    p('nMaxMessageSize', DWORD),
    p('lReadTimeout', DWORD),
    p('lpSecurityAttributes', pvoid),
  ]);
const GetMailslotInfo: Func<
  (slot: HANDLE, max: null, next: Ref<number>, count: Ref<number>, timeout: null) => number
> = func('kernel32', 'GetMailslotInfo', IsFalse, () => [
  BOOL,
  p('hMailslot', HANDLE),
  p('lpMaxMessageSize', ptr(DWORD), 'out'),
  p('lpNextSize', ptr(DWORD), 'out'),
  p('lpMessageCount', ptr(DWORD), 'out'),
  p('lpReadTimeout', ptr(DWORD), 'out'),
]);

function PrintError(what: string, code = WSAGetLastError()): number {
  console.error(`${what} failed: ${code}`);
  return 1;
}

/** Without this option the system refuses to send to a broadcast address: WSAEACCES. */
function SetBroadcast(sock: SOCKET): number {
  const fBroadcast = ref(int, 1);
  return setsockopt(sock, SOL_SOCKET, SO_BROADCAST, fBroadcast, sizeof(fBroadcast));
}

/** The message that starts at an offset of what was received: the first n bytes are there. */
const PrintMessage = (achBuffer: Buffer, n: number, offset = 0) =>
  console.log(`Message text -> ${achBuffer.toString('utf8', offset, n)}`);

function DoUdpServer(sock: SOCKET, usEndPoint: number): number {
  const saUdpServ = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: htonl(INADDR_ANY) },
    sin_port: htons(usEndPoint),
  });
  if (bind(sock, saUdpServ, sizeof(saUdpServ)) === SOCKET_ERROR) return PrintError('bind');

  // recvfrom gives the sender's address, which is all a server learns of it.
  const achBuffer = Buffer.alloc(MAX_MSGLEN);
  const saUdpCli = new sockaddr_in();
  const nSize = ref(int, sizeof(saUdpCli));
  console.log('Waiting for a datagram');
  const err = recvfrom(sock, achBuffer, achBuffer.length, 0, saUdpCli, nSize);
  if (err === SOCKET_ERROR) return PrintError('recvfrom');
  console.log(`A UDP datagram of ${err} bytes received from`);
  console.log(`\tIP address -> ${inet_ntoa(saUdpCli.sin_addr)}`);
  console.log(`\tPort number -> ${ntohs(saUdpCli.sin_port)}`);
  PrintMessage(achBuffer, err);
  return 0;
}

function DoUdpClient(sock: SOCKET, usEndPoint: number, message: Buffer, address?: string): number {
  if (SetBroadcast(sock) === SOCKET_ERROR) return PrintError('setsockopt');
  const saUdpServ = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: address === undefined ? htonl(INADDR_BROADCAST) : inet_addr(address) },
    sin_port: htons(usEndPoint),
  });
  const err = sendto(sock, message, message.length, 0, saUdpServ, sizeof(saUdpServ));
  if (err === SOCKET_ERROR) return PrintError('sendto');
  console.log(`${err} bytes of data broadcast`);
  return 0;
}

function DoIpxServer(sock: SOCKET, usEndPoint: number): number {
  const saIpxServ = new SOCKADDR_IPX({ sa_family: AF_IPX, sa_socket: usEndPoint });
  if (bind(sock, saIpxServ, sizeof(saIpxServ)) === SOCKET_ERROR) return PrintError('bind');
  const achBuffer = Buffer.alloc(MAX_MSGLEN);
  const saIpxCli = new SOCKADDR_IPX();
  const nSize = ref(int, sizeof(saIpxCli));
  console.log('Waiting for a datagram');
  const err = recvfrom(sock, achBuffer, achBuffer.length, 0, saIpxCli, nSize);
  if (err === SOCKET_ERROR) return PrintError('recvfrom');
  const [net, host] = [saIpxCli.sa_netnum, saIpxCli.sa_nodenum].map((part) =>
    Buffer.from(part).toString('hex'),
  );
  console.log(`An IPX datagram of ${err} bytes received from`);
  console.log(`\tIPX address -> ${net}.${host}`);
  console.log(`\tSocket number -> ${saIpxCli.sa_socket}`);
  PrintMessage(achBuffer, err);
  return 0;
}

function DoIpxClient(sock: SOCKET, usEndPoint: number, message: Buffer): number {
  if (SetBroadcast(sock) === SOCKET_ERROR) return PrintError('setsockopt');
  const saIpxCli = new SOCKADDR_IPX({ sa_family: AF_IPX });
  if (bind(sock, saIpxCli, sizeof(saIpxCli)) === SOCKET_ERROR) return PrintError('bind');
  const saIpxServ = new SOCKADDR_IPX({ sa_family: AF_IPX, sa_socket: usEndPoint });
  saIpxServ.sa_nodenum.fill(0xff);
  const err = sendto(sock, message, message.length, 0, saIpxServ, sizeof(saIpxServ));
  if (err === SOCKET_ERROR) return PrintError('sendto');
  console.log(`${err} bytes of data broadcast`);
  return 0;
}

/** A message comes once over each protocol of the network; its id tells that it is the same. */
function DoMailSlotServer(lpsEndPoint: string): number {
  const hSlot = CreateMailslot(`\\\\.\\mailslot\\${lpsEndPoint}`, 0, MAILSLOT_WAIT_FOREVER, null);
  if (hSlot === INVALID_HANDLE_VALUE) return PrintError('CreateMailslot', GetLastError());
  const achBuffer = Buffer.alloc(sizeof(DWORD) + MAX_MSGLEN);
  const cbRead = ref(DWORD);
  const cbMessage = ref(DWORD);
  const nMessages = ref(DWORD);
  let dwPrevID: number | undefined;
  console.log('Waiting for a message');
  do {
    if (!ReadFile(hSlot, achBuffer, achBuffer.length, cbRead, null)) {
      return PrintError('ReadFile', GetLastError());
    }
    const dwMessageID = achBuffer.readUInt32LE();
    if (dwMessageID !== dwPrevID) {
      const length = cbRead.value - sizeof(DWORD);
      console.log(`A mailslot message of ${length} bytes received with ID ${dwMessageID}`);
      PrintMessage(achBuffer, cbRead.value, sizeof(DWORD));
    }
    dwPrevID = dwMessageID;
    if (!GetMailslotInfo(hSlot, null, cbMessage, nMessages, null)) {
      return PrintError('GetMailslotInfo', GetLastError());
    }
  } while (cbMessage.value !== MAILSLOT_NO_MESSAGE);
  CloseHandle(hSlot);
  return 0;
}

function DoMailSlotClient(lpsEndPoint: string, lpsDomainName: string, message: Buffer): number {
  const name = `\\\\${lpsDomainName}\\mailslot\\${lpsEndPoint}`;
  const [access, share] = [GENERIC_WRITE, FILE_SHARE_READ];
  const hSlot = CreateFile(name, access, share, null, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, 0);
  if (hSlot === INVALID_HANDLE_VALUE) return PrintError('CreateFile', GetLastError());
  const dwMessageID = Math.floor(Math.random() * 0x7fff);
  const achBuffer = Buffer.concat([Buffer.alloc(sizeof(DWORD)), message]);
  achBuffer.writeUInt32LE(dwMessageID);
  const cbWritten = ref(DWORD);
  if (!WriteFile(hSlot, achBuffer, achBuffer.length, cbWritten, null)) {
    return PrintError('WriteFile', GetLastError());
  }
  console.log(`${cbWritten.value} bytes of mailslot data broadcast with ID ${dwMessageID}`);
  CloseHandle(hSlot);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'scp:e:d:a:m:');
  const client = options.c !== undefined;
  if (client && options.s !== undefined) wrong('-s and -c are two roles');
  const protocol = oneOf('-p', options.p, { u: 'UDP', i: 'IPX', m: 'mailslot' });
  const message = Buffer.from(options.m ?? 'This is a broadcast message').subarray(0, MAX_MSGLEN);
  const lpsEndPoint = options.e ?? '5005';
  const isMailslot = protocol === 'mailslot';
  const usEndPoint = isMailslot ? 0 : integer('-e', lpsEndPoint, 0, 0, 65_535);
  if (isMailslot && client && options.d === undefined) wrong('A client needs a domain: -d');
  console.log('Summary:');
  console.log(`\tRole -> ${client ? 'client' : 'server'}`);
  console.log(`\tProtocol -> ${protocol}`);
  console.log(`\tEndpoint -> ${lpsEndPoint}`);
  if (isMailslot) {
    if (!client) return DoMailSlotServer(lpsEndPoint);
    return DoMailSlotClient(lpsEndPoint, options.d!, message);
  }

  const isIpx = protocol === 'IPX';
  if (isIpx) console.log('This program needs a Windows that has the protocol IPX.');
  const err = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (err !== 0) return PrintError('WSAStartup', err);
  const sock = socket(isIpx ? AF_IPX : AF_INET, SOCK_DGRAM, isIpx ? NSPROTO_IPX : 0);
  try {
    if (sock === INVALID_SOCKET) return PrintError('socket');
    if (isIpx)
      return client ? DoIpxClient(sock, usEndPoint, message) : DoIpxServer(sock, usEndPoint);
    if (!client) return DoUdpServer(sock, usEndPoint);
    return DoUdpClient(sock, usEndPoint, message, options.a);
  } finally {
    if (sock !== INVALID_SOCKET) closesocket(sock);
    WSACleanup();
  }
}

process.exitCode = main();
