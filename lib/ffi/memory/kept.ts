/** What the addresses that are written into memory point at, so that it lives as long as that memory. */
import { bufferOf, byteLengthOf, byteOffsetOf } from './intrinsics.ts';
import { bytesOf, isMemory } from './memory.ts';

interface Kept {
  readonly target: object;
  readonly address: number;
}

const kept = new WeakMap<ArrayBufferLike, Map<number, Kept>>();

/** Ties `target` to the pointer stored at `offset` of `memory`, in place of what was tied before. */
export function keepAlive(
  memory: Uint8Array,
  offset: number,
  target: object | null,
  address: number,
): void {
  let targets = kept.get(bufferOf(memory));
  const at = byteOffsetOf(memory) + offset;
  if (target === null) {
    targets?.delete(at);
    return;
  }
  if (!targets) {
    targets = new Map();
    kept.set(bufferOf(memory), targets);
  }
  targets.set(at, { target, address });
}

/**
 * Some memory, and all that addresses in it are tied to, and in that. Of a buffer all ties count: how much
 * of it native code reads beyond a view is not known here.
 */
export function reachableFrom(memory: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const found = [memory];
  const buffers = new Set([bufferOf(memory)]);
  for (let i = 0; i < found.length; i++) {
    for (const { target } of kept.get(bufferOf(found[i]!))?.values() ?? []) {
      if (!isMemory(target)) continue;
      const bytes = bytesOf(target);
      if (buffers.has(bufferOf(bytes))) continue;
      buffers.add(bufferOf(bytes));
      found.push(bytes);
    }
  }
  return found;
}

/** Ties what is tied to the pointers in `source` to their copies, which lie at an offset of `memory`. */
export function copyKept(source: Uint8Array, memory: Uint8Array, offset: number): void {
  const targets = kept.get(bufferOf(source));
  if (!targets) return;
  const end = byteOffsetOf(source) + byteLengthOf(source);
  for (const [at, { target, address }] of [...targets]) {
    if (at < byteOffsetOf(source) || at >= end) continue;
    keepAlive(memory, offset + at - byteOffsetOf(source), target, address);
  }
}

/** What keepAlive tied to this place, if the pointer stored there is still the one it was tied to. */
export function keptAt(memory: Uint8Array, offset: number, address: number): object | undefined {
  const entry = kept.get(bufferOf(memory))?.get(byteOffsetOf(memory) + offset);
  return entry && entry.address === address ? entry.target : undefined;
}
