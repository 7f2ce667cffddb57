import { SIO_ADDRESS_LIST_CHANGE } from '../../../defs/ws2def.g.ts';
import { WSAIoctl } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BYTES, BYTES_WORD } from '../port/operation-layout.ts';
import type { Piece } from './pieces.ts';

const NOTHING: Piece = { address: 0, length: 0 };

/**
 * Starts WSAIoctl. The memory must stay until the operation is over: `kept` is held that long.
 *
 * @param code the request, one of SIO_
 * @param input what the request takes
 * @param output what it gives
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed
 */
export function startIoctl(
  operation: Operation,
  on: Association,
  code: number,
  input = NOTHING,
  output = NOTHING,
  kept?: unknown,
): number {
  operation.prepare(on, 'ioctl');
  operation.kept = kept;
  const record = operation.address;
  const { address: from, length: taken } = input;
  const { address: to, length: room } = output;
  return operation.judgeStart(
    WSAIoctl(on.handle, code, from, taken, to, room, record + BYTES, record, 0) !== 0,
  );
}

/** How much a request gave. Packets of Wine's do not count it where the call itself has done so. */
export function filledBytes({ bytes, words }: Operation): number {
  return bytes || words[BYTES_WORD]!;
}

/**
 * Starts WSAIoctl with SIO_ADDRESS_LIST_CHANGE, which completes when an address of the socket's family comes
 * to this computer or goes.
 *
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed
 */
export function startAddressChange(operation: Operation, on: Association): number {
  return startIoctl(operation, on, SIO_ADDRESS_LIST_CHANGE);
}
