/** ArrayBuffers over memory that JavaScript does not own, so its extent is not known. */
const foreign = new WeakSet<ArrayBufferLike>();

export function isForeign(buffer: ArrayBufferLike): boolean {
  return foreign.has(buffer);
}

export function markForeign(buffer: ArrayBuffer): void {
  foreign.add(buffer);
}
