/** How a call ended. */
export interface Outcome {
  readonly result?: unknown;
  /** The error code of a call that failed. */
  readonly code?: number;
  /** What was thrown in place of a result: an argument was refused, or a callback threw. */
  readonly thrown?: unknown;
}
