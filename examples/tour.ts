/**
 * A tour of Winsock from TypeScript: each stop calls Ws2_32.dll under the names C programs use and
 * prints what came back. The table at the end says which stops worked.
 *
 *   npm start
 *   npm start -- examples/tour.ts
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  AI_PASSIVE,
  accept,
  addrinfo,
  arrayOf,
  bind,
  cast,
  char,
  closesocket,
  connect,
  errorName,
  freeaddrinfo,
  getaddrinfo,
  getnameinfo,
  getsockname,
  HIBYTE,
  htonl,
  htons,
  IN6ADDR_LOOPBACK_INIT,
  INADDR_ANY,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  in_addr,
  inet_addr,
  int,
  ip_mreq,
  LOBYTE,
  listen,
  MAKEWORD,
  NI_MAXHOST,
  NI_MAXSERV,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  ntohs,
  ptr,
  recv,
  recvfrom,
  ref,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOL_SOCKET,
  type Struct,
  send,
  sendto,
  setsockopt,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  sockaddr_un,
  socket,
  WinsockError,
  WSACleanup,
  WSADATA,
  WSAEnumProtocolsW,
  WSAGetLastError,
  WSAPROTOCOL_INFOW,
  WSAStartup,
} from 'winsock';
import { DeleteFileW } from 'winsock/kernel';
import { addressFamilyName } from 'winsock/names';
import { getopt } from './shared/options.ts';

const bold = (text: string) =>
  process.stdout.isTTY || process.env.FORCE_COLOR ? `\x1b[1m${text}\x1b[0m` : text;
const print = (text = '') => console.log(text);

/** A stop ends with a line for the closing table, or throws. `absent` marks what a system lacks. */
interface Outcome {
  readonly summary: string;
  readonly absent?: boolean;
}
type Stop = readonly [title: string, run: () => Outcome];

const RECEIVE_TIMEOUT_MS = 5000;

/** A socket whose receive calls give up after a while, so that a broken network cannot hang the tour. */
function openSocket(family: number, type: number, protocol: number): SOCKET {
  const s = socket.orThrow(family, type, protocol);
  const timeout = ref(int, RECEIVE_TIMEOUT_MS);
  setsockopt.orThrow(s, SOL_SOCKET, SO_RCVTIMEO, timeout, sizeof(timeout));
  return s;
}

function loopback4(port = 0): sockaddr_in {
  return new sockaddr_in({
    sin_family: AF_INET,
    sin_port: htons(port),
    sin_addr: { s_addr: htonl(INADDR_LOOPBACK) },
  });
}

function loopback6(port = 0): sockaddr_in6 {
  return new sockaddr_in6({
    sin6_family: AF_INET6,
    sin6_port: htons(port),
    sin6_addr: IN6ADDR_LOOPBACK_INIT,
  });
}

/** The address a socket is bound to, as the system reports it. */
function localAddress(s: SOCKET): { address: SOCKADDR_STORAGE; length: number } {
  const address = new SOCKADDR_STORAGE();
  const length = ref(int, sizeof(address));
  getsockname.orThrow(s, address, length);
  return { address, length: length.value };
}

/** An address as numeric text, by getnameinfo. */
function numeric(address: Struct, length: number): string {
  const host = arrayOf(char, NI_MAXHOST).bytes;
  const service = arrayOf(char, NI_MAXSERV).bytes;
  getnameinfo.orThrow(
    address,
    length,
    host,
    host.length,
    service,
    service.length,
    NI_NUMERICHOST | NI_NUMERICSERV,
  );
  const name = text(host);
  return `${name.includes(':') ? `[${name}]` : name}:${text(service)}`;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
}

function startup(): Outcome {
  const data = new WSADATA();
  WSAStartup.orThrow(MAKEWORD(2, 2), data);
  const version = `${LOBYTE(data.wVersion)}.${HIBYTE(data.wVersion)}`;
  print(`  version in use     ${version}`);
  print(`  highest supported  ${LOBYTE(data.wHighVersion)}.${HIBYTE(data.wHighVersion)}`);
  print(`  description        ${data.szDescription}`);
  print(`  status             ${data.szSystemStatus}`);
  return { summary: `${data.szDescription}, version ${version}` };
}

const SOCKET_TYPES: Readonly<Record<number, string>> = {
  [SOCK_STREAM]: 'SOCK_STREAM',
  [SOCK_DGRAM]: 'SOCK_DGRAM',
  [SOCK_RAW]: 'SOCK_RAW',
  [SOCK_RDM]: 'SOCK_RDM',
  [SOCK_SEQPACKET]: 'SOCK_SEQPACKET',
};

function providers(): Outcome {
  // Asked with no room first: the call fails and says how many bytes it needs.
  const size = ref(int, 0);
  WSAEnumProtocolsW(null, null, size);
  const catalog = arrayOf(WSAPROTOCOL_INFOW, Math.ceil(size.value / sizeof(WSAPROTOCOL_INFOW)));
  const count = WSAEnumProtocolsW.orThrow(null, catalog, size);
  const rows = [...catalog]
    .slice(0, count)
    .map((info) => [
      String(info.dwCatalogEntryId),
      addressFamilyName(info.iAddressFamily) ?? String(info.iAddressFamily),
      SOCKET_TYPES[info.iSocketType] ?? String(info.iSocketType),
      String(info.iProtocol),
      String(info.szProtocol),
    ]);
  printTable(['entry', 'family', 'type', 'protocol', 'name'], rows);
  return { summary: `${count} transport providers` };
}

function names(): Outcome {
  const hints = new addrinfo({
    ai_family: AF_UNSPEC,
    ai_socktype: SOCK_STREAM,
    ai_protocol: IPPROTO_TCP,
  });
  const list = ref(ptr(addrinfo));
  getaddrinfo.orThrow('localhost', '80', hints, list);
  const found: string[] = [];
  for (let entry = list.value; entry; entry = entry.ai_next) {
    found.push(numeric(entry.ai_addr!, entry.ai_addrlen));
  }
  freeaddrinfo(list.value);
  print(`  getaddrinfo('localhost', '80')      ${found.join(', ')}`);

  const passive = ref(ptr(addrinfo));
  getaddrinfo.orThrow(
    null,
    '0',
    new addrinfo({ ai_flags: AI_PASSIVE, ai_family: AF_INET }),
    passive,
  );
  print(
    `  the address a server binds to       ${numeric(passive.value!.ai_addr!, passive.value!.ai_addrlen)}`,
  );
  freeaddrinfo(passive.value);

  const host = arrayOf(char, NI_MAXHOST).bytes;
  getnameinfo.orThrow(loopback4(), sizeof(sockaddr_in), host, host.length, null, 0, 0);
  print(`  getnameinfo(127.0.0.1)              ${text(host)}`);
  return { summary: `localhost is ${found.length} address${found.length === 1 ? '' : 'es'}` };
}

/** One message there and back, between a listening socket and a client of this process. */
function echo(listener: SOCKET, family: number, protocol: number): string {
  listen.orThrow(listener, 1);
  const server = localAddress(listener);
  const client = openSocket(family, SOCK_STREAM, protocol);
  connect.orThrow(client, server.address, server.length);
  const peer = new SOCKADDR_STORAGE();
  const peerLength = ref(int, sizeof(peer));
  const served = accept.orThrow(listener, peer, peerLength);
  const message = Buffer.from('hello, winsock');
  const buffer = Buffer.alloc(512);

  send.orThrow(client, message, message.length, 0);
  const received = recv.orThrow(served, buffer, buffer.length, 0);
  send.orThrow(served, buffer, received, 0);
  buffer.fill(0);
  const returned = recv.orThrow(client, buffer, buffer.length, 0);
  for (const s of [served, client, listener]) closesocket(s);
  const answer = buffer.toString('utf8', 0, returned);
  if (answer !== message.toString()) throw new Error(`sent ${message}, got ${answer}`);
  return answer;
}

function tcp(): Outcome {
  const listener = openSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  bind.orThrow(listener, loopback4(), sizeof(sockaddr_in));
  const { address, length } = localAddress(listener);
  print(`  listening on  ${numeric(address, length)}`);
  const answer = echo(listener, AF_INET, IPPROTO_TCP);
  print(`  echoed        ${answer}`);
  return { summary: `${answer.length} bytes there and back` };
}

function udp(family: number, address: Struct): Outcome {
  const receiver = openSocket(family, SOCK_DGRAM, IPPROTO_UDP);
  bind.orThrow(receiver, address, sizeof(address));
  const target = localAddress(receiver);
  const sender = openSocket(family, SOCK_DGRAM, IPPROTO_UDP);
  const message = Buffer.from('a datagram');
  sendto.orThrow(sender, message, message.length, 0, target.address, target.length);
  const buffer = Buffer.alloc(512);
  const from = new SOCKADDR_STORAGE();
  const fromLength = ref(int, sizeof(from));
  const received = recvfrom.orThrow(receiver, buffer, buffer.length, 0, from, fromLength);
  const source = numeric(from, fromLength.value);
  const own = localAddress(sender);
  print(
    `  ${source} sent "${buffer.toString('utf8', 0, received)}" to ${numeric(target.address, target.length)}`,
  );
  const port = ntohs(cast(sockaddr_in, own.address).sin_port);
  if (!source.endsWith(`:${port}`))
    throw new Error(`the datagram came from ${source}, not port ${port}`);
  for (const s of [receiver, sender]) closesocket(s);
  return { summary: `${received} bytes from ${source}` };
}

const GROUP = '239.255.77.77';

function multicast(): Outcome {
  const receiver = openSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  const on = ref(int, 1);
  setsockopt.orThrow(receiver, SOL_SOCKET, SO_REUSEADDR, on, sizeof(on));
  const any = new sockaddr_in({ sin_family: AF_INET, sin_addr: { s_addr: htonl(INADDR_ANY) } });
  bind.orThrow(receiver, any, sizeof(any));
  const membership = new ip_mreq({
    imr_multiaddr: { s_addr: inet_addr(GROUP) },
    imr_interface: { s_addr: htonl(INADDR_LOOPBACK) },
  });
  setsockopt.orThrow(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, sizeof(membership));

  const sender = openSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  const out = new in_addr({ s_addr: htonl(INADDR_LOOPBACK) });
  setsockopt.orThrow(sender, IPPROTO_IP, IP_MULTICAST_IF, out, sizeof(out));
  setsockopt.orThrow(sender, IPPROTO_IP, IP_MULTICAST_LOOP, on, sizeof(on));
  const port = cast(sockaddr_in, localAddress(receiver).address).sin_port;
  const group = new sockaddr_in({
    sin_family: AF_INET,
    sin_port: port,
    sin_addr: { s_addr: inet_addr(GROUP) },
  });
  const message = Buffer.from('to whom it may concern');
  sendto.orThrow(sender, message, message.length, 0, group, sizeof(group));
  const buffer = Buffer.alloc(512);
  const received = recv.orThrow(receiver, buffer, buffer.length, 0);
  print(`  group ${GROUP}:${ntohs(port)} received "${buffer.toString('utf8', 0, received)}"`);
  for (const s of [receiver, sender]) closesocket(s);
  return { summary: `${received} bytes to the group ${GROUP}` };
}

function unix(): Outcome {
  const listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener === INVALID_SOCKET) {
    const code = WSAGetLastError();
    print(`  this system has no AF_UNIX sockets: ${errorName(code)} (${code})`);
    return { summary: `absent here: ${errorName(code)}`, absent: true };
  }
  const path = join(tmpdir(), `winsock-tour-${process.pid}.sock`);
  const address = new sockaddr_un({ sun_family: AF_UNIX, sun_path: path });
  try {
    bind.orThrow(listener, address, sizeof(address));
    const answer = echo(listener, AF_UNIX, 0);
    print(`  ${path} echoed  ${answer}`);
    return { summary: `${answer.length} bytes there and back` };
  } finally {
    // What Node.js has for files does not know this kind.
    DeleteFileW(path);
  }
}

function failure(): Outcome {
  // A port that was just given back has nobody listening.
  const probe = openSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  bind.orThrow(probe, loopback4(), sizeof(sockaddr_in));
  const port = ntohs(cast(sockaddr_in, localAddress(probe).address).sin_port);
  closesocket(probe);
  const client = openSocket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  try {
    connect.orThrow(client, loopback4(port), sizeof(sockaddr_in));
  } catch (error) {
    if (!(error instanceof WinsockError)) throw error;
    print(`  name     ${error.name}`);
    print(`  code     ${error.code}`);
    print(`  errno    ${error.errno}`);
    print(`  syscall  ${error.syscall}`);
    print(`  message  ${error.message}`);
    return { summary: `${error.syscall} failed with ${error.code}, as it should` };
  } finally {
    closesocket(client);
  }
  throw new Error(`something answered on port ${port}`);
}

function printTable(heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd();
  print(bold(line(heads)));
  for (const row of rows) print(line(row));
}

const stops: readonly Stop[] = [
  ['WSAStartup', startup],
  ['Transport providers (WSAEnumProtocolsW)', providers],
  ['Names and addresses', names],
  ['TCP echo', tcp],
  ['UDP over IPv4', () => udp(AF_INET, loopback4())],
  ['UDP over IPv6', () => udp(AF_INET6, loopback6())],
  ['Multicast', multicast],
  ['AF_UNIX', unix],
  ['An error on purpose', failure],
  ['WSACleanup', () => ({ summary: WSACleanup.orThrow() === 0 ? 'done' : 'failed' })],
];

getopt('usage: tour', '');
const table: string[][] = [];
let failed = 0;
for (const [title, run] of stops) {
  print(bold(title));
  try {
    const { summary, absent } = run();
    table.push([absent ? 'absent' : 'ok', title, summary]);
  } catch (error) {
    failed++;
    print(`  ${error}`);
    table.push(['FAILED', title, String(error)]);
  }
  print();
}
printTable(['result', 'stop', 'what happened'], table);
print();
print(failed === 0 ? 'Every stop that this system has worked.' : `${failed} stops failed.`);
process.exitCode = failed === 0 ? 0 : 1;
