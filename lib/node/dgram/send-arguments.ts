/** The forms in which `send` may be called. */
import { invalidType, nodeError, portOf } from '../../io/node/argument-errors.ts';
import { isConnected } from './errors.ts';

/** Told when a datagram was sent, or why not. */
export type Sent = (error: Error | null, bytes?: number) => void;

/** What is to be sent, where to, and who is told. */
export interface Sending {
  readonly list: readonly Uint8Array[];
  /** The bytes of all of it. */
  readonly size: number;
  /** Undefined on a connected socket. */
  readonly port: number | undefined;
  /** As it was given: a name, an address, or nothing, which means this computer. */
  readonly address: string | undefined;
  readonly sent: Sent | undefined;
}

const DATA = ['string', 'Buffer', 'TypedArray', 'DataView'];

/**
 * The arguments of `send(message, [offset, length], [port], [address], [callback])`, checked.
 *
 * @throws TypeError, RangeError and Error with Node's codes
 */
export function sendArguments(args: readonly unknown[], connected: boolean): Sending {
  let [message, offset, length, port, address, callback] = args;
  if (connected) {
    if (typeof length === 'number') {
      message = partOf(message, offset, length);
      if (typeof port === 'function') {
        callback = port;
        port = undefined;
      }
    } else {
      callback = offset;
    }
    if (port || address) throw isConnected();
  } else if (address || (port && typeof port !== 'function')) {
    message = partOf(message, offset, length);
  } else {
    [callback, port, address] = [port, offset, length];
  }
  const { list, size } = listOf(message);
  const to = connected ? undefined : portOf(port, 'Port', 1);
  if (typeof address === 'function') {
    callback = address;
    address = undefined;
  } else if (address !== undefined && address !== null && typeof address !== 'string') {
    throw invalidType('address', 'string', address);
  }
  return {
    list,
    size,
    port: to,
    address: (address as string | null) ?? undefined,
    sent: typeof callback === 'function' ? (callback as Sent) : undefined,
  };
}

/**
 * The datagram, when its turn has come: a lookup comes first, and code of the program's own.
 *
 * @throws TypeError where memory of it was transferred meanwhile
 */
export function datagramOf({ list, size }: Sending): Uint8Array {
  const left = list.reduce((sum, one) => sum + one.byteLength, 0);
  if (left !== size) {
    throw new TypeError('the memory was transferred before the datagram was sent');
  }
  return list.length === 1 ? list[0]! : Buffer.concat(list, size);
}

function listOf(message: unknown): Pick<Sending, 'list' | 'size'> {
  if (!Array.isArray(message)) {
    const bytes = bytesOf(message);
    if (bytes) return { list: [bytes], size: bytes.byteLength };
    throw invalidType('buffer', DATA, message);
  }
  const list: Uint8Array[] = [];
  let size = 0;
  for (const one of message) {
    const bytes = bytesOf(one);
    if (!bytes) throw invalidType('buffer list arguments', DATA, message);
    list.push(bytes);
    // Counted at once: what the next one is asked may take it away.
    size += bytes.byteLength;
  }
  return { list, size };
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (typeof data === 'string') return Buffer.from(data);
  if (!ArrayBuffer.isView(data)) return undefined;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function partOf(message: unknown, offset: unknown, length: unknown): Uint8Array {
  const bytes = bytesOf(message);
  if (!bytes) throw invalidType('buffer', DATA, message);
  // As JavaScript makes a whole number of anything.
  const from = Number(offset) >>> 0;
  const count = Number(length) >>> 0;
  if (from > bytes.byteLength) throw outOfBounds('offset');
  if (from + count > bytes.byteLength) throw outOfBounds('length');
  return bytes.subarray(from, from + count);
}

function outOfBounds(name: string): Error {
  const text = `"${name}" is outside of buffer bounds`;
  return nodeError(new RangeError(text), 'ERR_BUFFER_OUT_OF_BOUNDS');
}
