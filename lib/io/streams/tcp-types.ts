/** What programs say to connections, and what these tell them. */
import type { CompletionPort } from '../port/port.ts';
import type { SocketOptions } from '../sockets/socket-options.ts';

/** What a connection tells. */
export interface TcpSocketEvents {
  /** Bytes have come. Listening starts receiving. */
  data: (chunk: Buffer) => void;
  /** The peer has ended its half of the connection. */
  end: () => void;
  /** All that was written has been taken by the system, after `write` gave false. */
  drain: () => void;
  /** Nothing happened for as long as `setTimeout` said. */
  timeout: () => void;
  /** The connection failed. `close` follows. Nobody has to listen. */
  error: (error: Error) => void;
  /** Everything is over and given back. */
  close: (failed: boolean) => void;
}

/** How a connection works. */
export interface TcpSocketOptions {
  /**
   * Whether the connection stays open for sending when the peer has ended its half. Where not, ours
   * is ended as soon as everything was sent. Default false.
   */
  allowHalfOpen?: boolean;
  /** How many unsent bytes `write` takes before it gives false. Default 1 MiB, one large send. */
  highWaterMark?: number;
}

/** How a connection works that others have made. */
export interface FromOptions extends TcpSocketOptions {
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** Options to set. */
  socketOptions?: SocketOptions;
}

/** @throws RangeError for what cannot be an option of a connection */
export function checkTcpSocketOptions({ highWaterMark }: TcpSocketOptions): void {
  if (highWaterMark === undefined) return;
  if (typeof highWaterMark !== 'number' || !(highWaterMark >= 0)) {
    throw new RangeError(`a highWaterMark is a number of bytes, got ${String(highWaterMark)}`);
  }
}
