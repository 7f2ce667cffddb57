/** What a datagram socket is made with, and what it tells. */

import type { SocketAddress } from '../families/address.ts';
import { checkedLater, flag, oneOf, port, text, whole } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { type CompletionPort, completionPortOption } from '../port/port.ts';
import { type SocketOptions, socketOptionsOption } from '../sockets/socket-options.ts';
import type { DatagramDetail, DatagramDetails } from './datagram-details.ts';

/** What a datagram socket tells. */
export interface UdpSocketEvents {
  /** A datagram has come. Listening starts receiving. */
  message: (data: Buffer, from: SocketAddress, details: DatagramDetails) => void;
  /** Receiving failed; the socket goes on unless `close` follows. One error that repeats is told once. */
  error: (error: Error) => void;
  /** The socket is closed, and nothing is pending any more. */
  close: () => void;
}

/** What kind of datagram socket to make. */
export interface UdpSocketOptions {
  /** Default 'IPv4'. */
  family?: 'IPv4' | 'IPv6';
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /**
   * How many receives wait for datagrams at once, at most 1024. Default 1, which keeps them in order, and is the
   * fastest where it was measured; more may deliver them out of order.
   */
  receives?: number;
  /**
   * Whether a datagram that found nobody shows in a later receive, as WSAECONNRESET or WSAENETRESET: as
   * UnreachableError, where the system says whom it was sent to. Default false.
   */
  connectionReset?: boolean;
  /**
   * What is told of each datagram beside its data and its sender; true for all that the system tells. Costs
   * something for each datagram. Default false.
   */
  details?: boolean | readonly DatagramDetail[];
  /**
   * Whether datagrams of one sender may come together, which costs less: they are taken apart again. A system
   * that cannot (before Windows 10 2004) gives them one by one. Default false.
   */
  coalesce?: boolean;
  /**
   * The longest datagram that is wanted, 1 to 65536 bytes. Of a longer one the rest is lost, and `truncated`
   * says so. Default: any.
   */
  longest?: number;
  /**
   * Whether datagrams to groups that this socket has not joined are left out: others on this computer may have
   * joined them. Default false.
   */
  onlyJoinedGroups?: boolean;
  /** Options to set before anything else. */
  socketOptions?: SocketOptions;
}

/** How a datagram socket of others is taken over. What is left out of `connectionReset` is left as it is. */
export type UdpFromOptions = Omit<UdpSocketOptions, 'family'>;

/** Where to bind: what is left out is any. */
export interface BindAddress {
  /** An IP address of the host. */
  host?: string;
  /** Another name for `host`, for what sockets tell of their addresses. */
  address?: string;
  /** The port; one of the system's choice where left out. */
  port?: number;
  /** Refuses an address of another family. */
  family?: 'IPv4' | 'IPv6';
}

export const BIND: OptionTable<BindAddress> = {
  host: text,
  address: text,
  port,
  family: checkedLater,
};

/** The most receives that may wait for datagrams at once. */
const MOST_RECEIVES = 1024;
/** In bytes: no datagram is longer, nor are those that come together. */
export const LONGEST_DATAGRAM = 65536;

export const UDP_FROM_OPTIONS: OptionTable<UdpFromOptions> = {
  completionPort: completionPortOption,
  receives: whole(1, MOST_RECEIVES),
  connectionReset: flag,
  details: checkedLater,
  coalesce: flag,
  longest: whole(1, LONGEST_DATAGRAM),
  onlyJoinedGroups: flag,
  socketOptions: socketOptionsOption,
};

export const UDP_SOCKET_OPTIONS: OptionTable<UdpSocketOptions> = {
  ...UDP_FROM_OPTIONS,
  family: oneOf('IPv4', 'IPv6'),
};
