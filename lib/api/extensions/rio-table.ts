/** Registered I/O (mswsock.h, Windows 8): the table of its functions, and what they keep in use. */

import {
  RIO_EXTENSION_FUNCTION_TABLE,
  type RIO_NOTIFICATION_COMPLETION,
  WSAID_MULTIPLE_RIO,
} from '../../../defs/mswsock.g.ts';
import {
  RIO_CORRUPT_CQ,
  RIO_INVALID_BUFFERID,
  RIO_INVALID_CQ,
} from '../../../defs/mswsockdef.g.ts';
import { SOCKET_ERROR, WSAGetLastError, WSAIoctl } from '../../../defs/winsock2.g.ts';
import { SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER } from '../../../defs/ws2def.g.ts';
import type { Call, Definition, Func } from '../../ffi/calls/definition.ts';
import { inFlavours } from '../../ffi/calls/flavours.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import {
  type Failure,
  IsFalse,
  IsNull,
  NeverFails,
  ReturnsCode,
} from '../../ffi/errors/failure.ts';
import { bufferOf } from '../../ffi/memory/intrinsics.ts';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import { pin } from '../../ffi/memory/pinned.ts';
import { GUID } from '../../ffi/types/guid.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { uint32 } from '../../ffi/types/scalars.ts';
import type { Ioctl } from './extension-pointer.ts';
import {
  entriesOf,
  failureOf,
  type TableFailures,
  type TableFunctions,
  tableFunctions,
} from './function-table.ts';
import { providerName, providerOf } from './socket-provider.ts';

/** The 13 functions of Registered I/O, of one provider. */
export type RIOFunctions = TableFunctions<RIO_EXTENSION_FUNCTION_TABLE>;

const failsWith = (name: string, value: number): Failure => ({
  name,
  value,
  fails: (result) => result === value,
  code: 'lastError',
  pending: [],
});

const FAILURES: TableFailures = {
  usual: IsFalse,
  others: {
    RIOCloseCompletionQueue: NeverFails,
    RIOCreateCompletionQueue: IsNull,
    RIOCreateRequestQueue: IsNull,
    RIODequeueCompletion: failsWith('RIO_CORRUPT_CQ', RIO_CORRUPT_CQ),
    RIODeregisterBuffer: NeverFails,
    RIONotify: ReturnsCode,
    RIORegisterBuffer: failsWith('RIO_INVALID_BUFFERID', RIO_INVALID_BUFFERID),
  },
};

/** What is known of one of the functions before a table has been fetched. */
export function rioDefinition(name: keyof RIOFunctions): Definition {
  const entry = entriesOf(RIO_EXTENSION_FUNCTION_TABLE).find((one) => one.name === name)!;
  return { dll: '', name, failure: failureOf(FAILURES, name), signature: entry.type.signature };
}

/**
 * Fetches the table of the Registered I/O functions, as C does with
 * `WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &WSAID_MULTIPLE_RIO, …)`.
 *
 * @param socket a socket of the provider
 * @param ioctl what is asked instead of WSAIoctl: the function of a provider that is used directly
 * @throws WinsockError where the provider has no Registered I/O: WSAEOPNOTSUPP or WSAEINVAL; Wine has none
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/ns-mswsock-rio_extension_function_table
 */
export function rioTable(socket: number, ioctl: Ioctl = WSAIoctl): RIO_EXTENSION_FUNCTION_TABLE {
  const table = new RIO_EXTENSION_FUNCTION_TABLE();
  const size = sizeof(table);
  const code = SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER;
  const returned = ref(uint32);
  const id = WSAID_MULTIPLE_RIO;
  const result = ioctl(socket, code, id, sizeof(GUID), table, size, returned, null, null);
  if (result !== SOCKET_ERROR) return table;
  const error = new WinsockError(WSAGetLastError(), 'WSAIoctl(WSAID_MULTIPLE_RIO)');
  const provider = ioctl === WSAIoctl ? providerOf(socket) : undefined;
  if (provider) {
    const lack = `the provider ${providerName(provider)} has no Registered I/O`;
    error.message = `${error.syscall}: ${error.code} (${error.errno}): ${lack}`;
  }
  throw error;
}

/**
 * Memory that providers use, by what it is registered under. It is kept here, not in the functions of
 * a table, so that it stays even where a program lets go of those.
 */
const inUse = new Set<Map<number, unknown>>();

class InUse {
  readonly #kept = new Map<number, unknown>();

  keep(handle: number, memory: unknown): void {
    if (!isMemory(memory)) return;
    // What is registered must not be taken away from under the system.
    pin(bufferOf(bytesOf(memory)));
    this.#kept.set(handle, memory);
    inUse.add(this.#kept);
  }

  release(handle: number): void {
    this.#kept.delete(handle);
    if (this.#kept.size === 0) inUse.delete(this.#kept);
  }
}

type Done = (args: readonly unknown[], result: unknown) => void;

/** A function with something done after each of its calls. */
function afterwards(call: Func<Call>, done: Done): Func<Call> {
  const noting = (args: readonly unknown[], result: unknown) => {
    done(args, result);
    return result;
  };
  return inFlavours(call.definition.name, call.definition, {
    mirror: (...args) => noting(args, call(...args)),
    orThrow: (...args) => noting(args, call.orThrow(...args)),
    async: async (...args) => noting(args, await call.async(...args)),
  });
}

/**
 * The functions of a table of Registered I/O.
 *
 * Memory that is registered by RIORegisterBuffer stays alive until RIODeregisterBuffer, and the
 * OVERLAPPED of a completion queue until RIOCloseCompletionQueue. Neither can be transferred to another
 * thread any more (`structuredClone`, `postMessage` with a transfer list).
 *
 * @param table as `rioTable` gives it
 */
export function rioFunctions(table: RIO_EXTENSION_FUNCTION_TABLE): RIOFunctions {
  const functions = tableFunctions(table, FAILURES, table.cbSize);
  const buffers = new InUse();
  const queues = new InUse();

  const replace = <Name extends keyof RIOFunctions>(
    name: Name,
    done: (args: Parameters<RIOFunctions[Name]>, result: unknown) => void,
  ) => {
    if (table[name] === 0) return;
    // Arguments and result are those of the function of that name.
    const value = afterwards(functions[name] as unknown as Func<Call>, done as Done);
    Object.defineProperty(functions, name, { value, enumerable: true });
  };
  replace('RIORegisterBuffer', ([memory], id) => {
    // An id is a pointer's number, whatever its brand.
    if (id !== RIO_INVALID_BUFFERID) buffers.keep(id as number, memory);
  });
  replace('RIODeregisterBuffer', ([id]) => buffers.release(id));
  replace('RIOCreateCompletionQueue', ([, how], queue) => {
    // The record keeps what its pointers point at: the OVERLAPPED of a completion port.
    if (queue !== RIO_INVALID_CQ) queues.keep(queue as number, how as RIO_NOTIFICATION_COMPLETION);
  });
  replace('RIOCloseCompletionQueue', ([queue]) => queues.release(queue));
  return functions;
}
