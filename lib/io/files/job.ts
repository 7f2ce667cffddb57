/** What those agree on who send a file. */
import type { SocketKind } from '../calls/extensions.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';

/** A connection, to those who send files on it. */
export interface FileTarget {
  readonly delivery: Delivery;
  readonly on: Association;
  readonly kind: SocketKind;
  /** See `Sender.inTurn`. */
  inTurn(send: () => Promise<number>): Promise<number>;
  /** Some of it is sent. */
  active(): void;
  /** A part of it is with the peer, and the rest will not come. */
  failedWith(error: Error): void;
}

/** What is sent, piece by piece. */
export interface FileJob {
  /** The HANDLE of the file. */
  readonly file: number;
  /** Where in the file to begin, in bytes. */
  readonly offset: number;
  /** In bytes; 0 sends head and tail only. */
  readonly length: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly signal: AbortSignal | undefined;
}
