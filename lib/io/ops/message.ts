import { WSASendMsg } from '../calls/calls.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import {
  ADDRESS,
  ADDRESS_BYTES,
  ADDRESS_LENGTH_WORD,
  BUFFERS,
  BYTES,
  MESSAGE,
  readMessage,
  writeMessage,
} from '../port/operation-layout.ts';
import { putAddress } from './address.ts';
import { type Piece, putPieces } from './pieces.ts';

const NOTHING: Piece = { address: 0, length: 0 };

/**
 * Starts WSARecvMsg: a datagram, its sender, and control data. Afterwards see `takeAddress` and
 * `takeMessage`.
 *
 * @param pieces where the data goes, up to 16; their owners must be in `kept`
 * @param control where control data goes; its owner must be in `kept`
 * @param kept what must stay alive until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no WSARecvMsg; RangeError for more than 16 pieces, 4 GiB or more in all, or less memory than the
 *   socket takes
 */
export function startReceiveMessage(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  pieces: readonly Piece[],
  control: Piece,
  kept: unknown,
  flags = 0,
): number {
  const WSARecvMsg = extension('WSARecvMsg', on.handle, kind);
  prepareReceive(operation, on, pieces, control, flags);
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    WSARecvMsg(on.handle, record + MESSAGE, record + BYTES, record, 0) !== 0,
  );
}

/**
 * Receives a datagram that has come already, on a non-blocking socket, with its control data. Afterwards see
 * `takeAddress` and `takeMessage`.
 *
 * @param data where the data goes: native memory, or memory that the caller keeps during the call
 * @param control where control data goes, likewise
 * @returns COMPLETED, WSAEWOULDBLOCK where no datagram has come, or another error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no WSARecvMsg
 */
export function receiveMessageNow(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  data: Piece,
  control: Piece,
): number {
  const WSARecvMsg = extension('WSARecvMsg', on.handle, kind);
  prepareReceive(operation, on, [data], control, 0);
  const record = operation.address;
  return operation.judgeCall(WSARecvMsg(on.handle, record + MESSAGE, record + BYTES, 0, 0) !== 0);
}

function prepareReceive(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  control: Piece,
  flags: number,
): void {
  operation.prepare(on, 'receiveMessage');
  on.checkRoom(putPieces(operation, pieces));
  const record = operation.address;
  writeMessage(operation.words, {
    name: record + ADDRESS,
    nameLength: ADDRESS_BYTES,
    buffers: record + BUFFERS,
    bufferCount: pieces.length,
    control,
    flags,
  });
}

/** What a completed WSARecvMsg says beside its data: the bytes of control data, and MSG_… flags. */
export function takeMessage(operation: Operation): { controlLength: number; flags: number } {
  const { nameLength, controlLength, flags } = readMessage(operation.words);
  operation.words[ADDRESS_LENGTH_WORD] = nameLength;
  return { controlLength, flags };
}

/**
 * Starts WSASendMsg.
 *
 * @param pieces the data, up to 16; their owners must be in `kept`
 * @param to the sockaddr of the receiver; the unspecified address means this computer, null is for a
 *   connected socket
 * @param control control data; its owner must be in `kept`
 * @param kept what must stay alive and unchanged until the packet has come
 * @param flags MSG_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; RangeError for more than
 *   16 pieces, for 4 GiB or more in all, and for a sockaddr of more than 128 bytes
 */
export function startSendMessage(
  operation: Operation,
  on: Association,
  pieces: readonly Piece[],
  to: Uint8Array | null,
  control: Piece | null,
  kept: unknown,
  flags = 0,
): number {
  operation.prepare(on, 'sendMessage');
  putPieces(operation, pieces);
  if (to) putAddress(operation, to);
  const record = operation.address;
  writeMessage(operation.words, {
    name: to ? record + ADDRESS : 0,
    nameLength: to ? to.length : 0,
    buffers: record + BUFFERS,
    bufferCount: pieces.length,
    control: control ?? NOTHING,
    flags: 0,
  });
  operation.kept = kept;
  return operation.judgeStart(
    WSASendMsg(on.handle, record + MESSAGE, flags, record + BYTES, record, 0) !== 0,
  );
}
