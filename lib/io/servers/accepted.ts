/** From a SOCKET that was accepted to a connection. */
import type { SocketKind } from '../calls/extensions.ts';
import type { PackedAddress } from '../families/address.ts';
import { type CompletionPort, deliveryOf } from '../port/port.ts';
import { takeOver } from '../sockets/open.ts';
import { setOptionsOf } from '../sockets/socket-options.ts';
import type { ConnectionKeeper } from '../streams/connection.ts';
import { type TcpSocket, tcpSockets } from '../streams/tcp-socket.ts';
import type { FromOptions } from '../streams/tcp-types.ts';

/**
 * Makes a connection of a SOCKET that was accepted, or closes it.
 *
 * @param socket is on no completion port
 * @param remote the sockaddr of the peer, where it is known
 * @param keeper is told when it is over
 * @throws WinsockError as the step that fails, also where the port is closed; TypeError and RangeError for
 *   socket options that are none of its family's
 */
export function takeAccepted(
  completionPort: CompletionPort,
  socket: number,
  remote: PackedAddress | undefined,
  kind: SocketKind,
  options: FromOptions,
  keeper: ConnectionKeeper,
): TcpSocket {
  const { socketOptions } = options;
  const ready = socketOptions && (() => setOptionsOf(kind, socket, socketOptions));
  const on = takeOver(deliveryOf(completionPort), socket, kind, ready);
  return tcpSockets.create(completionPort, on, kind, options, remote, undefined, keeper);
}
