import {
  SIO_TCP_INITIAL_RTO,
  TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS,
  TCP_INITIAL_RTO_PARAMETERS,
  TCP_INITIAL_RTO_UNSPECIFIED_RTT,
} from '../../../defs/mstcpip.g.ts';
import { SO_UPDATE_CONNECT_CONTEXT } from '../../../defs/mswsock.g.ts';
import { SOL_SOCKET } from '../../../defs/winsock2.g.ts';
import { IPPROTO_TCP } from '../../../defs/ws2def.g.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { setsockopt, WSAGetLastError, WSAIoctl } from '../calls/calls.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import { withScratch } from '../calls/scratch.ts';
import { isLoopback } from '../families/address.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { ADDRESS, BYTES } from '../port/operation-layout.ts';
import { putAddress } from './address.ts';

/**
 * Has a connect to this computer fail at once where nobody listens. Windows would send the first packet
 * again, as if it had been lost, for two seconds.
 */
function failAtOnce(socket: number): void {
  const size = sizeof(TCP_INITIAL_RTO_PARAMETERS);
  withScratch(size + 4, (address, bytes) => {
    const wanted = new TCP_INITIAL_RTO_PARAMETERS(bytes.buffer, bytes.byteOffset);
    wanted.Rtt = TCP_INITIAL_RTO_UNSPECIFIED_RTT;
    wanted.MaxSynRetransmissions = TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS;
    // A system that does not know this control code refuses it; then the connect takes its time.
    WSAIoctl(socket, SIO_TCP_INITIAL_RTO, address, size, 0, 0, address + size, 0, 0);
  });
}

/**
 * Starts ConnectEx. The socket must be bound already, if only to the wildcard address.
 *
 * @param address the sockaddr of the peer; the unspecified address means this computer
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no ConnectEx; RangeError for a sockaddr of more than 128 bytes
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
  const peer = putAddress(operation, address);
  if (kind.protocol === IPPROTO_TCP && isLoopback(peer)) failAtOnce(on.handle);
  return operation.judgeStart(
    ConnectEx(on.handle, record + ADDRESS, address.length, 0, 0, record + BYTES, record) === 0,
  );
}

/**
 * The step after ConnectEx: until then shutdown, getpeername and others fail on the socket.
 *
 * @returns 0 or the error code of setsockopt; nothing is thrown
 */
export function updateConnectContext(socket: number): number {
  return setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, 0, 0) === 0
    ? 0
    : WSAGetLastError();
}
