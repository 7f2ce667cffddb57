/**
 * As fast as JavaScript gets: the echo server of c/iocp.c with every call for a message or a connection by koffi
 * alone, `bare.ts PORT`. PORT+3 echoes datagrams.
 *
 * A message is two calls with plain numbers, and nothing else: no checks, no objects, and no event loop,
 * since the thread waits in GetQueuedCompletionStatusEx. Nobody can write a program like this; what it
 * has less than C is what calling from JavaScript costs.
 */
import koffi from 'koffi';
import {
  AF_INET,
  bind,
  FIONBIO,
  htonl,
  htons,
  INADDR_LOOPBACK,
  IPPROTO_TCP,
  IPPROTO_UDP,
  ioctlsocket,
  listen,
  MAKEWORD,
  ref,
  SO_UPDATE_ACCEPT_CONTEXT,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  sizeof,
  sockaddr_in,
  u_long,
  WSA_FLAG_OVERLAPPED,
  WSA_IO_PENDING,
  WSADATA,
  WSAStartup,
} from 'winsock';
import {
  FILE_SKIP_COMPLETION_PORT_ON_SUCCESS,
  FILE_SKIP_SET_EVENT_ON_HANDLE,
  INVALID_HANDLE_VALUE,
  MEM_COMMIT,
  MEM_RESERVE,
  PAGE_READWRITE,
  VirtualAlloc,
} from 'winsock/kernel';

type Native = (...args: number[]) => number;

const P = 'intptr_t';
const load = (dll: string, name: string, ...parameters: string[]) =>
  koffi.load(dll).func(name, 'int', parameters) as unknown as Native;

const WSARecv = load('ws2_32.dll', 'WSARecv', P, P, 'uint32_t', P, P, P, P);
const WSASend = load('ws2_32.dll', 'WSASend', P, P, 'uint32_t', P, 'uint32_t', P, P);
const WSAGetLastError = load('ws2_32.dll', 'WSAGetLastError');
const WSARecvFrom = load('ws2_32.dll', 'WSARecvFrom', P, P, 'uint32_t', P, P, P, P, P, P);
const WSASendTo = load('ws2_32.dll', 'WSASendTo', P, P, 'uint32_t', P, 'uint32_t', P, 'int', P, P);
const AcceptEx = load(
  'mswsock.dll',
  'AcceptEx',
  ...[P, P, P, 'uint32_t', 'uint32_t', 'uint32_t', P, P],
);
const WSASocketW = load('ws2_32.dll', 'WSASocketW', 'int', 'int', 'int', P, 'uint32_t', 'uint32_t');
const setsockopt = load('ws2_32.dll', 'setsockopt', P, 'int', 'int', P, 'int');
const closesocket = load('ws2_32.dll', 'closesocket', P);
// Handles, of sockets too, have 32 bits that count.
const CreateIoCompletionPort = load('kernel32.dll', 'CreateIoCompletionPort', P, P, P, 'uint32_t');
const SetFileCompletionNotificationModes = load(
  'kernel32.dll',
  'SetFileCompletionNotificationModes',
  ...[P, 'uint8_t'],
);
const GetQueuedCompletionStatusEx = load(
  'kernel32.dll',
  'GetQueuedCompletionStatusEx',
  ...[P, P, 'uint32_t', P, 'uint32_t', 'int'],
);

const ACCEPTS = 32;
const BATCH = 128;
const BUDGET = 64;
const MEMORY = 262144;
const SKIP = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;

// A record: OVERLAPPED, bytes at 32, flags at 36, WSABUF at 48, room for AcceptEx at 64.
const RECORD = 512;
const [BYTES, FLAGS, ADDRESS_BYTES, BUFFER, ROOM] = [32, 36, 40, 48, 64];
const DATAGRAM = 65536;
const DATAGRAM_RECORDS = 2;

class Memory {
  readonly words: Uint32Array;
  readonly address: number;

  constructor(bytes: number) {
    this.words = new Uint32Array(bytes / 4);
    this.address = Number(koffi.address(this.words));
  }
}

function setPointer(words: Uint32Array, at: number, value: number): void {
  words[at / 4] = value >>> 0;
  words[at / 4 + 1] = Math.floor(value / 0x100000000);
}

function clear(words: Uint32Array): void {
  for (let i = 0; i < 8; i++) words[i] = 0;
}

class Connection {
  socket = 0;
  readonly receive = new Memory(RECORD);
  readonly send = new Memory(RECORD);

  constructor() {
    const memory = VirtualAlloc(null, MEMORY, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    for (const { words } of [this.receive, this.send]) {
      words[BUFFER / 4] = MEMORY;
      setPointer(words, BUFFER + 8, memory);
    }
    receives.set(this.receive.address, this);
    sends.set(this.send.address, this);
  }
}

class Datagram {
  readonly record = new Memory(RECORD);

  constructor() {
    const memory = VirtualAlloc(null, DATAGRAM, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    setPointer(this.record.words, BUFFER + 8, memory);
  }
}

interface Accept {
  readonly record: Memory;
  socket: number;
}

WSAStartup(MAKEWORD(2, 2), new WSADATA());
const port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 1);
const entries = new Memory(BATCH * 32);
const count = new Memory(256);
const accepts = new Map<number, Accept>();
const receives = new Map<number, Connection>();
const sends = new Map<number, Connection>();
/** Accepted, to be accepted with again. */
const connected: Accept[] = [];
const unused: Connection[] = [];
/** Received and not answered; answered, to receive again. */
const ready: Connection[] = [];
let again: Connection[] = [];
let spare: Connection[] = [];

function socket(): number {
  return WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, 0, WSA_FLAG_OVERLAPPED);
}

function attach(handle: number): void {
  CreateIoCompletionPort(handle, port, 0, 0);
  SetFileCompletionNotificationModes(handle, SKIP);
}

const datagrams = new Map<number, Datagram>();
/** Received and not answered; answered, to receive again. */
const readyDatagrams: Datagram[] = [];
let datagramsAgain: Datagram[] = [];
let spareDatagrams: Datagram[] = [];

const udp = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0, 0, WSA_FLAG_OVERLAPPED);
const udpAddress = new sockaddr_in({
  sin_family: AF_INET,
  sin_port: htons(Number(process.argv[2]) + 3),
});
udpAddress.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
bind.orThrow(udp, udpAddress, sizeof(udpAddress));
ioctlsocket.orThrow(udp, FIONBIO, ref(u_long, 1));
CreateIoCompletionPort(udp, port, 0, 0);
for (let i = 0; i < DATAGRAM_RECORDS; i++) {
  const one = new Datagram();
  datagrams.set(one.record.address, one);
  datagramsAgain.push(one);
}

/** A datagram that has come is taken by a plain call; where none has, a receive waits for a packet. */
function receiveDatagram(one: Datagram): void {
  const { words, address } = one.record;
  words[BUFFER / 4] = DATAGRAM;
  words[FLAGS / 4] = 0;
  words[ADDRESS_BYTES / 4] = 32;
  if (receiveFrom(address, 0) === 0) {
    readyDatagrams.push(one);
    return;
  }
  clear(words);
  // Also one that ends at once sends a packet.
  if (receiveFrom(address, address) !== 0 && WSAGetLastError() !== WSA_IO_PENDING) {
    throw new Error('WSARecvFrom');
  }
}

function receiveFrom(address: number, overlapped: number): number {
  const [buffer, bytes, flags] = [address + BUFFER, address + BYTES, address + FLAGS];
  const [from, fromBytes] = [address + ROOM, address + ADDRESS_BYTES];
  return WSARecvFrom(udp, buffer, 1, bytes, flags, from, fromBytes, overlapped, 0);
}

function answerDatagram(one: Datagram): void {
  const { words, address } = one.record;
  words[BUFFER / 4] = words[BYTES / 4]!;
  const [buffer, bytes, to] = [address + BUFFER, address + BYTES, address + ROOM];
  WSASendTo(udp, buffer, 1, bytes, 0, to, words[ADDRESS_BYTES / 4]!, 0, 0);
  datagramsAgain.push(one);
}

const listening = socket();
const address = new sockaddr_in({ sin_family: AF_INET, sin_port: htons(Number(process.argv[2])) });
address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
bind.orThrow(listening, address, sizeof(address));
listen.orThrow(listening, 511);
attach(listening);
/** What an accepted socket is told of: the listening one. */
const context = new Memory(256);
setPointer(context.words, 0, listening);
for (let i = 0; i < ACCEPTS; i++) {
  const one = { record: new Memory(RECORD), socket: 0 };
  accepts.set(one.record.address, one);
  accept(one);
}

function accept(one: Accept): void {
  const { address, words } = one.record;
  one.socket = socket();
  clear(words);
  const [bytes, room] = [address + BYTES, address + ROOM];
  if (AcceptEx(listening, one.socket, room, 0, 32, 32, bytes, address) !== 0) connected.push(one);
}

function accepted(one: Accept): void {
  const handle = one.socket;
  setsockopt(handle, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, context.address, 8);
  attach(handle);
  const connection = unused.pop() ?? new Connection();
  connection.socket = handle;
  again.push(connection);
  accept(one);
}

function close(connection: Connection): void {
  closesocket(connection.socket);
  unused.push(connection);
}

function receive(connection: Connection): void {
  const { words, address } = connection.receive;
  clear(words);
  words[FLAGS / 4] = 0;
  const [buffer, bytes, flags] = [address + BUFFER, address + BYTES, address + FLAGS];
  if (WSARecv(connection.socket, buffer, 1, bytes, flags, address, 0) === 0) ready.push(connection);
  else if (WSAGetLastError() !== WSA_IO_PENDING) close(connection);
}

function answer(connection: Connection): void {
  const count = connection.receive.words[BYTES / 4]!;
  if (count === 0 || connection.receive.words[0] !== 0) {
    close(connection);
    return;
  }
  const { words, address } = connection.send;
  clear(words);
  words[BUFFER / 4] = count;
  const [buffer, bytes] = [address + BUFFER, address + BYTES];
  if (WSASend(connection.socket, buffer, 1, bytes, 0, address, 0) === 0) again.push(connection);
  else if (WSAGetLastError() !== WSA_IO_PENDING) close(connection);
}

/** One OVERLAPPED_ENTRY: key, OVERLAPPED, Internal, bytes. */
function completed(at: number): void {
  const { words } = entries;
  const address = words[at + 2]! + words[at + 3]! * 0x100000000;
  const received = receives.get(address);
  if (received) {
    received.receive.words[BYTES / 4] = words[at + 6]!;
    ready.push(received);
    return;
  }
  const datagram = datagrams.get(address);
  if (datagram) {
    datagram.record.words[BYTES / 4] = words[at + 6]!;
    readyDatagrams.push(datagram);
    return;
  }
  const sent = sends.get(address);
  if (sent) again.push(sent);
  else connected.push(accepts.get(address)!);
}

for (;;) {
  const tasks = again;
  again = spare;
  spare = tasks;
  for (const connection of tasks) receive(connection);
  tasks.length = 0;
  const datagramTasks = datagramsAgain;
  datagramsAgain = spareDatagrams;
  spareDatagrams = datagramTasks;
  for (const datagram of datagramTasks) receiveDatagram(datagram);
  datagramTasks.length = 0;
  const isBusy = ready.length > 0 || readyDatagrams.length > 0 || connected.length > 0;
  const wait = isBusy || again.length > 0 ? 0 : -1;
  if (GetQueuedCompletionStatusEx(port, entries.address, BATCH, count.address, wait, 0) !== 0) {
    for (let i = 0; i < count.words[0]!; i++) completed(i * 8);
  }
  for (const one of connected.splice(0, BUDGET)) accepted(one);
  for (const connection of ready.splice(0, BUDGET)) answer(connection);
  for (const datagram of readyDatagrams.splice(0, BUDGET)) answerDatagram(datagram);
}
