/**
 * Run times that forbid buffers over memory that is not JavaScript's: Electron, and with it the extension host of
 * VS Code. There, memory of the system's is read as a copy that knows where it was copied from.
 */
import { koffi } from '../native/koffi.ts';
import { whileNothingEnds } from '../native/loading.ts';
import { bufferOf, byteOffsetOf } from './intrinsics.ts';

const homes = new WeakMap<ArrayBufferLike, number>();
let forbidden = false;

/** Memory at an address, without copying; undefined where the run time forbids it. */
export function viewOf(address: number, bytes: number): ArrayBuffer | undefined {
  if (forbidden) return undefined;
  try {
    return whileNothingEnds(() => koffi().view(BigInt(address), bytes));
  } catch (error) {
    // koffi throws errors.
    if (!/external buffers/.test((error as Error).message)) throw error;
    forbidden = true;
    return undefined;
  }
}

/** What is at an address now. What is written to it stays here: native code is given the address instead. */
export function copyOf(address: number, bytes: number): ArrayBuffer {
  const library = koffi();
  const copy = library.decode(BigInt(address), library.array('uint8_t', bytes)) as Uint8Array;
  const { buffer } = new Uint8Array(copy);
  homes.set(buffer, address);
  return buffer;
}

/** Where the memory of a view was copied from; undefined for all that is no copy. */
export function homeOf(view: Uint8Array): number | undefined {
  if (!forbidden) return undefined;
  const home = homes.get(bufferOf(view));
  return home === undefined ? undefined : home + byteOffsetOf(view);
}
