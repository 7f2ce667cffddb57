import { HV_PROTOCOL_RAW } from '../../../defs/hvsocket.g.ts';
import { SOCK_DGRAM, SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import { BTHPROTO_RFCOMM } from '../../../defs/ws2bth.g.ts';
import { AF_BTH, AF_HYPERV, IPPROTO_TCP, IPPROTO_UDP } from '../../../defs/ws2def.g.ts';
import { createSocket, dropSocket } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { familyOf } from '../families/address.ts';
import { isInternet } from '../families/ip.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';

/** The kind of socket for an address: its family, and the protocol that is usual for it. */
export function kindFor(sockaddr: Uint8Array, type: 'stream' | 'datagram'): SocketKind {
  return usualKind(familyOf(sockaddr), type === 'stream' ? SOCK_STREAM : SOCK_DGRAM);
}

/** The kind of socket of a family and type, with the protocol that is usual for it. */
export function usualKind(family: number, type: number): SocketKind {
  return { family, type, protocol: usualProtocol(family, type) };
}

function usualProtocol(family: number, type: number): number {
  if (isInternet(family)) {
    return type === SOCK_STREAM ? IPPROTO_TCP : type === SOCK_DGRAM ? IPPROTO_UDP : 0;
  }
  if (type !== SOCK_STREAM) return 0;
  return family === AF_BTH ? BTHPROTO_RFCOMM : family === AF_HYPERV ? HV_PROTOCOL_RAW : 0;
}

/**
 * Opens a socket on a completion port, or nothing at all: where a step fails, the socket is closed
 * again.
 *
 * @param ready what else must be done before it is on the port: options, binding
 * @param flags WSA_FLAG_… for WSASocketW
 * @param fits as for `associateOwn`
 * @throws WinsockError as the step that fails, also where the port is closed
 */
export function openSocket(
  delivery: Delivery,
  kind: SocketKind,
  ready?: (socket: number) => void,
  flags = 0,
  fits?: boolean,
): Association {
  delivery.assertOpen();
  return takeOver(delivery, createSocket(kind, flags), kind, ready, fits);
}

/**
 * Puts a socket that was made by this package on a completion port, or closes it.
 *
 * @param ready what else must be done before it is on the port
 * @param fits as for `associateOwn`
 * @throws WinsockError as the step that fails, also where the port is closed
 */
export function takeOver(
  delivery: Delivery,
  socket: number,
  kind: SocketKind,
  ready?: (socket: number) => void,
  fits?: boolean,
): Association {
  try {
    ready?.(socket);
    return delivery.associateOwn(socket, kind, fits);
  } catch (error) {
    dropSocket(socket);
    throw error;
  }
}
