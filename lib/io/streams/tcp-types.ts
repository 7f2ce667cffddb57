/** What programs say to connections, and what these tell them. */
import { bytes, flag } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { type CompletionPort, completionPortOption } from '../port/port.ts';
import { type SocketOptions, socketOptionsOption } from '../sockets/socket-options.ts';

/** What a connection tells. */
export interface TcpSocketEvents {
  /** Bytes have come. Listening starts receiving. */
  data: (chunk: Buffer) => void;
  /** Out-of-band data has come. Listening starts receiving it; it comes past what was sent before it. */
  urgent: (data: Buffer) => void;
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

/** What the options of a connection may be. */
export const TCP_SOCKET_OPTIONS: OptionTable<TcpSocketOptions> = {
  allowHalfOpen: flag,
  highWaterMark: bytes,
};

/** How a connection works that others have made. */
export interface FromOptions extends TcpSocketOptions {
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** Options to set. */
  socketOptions?: SocketOptions;
}

/** What these may be. */
export const FROM_OPTIONS: OptionTable<FromOptions> = {
  ...TCP_SOCKET_OPTIONS,
  completionPort: completionPortOption,
  socketOptions: socketOptionsOption,
};
