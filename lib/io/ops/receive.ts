import { WSARecv } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BUFFERS, BYTES, FLAGS, FLAGS_WORD, writeBuffer } from '../port/operation-layout.ts';
import { type Piece, putPieces } from './pieces.ts';

/**
 * Starts WSARecv into one piece of memory.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes; 0 waits until something can be received, without receiving it
 * @param kept what must stay alive until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for 4 GiB or
 *   more, and for less memory than the socket takes
 */
export function startReceive(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'receive');
  const { words } = operation;
  const record = operation.address;
  on.checkRoom(length);
  writeBuffer(words, 0, address, length);
  words[FLAGS_WORD] = flags;
  operation.kept = kept;
  return operation.judgeStart(
    WSARecv(on.handle, record + BUFFERS, 1, record + BYTES, record + FLAGS, record, 0) !== 0,
  );
}

/**
 * Starts WSARecv into several pieces of memory, filled one after the other.
 *
 * @param pieces up to 16; their owners must be in `kept`
 * @param kept what must stay alive until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for more than
 *   16 pieces, 4 GiB or more in all, or less memory than the socket takes
 */
export function startScatter(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'receive');
  on.checkRoom(putPieces(operation, pieces));
  operation.words[FLAGS_WORD] = flags;
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    WSARecv(
      on.handle,
      record + BUFFERS,
      pieces.length,
      record + BYTES,
      record + FLAGS,
      record,
      0,
    ) !== 0,
  );
}
