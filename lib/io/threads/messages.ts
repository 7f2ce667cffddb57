/** What a server and the threads that serve for it say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { SocketKind } from '../calls/extensions.ts';
import type { PackedAddress } from '../families/address.ts';

/** The member of `workerData` that has the link to the server of a thread. */
export const LINK = 'winsock/io';

/** What a thread and its server are linked by; given to the thread at its start. */
export interface ServerLink {
  readonly messages: MessagePort;
  /**
   * Memory that the thread shares with its server: how many connections the thread has taken. Counted there
   * before each is touched: of a thread that has ended the server knows which it had not taken, and gives
   * them to others.
   */
  readonly taken: Int32Array;
}

/** A connection that was accepted, on its way to a thread. */
export interface Accepted {
  readonly socket: number;
  /** The sockaddr of the peer, where it is known. */
  readonly remote: PackedAddress | undefined;
}

/** To the thread. */
export type ToThread =
  | { readonly what: 'serve'; readonly kind: SocketKind; readonly connections: readonly Accepted[] }
  /** No more will come. */
  | { readonly what: 'end' };

/** To the server. */
export type ToServer =
  /** Connections were taken; so many are over since it last said so. */
  | { readonly what: 'served'; readonly closed: number }
  /** All is over. */
  | { readonly what: 'ended' };
