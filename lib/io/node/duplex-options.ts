/** What the stream bridge can be told. */
import { abortSignal, checkedLater, flag, whole } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { type CompletionPort, completionPortOption } from '../port/port.ts';
import type { OnRead } from './on-read.ts';

/** How the stream treats its connection. */
export interface SocketDuplexOptions {
  /** Whether the stream stays writable when the peer has ended its half. Default: as the socket's. */
  allowHalfOpen?: boolean | undefined;
  /** Bytes buffered for the reader, and for the network, before either is asked to wait. */
  highWaterMark?: number | undefined;
  /** As `highWaterMark`, for what is received. */
  readableHighWaterMark?: number | undefined;
  /** As `highWaterMark`, for what is written. */
  writableHighWaterMark?: number | undefined;
  /** The completion port for `connect`. Default `CompletionPort.default`. */
  completionPort?: CompletionPort | undefined;
  /** Destroys the stream. */
  signal?: AbortSignal | undefined;
  /**
   * Whether TCP_NODELAY is switched on, as servers of node:http do with their connections. Where not,
   * it is left as it is. Default true.
   */
  noDelay?: boolean | undefined;
  /** Whether it begins as after `pause`. Default false. */
  paused?: boolean | undefined;
  /** Has what comes put into memory of one's own, in place of `data`: as the option of node:net. */
  onread?: OnRead | undefined;
}

const mark = whole(0, Number.MAX_SAFE_INTEGER);

/** What these may be. */
export const DUPLEX_OPTIONS: OptionTable<SocketDuplexOptions> = {
  allowHalfOpen: flag,
  highWaterMark: mark,
  readableHighWaterMark: mark,
  writableHighWaterMark: mark,
  completionPort: completionPortOption,
  signal: abortSignal,
  noDelay: flag,
  paused: flag,
  onread: checkedLater,
};
