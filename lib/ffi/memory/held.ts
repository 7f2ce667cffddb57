/** Memory that stays where it is while code of the program's own may run and native code has its address. */
import { isForeign } from './foreign.ts';
import { bufferOf, isUint8Array } from './intrinsics.ts';
import { reachableFrom } from './kept.ts';
import { refuseUnstable } from './memory.ts';
import { pin } from './pinned.ts';

/**
 * Has memory stay where it is that native code uses from now on.
 *
 * @param kept a view, or an array of views; anything else has no memory of JavaScript's own, and is passed over
 */
export function keepInPlace(kept: unknown): void {
  if (isUint8Array(kept)) pinOwn(kept);
  else if (Array.isArray(kept)) {
    for (let i = 0; i < kept.length; i++) if (isUint8Array(kept[i])) pinOwn(kept[i]);
  }
}

function pinOwn(memory: Uint8Array<ArrayBuffer>): void {
  const buffer = bufferOf(memory);
  if (!isForeign(buffer)) pin(buffer);
}

/**
 * Has the memory of a converted argument, and all that its pointers lead to, stay where it is.
 *
 * @returns the memory of JavaScript's own among it; none for an argument that is no memory
 * @throws TypeError for memory that is detached or can shrink
 */
export function holdInPlace(converted: unknown, where: string): readonly Uint8Array[] {
  if (!isUint8Array(converted)) return [];
  const held: Uint8Array[] = [];
  for (const memory of reachableFrom(converted)) {
    // Reading the buffer moves the bytes of a small typed array out of the JavaScript heap for good.
    const buffer = bufferOf(memory);
    if (isForeign(buffer)) continue;
    refuseUnstable(memory, where);
    pin(buffer);
    held.push(memory);
  }
  return held;
}
