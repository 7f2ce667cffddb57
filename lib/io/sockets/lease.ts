import { bufferOf, byteLengthOf, byteOffsetOf } from '../../ffi/memory/intrinsics.ts';
import { bytesOf, giveBuffer, type PooledBuffer } from '../calls/buffers.ts';
import { addressOfView } from '../ops/pieces.ts';

/**
 * Pooled memory shown to a handler. It goes back to the pool when the handler returns, unless a
 * send of it is then still on its way: each such send has a lease, and the last one gives it back.
 */
let shown: PooledBuffer | undefined;
const leases = new Map<PooledBuffer, number>();

export function lend<Detail, More>(
  block: PooledBuffer,
  bytes: number,
  handler: (bytes: Buffer, detail: Detail, more: More) => void,
  detail: Detail,
  more: More,
): void {
  const before = shown;
  shown = block;
  try {
    handler(viewOf(block, bytes), detail, more);
  } finally {
    shown = before;
    if (leases.size === 0 || !leases.has(block)) giveBuffer(block);
  }
}

/** The first bytes of a block. What comes is often as long as what came before. */
export function viewOf(block: PooledBuffer, bytes: number): Buffer {
  const whole = bytesOf(block);
  // A handler has had this view, and may have given it a length of its own.
  if (byteLengthOf(block.view) !== bytes) block.view = whole.subarray(0, bytes);
  return block.view;
}

/** The address of data, which is known where it is memory that is being shown. */
export function addressOfData(data: Uint8Array): number {
  // What is shown is most often what is sent, and then nobody has to be asked. It is there: it has a length.
  if (shown !== undefined && data === shown.view) return shown.address;
  if (shown === undefined || bufferOf(data) !== shown.bytes.buffer) return addressOfView(data);
  return shown.address + byteOffsetOf(data) - shown.bytes.byteOffset;
}

/** A lease on the memory of some data, where it is memory that is being shown. */
export function leaseOf(data: Uint8Array): PooledBuffer | undefined {
  if (shown === undefined || bufferOf(data) !== shown.bytes.buffer) return undefined;
  const offset = byteOffsetOf(data) - shown.bytes.byteOffset;
  if (offset < 0 || offset >= shown.bytes.length) return undefined;
  leases.set(shown, (leases.get(shown) ?? 0) + 1);
  return shown;
}

/** Ends a lease. */
export function endLease(block: PooledBuffer): void {
  const left = leases.get(block)! - 1;
  if (left > 0) {
    leases.set(block, left);
    return;
  }
  leases.delete(block);
  if (block !== shown) giveBuffer(block);
}
