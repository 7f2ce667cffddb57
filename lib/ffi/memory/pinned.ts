/** Buffers that the program can no longer take away: not by a transfer, not in part. */
import { workerThreads } from '../native/builtins.ts';
import { isShared } from './intrinsics.ts';

const TRANSFERS = ['transfer', 'transferToFixedLength'] as const;

function refuseTransfer(): never {
  throw new TypeError(
    'this ArrayBuffer cannot be transferred: native code may hold its address; transfer a copy, buffer.slice()',
  );
}

/** Whether the mark of Node.js also stops `ArrayBuffer.prototype.transfer`, as from Node.js 24 on. */
function markStopsTransfer(): boolean {
  const buffer = new ArrayBuffer(1) as ArrayBuffer & { transfer?(): ArrayBuffer };
  if (typeof buffer.transfer !== 'function') return true;
  workerThreads().markAsUntransferable(buffer);
  try {
    buffer.transfer();
    return false;
  } catch {
    return true;
  }
}

let stopsTransfer: boolean | undefined;
const pinned = new WeakSet<ArrayBuffer>();

/**
 * Keeps the memory of a buffer where it is, for as long as the buffer lives: `postMessage` and
 * `structuredClone` refuse to transfer it, and so does its own `transfer`. There is no way back, because
 * nothing says when the last address of it is forgotten. The memory of a shared buffer stays anyway.
 */
export function pin(buffer: ArrayBuffer): void {
  if (pinned.has(buffer) || isShared(buffer)) return;
  pinned.add(buffer);
  workerThreads().markAsUntransferable(buffer);
  stopsTransfer ??= markStopsTransfer();
  if (stopsTransfer || !Object.isExtensible(buffer)) return;
  for (const name of TRANSFERS) Object.defineProperty(buffer, name, { value: refuseTransfer });
}
