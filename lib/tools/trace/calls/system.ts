/** What a trace asks the system itself, beside the program's calls and without a trace of its own. */
import {
  LPFN_GETACCEPTEXSOCKADDRS,
  WSAID_GETACCEPTEXSOCKADDRS,
} from '../../../../defs/mswsock.g.ts';
import {
  getpeername,
  getsockname,
  getsockopt,
  SO_PROTOCOL_INFOW,
  SOL_SOCKET,
  WSAIoctl,
  WSAPROTOCOL_INFOW,
} from '../../../../defs/winsock2.g.ts';
import { SIO_GET_EXTENSION_FUNCTION_POINTER } from '../../../../defs/ws2def.g.ts';
import { bindingOf, bindUnchecked, type Unchecked } from '../../../ffi/calls/unchecked.ts';
import { NeverFails } from '../../../ffi/errors/failure.ts';
import { leavingLastError } from '../../../ffi/native/last-error.ts';
import { bindPointer } from '../../../ffi/native/native.ts';
import { offsetof, sizeof } from '../../../ffi/types/record.ts';
import { type Arguments, readPointer, viewAt, viewOf } from './arguments.ts';

const isWindows = process.platform === 'win32';

type Name = Unchecked<typeof getsockname>;

interface Calls {
  readonly local: Name;
  readonly remote: Name;
  readonly option: Unchecked<typeof getsockopt>;
  readonly ioctl: Unchecked<typeof WSAIoctl>;
}

let bound: Calls | undefined;

function calls(): Calls {
  bound ??= {
    local: bindUnchecked(getsockname, 'memory'),
    remote: bindUnchecked(getpeername, 'memory'),
    option: bindUnchecked(getsockopt, 'memory'),
    ioctl: bindUnchecked(WSAIoctl, 'memory'),
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

type Reader = (...args: unknown[]) => unknown;
/** GetAcceptExSockaddrs of each provider, by its address. */
const readers = new Map<number, Reader>();

const out = (bytes: number) => new Uint8Array(new ArrayBuffer(bytes));

/** GetAcceptExSockaddrs of the provider of a socket; undefined where it has none. */
function readerOf(socket: number): Reader | undefined {
  const pointer = out(8);
  const code = SIO_GET_EXTENSION_FUNCTION_POINTER;
  const id = WSAID_GETACCEPTEXSOCKADDRS;
  const { ioctl } = calls();
  if (ioctl(socket, code, id, id.byteLength, pointer, pointer.length, out(4), null, 0) !== 0) {
    return undefined;
  }
  const address = readPointer(pointer, 0);
  let reader = readers.get(address);
  if (!reader) {
    const { signature } = LPFN_GETACCEPTEXSOCKADDRS;
    const definition = { dll: '', name: 'GetAcceptExSockaddrs', failure: NeverFails, signature };
    const { name, result, parameters } = bindingOf(definition, 'memory');
    reader = bindPointer(address, name, result, parameters);
    readers.set(address, reader);
  }
  return reader;
}

/** The two addresses that an AcceptEx has left in its memory. */
export function acceptedNames(
  args: Arguments,
): { local: Uint8Array; remote: Uint8Array } | undefined {
  if (!isWindows) return undefined;
  return leavingLastError(() => {
    const reader = readerOf(args.number('sListenSocket'));
    if (!reader) return undefined;
    const memory = args.of('lpOutputBuffer');
    const lengths = ['dwReceiveDataLength', 'dwLocalAddressLength', 'dwRemoteAddressLength'];
    const [local, localLength, remote, remoteLength] = [out(8), out(4), out(8), out(4)];
    const numbers = lengths.map((name) => args.number(name));
    reader(memory, ...numbers, local, localLength, remote, remoteLength);
    const name = (pointer: Uint8Array, length: Uint8Array) => {
      const [address, bytes] = [readPointer(pointer, 0), viewOf(length).getInt32(0, true)];
      const isThere = address !== 0 && bytes > 0 && bytes <= ADDRESS_BYTES;
      return isThere ? viewAt(address, bytes).slice() : new Uint8Array();
    };
    return { local: name(local, localLength), remote: name(remote, remoteLength) };
  });
}
