import { GRANULARITY, ThreadMemory } from './native-memory.ts';

const memory = new ThreadMemory();
let inUse = false;

/**
 * Lends native memory for arguments of one synchronous call. Its contents are left over.
 *
 * @throws RangeError for more bytes than it has
 */
export function withScratch<T>(bytes: number, use: (address: number, memory: Uint8Array) => T): T {
  if (bytes > GRANULARITY) {
    throw new RangeError(`an argument of ${bytes} bytes; ${GRANULARITY} are the most`);
  }
  if (inUse) throw new Error('the scratch memory is in use: a call was made within another');
  const { address, bytes: whole } = memory.get();
  inUse = true;
  try {
    return use(address, whole.subarray(0, bytes));
  } finally {
    inUse = false;
  }
}
