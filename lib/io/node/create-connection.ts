import { describe } from '../../ffi/types/describe.ts';
import { TcpSocket } from '../streams/tcp-socket.ts';
import { SocketDuplex } from './duplex.ts';
import type { DuplexConnectOptions, SocketDuplexOptions } from './duplex-options.ts';

/**
 * The socket as a stream of Node's.
 *
 * @throws TypeError for what is no connection of this package; TypeError and RangeError for options that are none
 */
export function toDuplex(socket: TcpSocket, options?: SocketDuplexOptions): SocketDuplex {
  if (!(socket instanceof TcpSocket)) {
    throw new TypeError(`toDuplex takes a TcpSocket, got ${describe(socket)}`);
  }
  return new SocketDuplex(socket, options);
}

/**
 * Connects, as `net.createConnection` does: the stream is there at once, and what is written to it
 * waits for the connection. For the `createConnection` of node:http and of ws, and for the
 * connectors of other libraries.
 *
 * @throws as `SocketDuplex.connect` does
 */
export function createConnection(
  options: DuplexConnectOptions & SocketDuplexOptions,
  listener?: (...args: never[]) => void,
): SocketDuplex {
  const { highWaterMark, completionPort, signal, onread } = options;
  // In node:net these are true or false by JavaScript's rules.
  const allowHalfOpen =
    options.allowHalfOpen === undefined ? undefined : Boolean(options.allowHalfOpen);
  const noDelay = options.noDelay === undefined ? undefined : Boolean(options.noDelay);
  const settings = { allowHalfOpen, highWaterMark, completionPort, signal, noDelay, onread };
  const stream = new SocketDuplex(undefined, settings);
  // With a signal that has aborted there is nothing to connect.
  return stream.destroyed ? stream : stream.connect(options, listener as () => void);
}
