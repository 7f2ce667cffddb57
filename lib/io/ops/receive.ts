import { WSARecv } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BUFFERS, BYTES, FLAGS, FLAGS_WORD, writeBuffer } from '../port/operation-layout.ts';
import { type Piece, putPieces } from './pieces.ts';

/**
 * Starts WSARecv into one piece of memory.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length 0 waits until something can be received, without receiving it
 * @param kept what must stay alive until the packet has come
 * @returns COMPLETED, PENDING or an error code
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
  writeBuffer(words, 0, address, length);
  words[FLAGS_WORD] = flags;
  operation.kept = kept;
  return operation.judgeStart(
    WSARecv(on.handle, record + BUFFERS, 1, record + BYTES, record + FLAGS, record, 0) !== 0,
  );
}

/** Starts WSARecv into several pieces of memory, filled one after the other. */
export function startScatter(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'receive');
  putPieces(operation, pieces);
  operation.words[FLAGS_WORD] = flags;
  operation.kept = kept;
  const record = operation.address;
  const { length } = pieces;
  return operation.judgeStart(
    WSARecv(on.handle, record + BUFFERS, length, record + BYTES, record + FLAGS, record, 0) !== 0,
  );
}
