/** What the stream bridge can be told. */
import type { BlockList } from 'node:net';
import type { InterfaceLike } from '../interfaces/interfaces.ts';
import { abortSignal, checkedLater, flag, whole } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { type CompletionPort, completionPortOption } from '../port/port.ts';
import type { OnRead } from './on-read.ts';

/** An address as the functions of node:dns give it. */
interface LookupAddress {
  address: string;
  family: number;
}

/** A function of the kind of dns.lookup. */
export type LookupFunction = (
  hostname: string,
  options: { all?: boolean; family?: number | undefined; hints?: number },
  callback: (error: Error | null, found: string | LookupAddress[], family?: number) => void,
) => void;

/** Where to connect to, with the names of node:net. */
export interface DuplexConnectOptions {
  /** A host name or an IP address. Default 'localhost'. */
  host?: string | null | undefined;
  /** The port of the peer. */
  port?: number | string | null | undefined;
  /** The path of a Unix socket, in place of host and port. */
  path?: string | null | undefined;
  /** 4 or 6 for addresses of one family only. */
  family?: number | string | undefined;
  /** The address to bind to. */
  localAddress?: string | undefined;
  /** The port to bind to. */
  localPort?: number | undefined;
  /** The interface to connect by, by name, index or an address of it: see `connect`. */
  interface?: InterfaceLike | undefined;
  /** Looks the host up in place of the system. */
  lookup?: LookupFunction | undefined;
  /** Passed to `lookup`; the system's own lookup knows none. */
  hints?: number | undefined;
  /** Whether several addresses are tried: see `connect`. Default true. */
  autoSelectFamily?: boolean | undefined;
  /** Milliseconds before the next address is tried beside the one before. Default 250. */
  autoSelectFamilyAttemptTimeout?: number | undefined;
  /** Addresses that are not connected to: the error is ERR_IP_BLOCKED. */
  blockList?: BlockList | undefined;
  /** Switches TCP_NODELAY. Default true. */
  noDelay?: boolean | undefined;
  /** Switches keep-alive on. */
  keepAlive?: boolean | undefined;
  /** Milliseconds of silence before the first probe. */
  keepAliveInitialDelay?: number | undefined;
  /** Milliseconds without traffic after which `timeout` is emitted, also while connecting. */
  timeout?: number | undefined;
}

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
