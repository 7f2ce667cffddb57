/** What a port's two threads share. */
import type { Binding } from '../../ffi/calls/unchecked.ts';

/** The most packets that are dequeued at once. */
export const BATCH = 128;

// Words of the shared control block.
/** Whose turn it is to dequeue: 0 for the JavaScript thread, 1 for the poller. */
export const TURN = 0;
export const TURN_OF_POLLER = 1;
/** How many entries the last dequeue gave. */
export const COUNT = 1;
/** Not 0 once the poller shall end. */
export const STOP = 2;
/** Why the poller gave up; 0 while it has not. */
export const ERROR = 3;
/** Where the OVERLAPPED_ENTRY array begins. */
export const ENTRIES_OFFSET = 64;

export interface PollerStart {
  readonly control: SharedArrayBuffer;
  readonly port: number;
  readonly entriesAddress: number;
  readonly countAddress: number;
  /** How long one wait may take; -1 for ever. */
  readonly milliseconds: number;
  /** What GetQueuedCompletionStatusEx is bound by: the poller starts sooner without its definition. */
  readonly binding: Binding;
  /** The error code of a wait that took so long. */
  readonly timedOut: number;
}
