import { SO_UPDATE_ACCEPT_CONTEXT } from '../../../defs/mswsock.g.ts';
import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import { SOL_SOCKET } from '../../../defs/winsock2.g.ts';
import { setsockopt, WSAGetLastError } from '../calls/calls.ts';
import { stateError } from '../calls/check.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import { ThreadMemory } from '../calls/native-memory.ts';
import { type PackedAddress, packPart, unpackAddress } from '../families/address.ts';
import type { Association } from '../port/association.ts';
import { type Operation, operations } from '../port/operation.ts';
import {
  ADDRESS_BYTES,
  BUFFERS,
  BYTES,
  POINTER_BYTES,
  readPointer,
  writePointer,
} from '../port/operation-layout.ts';

/** In bytes: AcceptEx wants room for the longest address of the protocol and 16 bytes more, twice. */
const ADDRESS_ROOM = ADDRESS_BYTES + 16;

/**
 * Starts AcceptEx.
 *
 * @param on the listening socket
 * @param accepted a socket of the same kind, neither bound nor connected
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no AcceptEx
 */
export function startAccept(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  accepted: number,
): number {
  const AcceptEx = extension('AcceptEx', on.handle, kind);
  operation.prepare(on, 'accept');
  const record = operation.address;
  // The addresses go where other operations have their buffers: an accept has none.
  return operation.judgeStart(
    AcceptEx(
      on.handle,
      accepted,
      record + BUFFERS,
      0,
      ADDRESS_ROOM,
      ADDRESS_ROOM,
      record + BYTES,
      record,
    ) === 0,
  );
}

/**
 * The step after AcceptEx: until then shutdown, getpeername and others fail on the new socket.
 *
 * @returns 0 or the error code of setsockopt; nothing is thrown
 */
export function updateAcceptContext(listening: number, accepted: number): number {
  const { address, words } = own.get();
  writePointer(words, 0, listening);
  const code = setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, address, POINTER_BYTES);
  return code === 0 ? 0 : WSAGetLastError();
}

/** The memory of the record that was read last: those of a server's accepts are neighbours. */
let records: Buffer = Buffer.alloc(0);

/** For a call of these functions: they are called for each connection, and nothing else is then. */
const own = new ThreadMemory();

/**
 * The peer's address that a completed accept has left in its record, as a copy.
 *
 * @returns the bytes of the sockaddr
 * @throws WinsockError where the provider has no GetAcceptExSockaddrs; WSAEINVAL for what is no accept that has succeeded
 */
export function acceptedAddress(operation: Operation, kind: SocketKind): Uint8Array {
  return unpackAddress(packedAcceptedAddress(operation, kind));
}

/** @throws as `acceptedAddress` does */
export function packedAcceptedAddress(operation: Operation, kind: SocketKind): PackedAddress {
  if (!operations.hasResultOf('accept', operation)) {
    throw stateError(
      WSAEINVAL,
      'GetAcceptExSockaddrs',
      'the operation is no accept that has succeeded',
    );
  }
  const GetAcceptExSockaddrs = extension('GetAcceptExSockaddrs', operation.on!.handle, kind);
  const record = operation.address;
  const { address, words } = own.get();
  GetAcceptExSockaddrs(
    record + BUFFERS,
    0,
    ADDRESS_ROOM,
    ADDRESS_ROOM,
    address,
    address + 8,
    address + 16,
    address + 24,
  );
  const { buffer, byteOffset } = operation.words;
  if (records.buffer !== buffer) records = Buffer.from(buffer);
  return packPart(records, byteOffset + readPointer(words, 4) - record, words[6]!);
}
