/** What a trace asks the system itself, beside the program's calls and without a trace of its own. */
import { GetAcceptExSockaddrs } from '../../../../defs/mswsock.g.ts';
import {
  getpeername,
  getsockname,
  getsockopt,
  SO_PROTOCOL_INFOW,
  SOL_SOCKET,
  WSAPROTOCOL_INFOW,
} from '../../../../defs/winsock2.g.ts';
import { bindUnchecked, type Unchecked } from '../../../ffi/calls/unchecked.ts';
import { lastError, setLastError } from '../../../ffi/native/last-error.ts';
import { offsetof, sizeof } from '../../../ffi/types/record.ts';
import { type Arguments, readPointer, viewAt, viewOf } from './arguments.ts';

const isWindows = process.platform === 'win32';

/**
 * Runs something that may call the system, and leaves the thread's last error as it was: it is the program's.
 */
export function leavingLastError<T>(use: () => T): T {
  if (!isWindows) return use();
  const before = lastError();
  try {
    return use();
  } finally {
    setLastError(before);
  }
}

type Name = Unchecked<typeof getsockname>;

let bound: { local: Name; remote: Name; option: Unchecked<typeof getsockopt> } | undefined;

function calls() {
  bound ??= {
    local: bindUnchecked(getsockname, 'memory'),
    remote: bindUnchecked(getpeername, 'memory'),
    option: bindUnchecked(getsockopt, 'memory'),
  };
  return bound;
}

/** A SOCKADDR_STORAGE. */
const ADDRESS_BYTES = 128;

function nameBy(call: Name, socket: number): Uint8Array | undefined {
  const address = new Uint8Array(new ArrayBuffer(ADDRESS_BYTES));
  const length = new Int32Array(new ArrayBuffer(4));
  length[0] = ADDRESS_BYTES;
  if (call(socket, address, length) !== 0) return undefined;
  return address.subarray(0, length[0]);
}

/** The sockaddr of a socket; undefined where it has none. */
export function localNameOf(socket: number): Uint8Array | undefined {
  return isWindows ? leavingLastError(() => nameBy(calls().local, socket)) : undefined;
}

/** The sockaddr of the other side; undefined where there is none. */
export function remoteNameOf(socket: number): Uint8Array | undefined {
  return isWindows ? leavingLastError(() => nameBy(calls().remote, socket)) : undefined;
}

/** What a socket is made of. */
export interface Kind {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
}

/** Undefined for what is no socket. */
export function kindOf(socket: number): Kind | undefined {
  if (!isWindows) return undefined;
  return leavingLastError(() => {
    const size = sizeof(WSAPROTOCOL_INFOW);
    const info = new Uint8Array(new ArrayBuffer(size));
    const length = new Int32Array(new ArrayBuffer(4));
    length[0] = size;
    if (calls().option(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, info, length) !== 0) return undefined;
    const field = (name: 'iAddressFamily' | 'iSocketType' | 'iProtocol') =>
      viewOf(info).getInt32(offsetof(WSAPROTOCOL_INFOW, name), true);
    return {
      family: field('iAddressFamily'),
      type: field('iSocketType'),
      protocol: field('iProtocol'),
    };
  });
}

type AcceptNames = Unchecked<typeof GetAcceptExSockaddrs>;
let acceptNames: AcceptNames | undefined;

/** The two addresses that an AcceptEx of the system's provider has left in its memory. */
export function acceptedNames(
  args: Arguments,
): { local: Uint8Array; remote: Uint8Array } | undefined {
  if (!isWindows) return undefined;
  return leavingLastError(() => {
    acceptNames ??= bindUnchecked(GetAcceptExSockaddrs, 'memory');
    const memory = args.of('lpOutputBuffer');
    const buffer =
      typeof memory === 'number' || typeof memory === 'bigint' ? Number(memory) : memory;
    const lengths = ['dwReceiveDataLength', 'dwLocalAddressLength', 'dwRemoteAddressLength'];
    const [received = 0, local = 0, remote = 0] = lengths.map((name) => args.number(name));
    const out = Array.from({ length: 4 }, () => new Uint8Array(new ArrayBuffer(8)));
    acceptNames(buffer, received, local, remote, ...(out as [unknown, unknown, unknown, unknown]));
    const name = (pointer: Uint8Array, length: Uint8Array) => {
      const [address, bytes] = [readPointer(pointer, 0), viewOf(length).getInt32(0, true)];
      const isThere = address !== 0 && bytes > 0 && bytes <= ADDRESS_BYTES;
      return isThere ? viewAt(address, bytes).slice() : new Uint8Array();
    };
    return { local: name(out[0]!, out[1]!), remote: name(out[2]!, out[3]!) };
  });
}
