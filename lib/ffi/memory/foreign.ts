/** Buffers over memory of the system's, of which nothing says how far it goes. */
const foreign = new WeakSet<ArrayBufferLike>();

/** Whether a buffer is over memory of the system's. */
export function isForeign(buffer: ArrayBufferLike): boolean {
  return foreign.has(buffer);
}

/** Notes that a buffer is over memory of the system's. */
export function markForeign(buffer: ArrayBuffer): void {
  foreign.add(buffer);
}
