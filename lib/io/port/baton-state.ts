/** What a port's two threads share. */
import type { Binding } from '../../ffi/calls/unchecked.ts';

/** The most packets that are dequeued at once. */
export const BATCH = 128;

// Words of the shared control block.
/** The word that says who may dequeue: one of the three values HOLDER_IS_…. */
export const HOLDER = 0;
export const HOLDER_IS_OWNER = 0;
export const HOLDER_IS_POLLER = 1;
/** The JavaScript thread held the baton when the end came, and nobody will have it again. */
const HOLDER_IS_GONE = 2;
/** How many entries the last dequeue gave. */
export const COUNT = 1;
/** Not 0 once the poller shall end. */
export const STOP = 2;
/** Why the poller gave up; 0 while it has not. */
export const ERROR = 3;
/** Not 0 once the poller has begun. */
export const READY = 4;
/** Where the poller notes when its last dequeue began and ended, in bytes: two words of 64 bits. */
export const TIMES_OFFSET = 32;
/** Where the OVERLAPPED_ENTRY array begins, in bytes. */
export const ENTRIES_OFFSET = 64;

export interface PollerStart {
  /** Where the foreign-function library is: text has no place to look from. */
  readonly koffi: string;
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
  /** An event to be set when all is loaded, and what SetEvent is bound by; where somebody waits for that. */
  readonly loaded: { readonly event: number; readonly binding: Binding } | undefined;
  /** Whether somebody wants to know how long its dequeues take. */
  readonly timed: boolean;
}

/**
 * Tells the poller to end. Where it waits for the baton, or is about to, the word that it waits on
 * has another value from now on: it cannot fall asleep after it was told. Where it has the baton it
 * is in the dequeue, and needs a packet.
 */
export function tellToStop(state: Int32Array): void {
  Atomics.store(state, STOP, 1);
  Atomics.compareExchange(state, HOLDER, HOLDER_IS_OWNER, HOLDER_IS_GONE);
  Atomics.notify(state, HOLDER);
}
