import { SO_UPDATE_CONNECT_CONTEXT } from '../../../defs/mswsock.g.ts';
import { SOL_SOCKET } from '../../../defs/winsock2.g.ts';
import { setsockopt, WSAGetLastError } from '../calls/calls.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { ADDRESS, BYTES } from '../port/operation-layout.ts';
import { putAddress } from './address.ts';

/**
 * Starts ConnectEx. The socket must be bound already, if only to the wildcard address.
 *
 * @param address the sockaddr of the peer
 * @returns COMPLETED, PENDING or an error code
 */
export function startConnect(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  address: Uint8Array,
): number {
  const ConnectEx = extension('ConnectEx', on.handle, kind);
  operation.prepare(on, 'connect');
  const record = operation.address;
  putAddress(operation, address);
  return operation.judgeStart(
    ConnectEx(on.handle, record + ADDRESS, address.length, 0, 0, record + BYTES, record) === 0,
  );
}

/** The step after ConnectEx: until then shutdown, getpeername and others fail on the socket. */
export function updateConnectContext(socket: number): number {
  return setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, 0, 0) === 0
    ? 0
    : WSAGetLastError();
}
