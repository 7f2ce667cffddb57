/**
 * As fast as JavaScript gets: the echo server of c/iocp.c by koffi alone, `bare.ts PORT`.
 *
 * A message is two calls with plain numbers, and nothing else: no checks, no objects, and no event loop,
 * since the thread waits in GetQueuedCompletionStatusEx. Nobody can write a program like this; what it
 * has less than C is what calling from JavaScript costs.
 */
import koffi from 'koffi';

type Native = (...args: number[]) => number;

const P = 'intptr_t';
const ws2 = koffi.load('ws2_32.dll');
const mswsock = koffi.load('mswsock.dll');
const kernel = koffi.load('kernel32.dll');
type Library = ReturnType<typeof koffi.load>;
const bound = (library: Library, result: string, name: string, ...parameters: string[]) =>
  library.func(name, result, parameters) as unknown as Native;

const WSAStartup = bound(ws2, 'int', 'WSAStartup', 'uint16_t', P);
const WSASocketW = bound(ws2, P, 'WSASocketW', 'int', 'int', 'int', P, 'uint32_t', 'uint32_t');
const bind = bound(ws2, 'int', 'bind', P, P, 'int');
const listen = bound(ws2, 'int', 'listen', P, 'int');
const setsockopt = bound(ws2, 'int', 'setsockopt', P, 'int', 'int', P, 'int');
const closesocket = bound(ws2, 'int', 'closesocket', P);
const WSARecv = bound(ws2, 'int', 'WSARecv', P, P, 'uint32_t', P, P, P, P);
const WSASend = bound(ws2, 'int', 'WSASend', P, P, 'uint32_t', P, 'uint32_t', P, P);
const WSAGetLastError = bound(ws2, 'int', 'WSAGetLastError');
const AcceptEx = bound(
  mswsock,
  'int',
  'AcceptEx',
  ...[P, P, P, 'uint32_t', 'uint32_t', 'uint32_t', P, P],
);
const CreateIoCompletionPort = bound(kernel, P, 'CreateIoCompletionPort', P, P, P, 'uint32_t');
const GetQueuedCompletionStatusEx = bound(
  kernel,
  'int',
  'GetQueuedCompletionStatusEx',
  ...[P, P, 'uint32_t', P, 'uint32_t', 'int'],
);
const SetFileCompletionNotificationModes = bound(
  kernel,
  'int',
  'SetFileCompletionNotificationModes',
  ...[P, 'uint8_t'],
);
const VirtualAlloc = bound(kernel, P, 'VirtualAlloc', P, P, 'uint32_t', 'uint32_t');

const ACCEPTS = 32;
const BATCH = 128;
const BUDGET = 64;
const MEMORY = 262144;
const WSA_IO_PENDING = 997;

// A record: OVERLAPPED, bytes at 32, flags at 36, WSABUF at 48, room for AcceptEx at 64.
const RECORD = 512;
const [BYTES, FLAGS, BUFFER, ROOM] = [32, 36, 48, 64];

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
    const memory = VirtualAlloc(0, MEMORY, 0x3000, 4);
    for (const { words } of [this.receive, this.send]) {
      words[BUFFER / 4] = MEMORY;
      setPointer(words, BUFFER + 8, memory);
    }
  }
}

interface Accept {
  readonly record: Memory;
  socket: number;
}

const scratch = new Memory(4096);
WSAStartup(0x202, scratch.address);
const port = CreateIoCompletionPort(-1, 0, 0, 1);
const entries = new Memory(BATCH * 32);
const accepts = new Map<number, Accept>();
const receives = new Map<number, Connection>();
const sends = new Map<number, Connection>();
const unused: Connection[] = [];
/** Received and not answered; answered, to receive again. */
const ready: Connection[] = [];
let again: Connection[] = [];
let spare: Connection[] = [];

function socket(): number {
  return WSASocketW(2, 1, 6, 0, 0, 1);
}

function attach(handle: number): void {
  CreateIoCompletionPort(handle, port, 0, 0);
  SetFileCompletionNotificationModes(handle, 3);
}

const listening = socket();
const number = Number(process.argv[2]);
scratch.words.set([2 + ((((number & 0xff) << 8) | (number >> 8)) << 16), 0x0100007f]);
if (bind(listening, scratch.address, 16) !== 0 || listen(listening, 511) !== 0) {
  throw new Error(`port ${number}: ${WSAGetLastError()}`);
}
attach(listening);
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
  if (AcceptEx(listening, one.socket, room, 0, 32, 32, bytes, address) !== 0) accepted(one);
}

function accepted(one: Accept): void {
  const handle = one.socket;
  setPointer(scratch.words, 0, listening);
  setsockopt(handle, 0xffff, 0x700b, scratch.address, 8);
  attach(handle);
  const connection = unused.pop() ?? new Connection();
  connection.socket = handle;
  receives.set(connection.receive.address, connection);
  sends.set(connection.send.address, connection);
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
  const sent = sends.get(address);
  if (sent) again.push(sent);
  else accepted(accepts.get(address)!);
}

for (;;) {
  const tasks = again;
  again = spare;
  spare = tasks;
  for (const connection of tasks) receive(connection);
  tasks.length = 0;
  const wait = ready.length > 0 ? 0 : -1;
  const count = scratch.address + 32;
  if (GetQueuedCompletionStatusEx(port, entries.address, BATCH, count, wait, 0) !== 0) {
    for (let i = 0; i < scratch.words[8]!; i++) completed(i * 8);
  }
  for (const connection of ready.splice(0, BUDGET)) answer(connection);
}
