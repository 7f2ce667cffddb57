import { WSARecvFrom, WSASendTo } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import {
  ADDRESS,
  ADDRESS_BYTES,
  ADDRESS_LENGTH,
  ADDRESS_LENGTH_WORD,
  BUFFERS,
  BYTES,
  FLAGS,
  FLAGS_WORD,
  writeBuffer,
} from '../port/operation-layout.ts';
import { putAddress } from './address.ts';
import { type Piece, putPieces } from './pieces.ts';

/**
 * Starts WSARecvFrom. The sender's address is in the record afterwards: see `takeAddress`.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes
 * @param kept what must stay alive until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for 4 GiB or
 *   more, and for less memory than the socket takes
 */
export function startReceiveFrom(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  kept: unknown,
  flags = 0,
): number {
  on.checkRoom(length);
  prepareReceive(operation, on, address, length, flags);
  operation.kept = kept;
  return operation.judgeStart(receive(operation, on, operation.address));
}

/**
 * Receives a datagram that has come already, on a non-blocking socket. Such a call costs less than an
 * overlapped one that completes at its start.
 *
 * @param address native memory, or memory that the caller keeps during the call
 * @param length in bytes
 * @returns COMPLETED, WSAEWOULDBLOCK where no datagram has come, or another error code
 * @throws WinsockError where the operation is under way or released, or the socket closed
 */
export function receiveFromNow(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
): number {
  prepareReceive(operation, on, address, length, 0);
  return operation.judgeCall(receive(operation, on, 0));
}

function prepareReceive(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  flags: number,
): void {
  operation.prepare(on, 'receiveFrom');
  const { words } = operation;
  writeBuffer(words, 0, address, length);
  words[FLAGS_WORD] = flags;
  words[ADDRESS_LENGTH_WORD] = ADDRESS_BYTES;
}

/** @returns whether the call reported failure */
function receive(operation: Operation, on: Association, overlapped: number): boolean {
  const record = operation.address;
  const result = WSARecvFrom(
    on.handle,
    record + BUFFERS,
    1,
    record + BYTES,
    record + FLAGS,
    record + ADDRESS,
    record + ADDRESS_LENGTH,
    overlapped,
    0,
  );
  return result !== 0;
}

/**
 * Starts WSASendTo of one piece of memory.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes
 * @param to the sockaddr of the receiver; the unspecified address means this computer
 * @param kept what must stay alive and unchanged until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for 4 GiB or
 *   more, and for a sockaddr of more than 128 bytes
 */
export function startSendTo(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  to: Uint8Array,
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'sendTo');
  writeBuffer(operation.words, 0, address, length);
  return sendTo(operation, on, 1, to, kept, flags);
}

/**
 * Starts WSASendTo of several pieces of memory, as one datagram.
 *
 * @param pieces up to 16
 * @param to the sockaddr of the receiver; the unspecified address means this computer
 * @param kept what must stay alive and unchanged until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for more than
 *   16 pieces, for 4 GiB or more in all, and for a sockaddr of more than 128 bytes
 */
export function startGatherTo(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  to: Uint8Array,
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'sendTo');
  putPieces(operation, pieces);
  return sendTo(operation, on, pieces.length, to, kept, flags);
}

function sendTo(
  operation: Operation,
  on: Association,
  count: number,
  to: Uint8Array,
  kept: unknown,
  flags: number,
): number {
  putAddress(operation, to);
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    WSASendTo(
      on.handle,
      record + BUFFERS,
      count,
      record + BYTES,
      flags,
      record + ADDRESS,
      to.length,
      record,
      0,
    ) !== 0,
  );
}
