import { allocateNative, GRANULARITY, type NativeMemory } from './native-memory.ts';

let memory: NativeMemory | undefined;
let inUse = false;

/** Lends native memory for arguments of one synchronous call. Its contents are left over. */
export function withScratch<T>(bytes: number, use: (address: number, memory: Uint8Array) => T): T {
  if (inUse || bytes > GRANULARITY) throw new Error(`no scratch memory of ${bytes} bytes`);
  memory ??= allocateNative(GRANULARITY);
  inUse = true;
  try {
    return use(memory.address, memory.bytes.subarray(0, bytes));
  } finally {
    inUse = false;
  }
}
