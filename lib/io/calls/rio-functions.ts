import { SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { ABI_SIGNED_POINTER_SIZED, koffi } from '../../ffi/native/native.ts';
import { guid } from '../../ffi/types/guid.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import { WSAGetLastError, WSAIoctl } from './calls.ts';
import { withScratch } from './scratch.ts';

const P = ABI_SIGNED_POINTER_SIZED;
const DWORD = 'uint32_t';
const INT = 'int32_t';

/** The functions of Registered I/O in the order of their table, bound with plain numbers. */
const FUNCTIONS = {
  RIOReceive: [INT, P, P, DWORD, DWORD, P],
  RIOReceiveEx: [INT, P, P, DWORD, P, P, P, P, DWORD, P],
  RIOSend: [INT, P, P, DWORD, DWORD, P],
  RIOSendEx: [INT, P, P, DWORD, P, P, P, P, DWORD, P],
  RIOCloseCompletionQueue: ['void', P],
  RIOCreateCompletionQueue: [P, DWORD, P],
  RIOCreateRequestQueue: [P, P, DWORD, DWORD, DWORD, DWORD, P, P, P],
  RIODequeueCompletion: [DWORD, P, P, DWORD],
  RIODeregisterBuffer: ['void', P],
  RIONotify: [INT, P],
  RIORegisterBuffer: [P, P, DWORD],
  RIOResizeCompletionQueue: [INT, P, DWORD],
  RIOResizeRequestQueue: [INT, P, DWORD, DWORD],
} as const;

type Name = keyof typeof FUNCTIONS;
type Native = (...args: number[]) => number;

export type RioFunctions = Readonly<Record<Name, Native>>;

const NAMES = Object.keys(FUNCTIONS) as Name[];
/** RIO_EXTENSION_FUNCTION_TABLE: its size, then the pointers. */
const TABLE_BYTES = POINTER_BYTES * (1 + NAMES.length);

const WSAID_MULTIPLE_RIO = guid(
  ...([0x8509e081, 0x96dd, 0x4005, 0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f] as const),
);

/**
 * The RIO_EXTENSION_FUNCTION_TABLE of a socket's provider.
 *
 * @throws WinsockError where the provider has no Registered I/O
 */
export function fetchRioTable(socket: number): Uint8Array {
  return withScratch(256, (address, bytes) => {
    bytes.fill(0);
    bytes.set(WSAID_MULTIPLE_RIO);
    const code = SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER;
    const result = address + 64;
    if (WSAIoctl(socket, code, address, 16, result, TABLE_BYTES, address + 32, 0, 0) !== 0) {
      const error = new WinsockError(WSAGetLastError(), 'WSAIoctl(WSAID_MULTIPLE_RIO)');
      error.message = `${error.message}; the provider has no Registered I/O`;
      throw error;
    }
    return bytes.slice(64, 64 + TABLE_BYTES);
  });
}

/** By the address of the first: tables of one provider are the same. */
const known = new Map<number, RioFunctions>();

/** Binds the functions of a table. */
export function bindRioTable(table: Uint8Array): RioFunctions {
  if (table.byteLength < TABLE_BYTES) {
    throw new RangeError(`a table of ${table.byteLength} bytes; ${TABLE_BYTES} are needed`);
  }
  const words = new Uint32Array(table.slice(0, TABLE_BYTES).buffer);
  const pointers = NAMES.map((_, index) => readPointer(words, ((index + 1) * POINTER_BYTES) / 4));
  const missing = pointers.indexOf(0);
  if (missing >= 0) throw new TypeError(`the table has no ${NAMES[missing]}`);
  let functions = known.get(pointers[0]!);
  if (!functions) {
    const entries = NAMES.map((name, index) => [name, bind(name, pointers[index]!)]);
    functions = Object.fromEntries(entries) as RioFunctions;
    known.set(pointers[0]!, functions);
  }
  return functions;
}

function bind(name: Name, pointer: number): Native {
  const [result, ...parameters] = FUNCTIONS[name];
  // koffi's type names are global to the process.
  const unique = `winsock_io_${name}_${known.size}`;
  const proto = koffi().proto('__stdcall', unique, result, parameters);
  return koffi().decode(BigInt(pointer), proto) as unknown as Native;
}
