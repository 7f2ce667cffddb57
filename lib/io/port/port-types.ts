import type { BufferPoolStats } from '../calls/buffers.ts';

/** How a completion port works. */
export interface CompletionPortOptions {
  /**
   * Whether operations that complete at their start are delivered without a packet, where the
   * provider of the socket allows it. Default true.
   */
  skipOnSuccess?: boolean;
  /**
   * How many turns of the event loop to look for packets inline after the last one, before the
   * poller thread waits for the next. Each turn costs processor time and may save a wake-up.
   * Default 1.
   */
  idleTurns?: number;
}

/** What a completion port has done, and what it holds. */
export interface CompletionPortStats {
  /** Batches of packets dequeued, by either thread. */
  batches: number;
  /** Batches that the poller thread handed over: wake-ups of this thread. */
  wakeUps: number;
  /** Batches dequeued on this thread, without a wake-up. */
  inlineDequeues: number;
  /** Packets dequeued. */
  packets: number;
  /** Completions that needed no packet. */
  completedAtStart: number;
  /** Operations whose packet has not come. */
  pending: number;
  /** Operation records: all, and those not in use. */
  records: { total: number; free: number };
  /** Memory pooled for receiving, of all ports. */
  buffers: BufferPoolStats;
}

/** One operation that has not ended, for a leak report. */
export interface PendingOperation {
  /** What it does: 'receive'. */
  kind: string;
  /** What it was started on. */
  handle: number;
}

/** Something to be done in the next turn of the event loop. */
export interface Deferred {
  /** Called in the next turn. */
  resume(): void;
}

/** Packets that belong to no operation: another thread or native code has posted them. */
export type PacketHandler = (key: number, bytes: number, overlapped: number) => void;
