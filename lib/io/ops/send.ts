import { WSASend } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BUFFERS, BYTES, writeBuffer } from '../port/operation-layout.ts';
import { type Piece, putPieces } from './pieces.ts';

/**
 * Starts WSASend of one piece of memory.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes
 * @param kept what must stay alive and unchanged until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for 4 GiB or more
 */
export function startSend(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'send');
  writeBuffer(operation.words, 0, address, length);
  return send(operation, on, 1, kept, flags);
}

/**
 * Starts WSASend of several pieces of memory, in one go.
 *
 * @param pieces up to 16; their owners must be in `kept`
 * @param kept what must stay alive and unchanged until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for more than
 *   16 pieces, or 4 GiB or more in all
 */
export function startGather(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'send');
  putPieces(operation, pieces);
  return send(operation, on, pieces.length, kept, flags);
}

function send(
  operation: Operation,
  on: Association,
  count: number,
  kept: unknown,
  flags: number,
): number {
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    WSASend(on.handle, record + BUFFERS, count, record + BYTES, flags, record, 0) !== 0,
  );
}
