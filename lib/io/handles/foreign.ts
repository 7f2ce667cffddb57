/** Sockets that others have made: what they say of themselves, and their way onto a completion port. */
import { SO_UPDATE_CONNECT_CONTEXT } from '../../../defs/mswsock.g.ts';
import { WSAENOTCONN } from '../../../defs/winerror.g.ts';
import {
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_SOCKET,
  WSA_INVALID_PARAMETER,
} from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { describe } from '../../ffi/types/describe.ts';
import { setsockopt } from '../calls/calls.ts';
import { hasCode } from '../calls/check.ts';
import { noteLinger } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { maySkipPackets, type ProtocolInfo, protocolInfo } from '../calls/provider.ts';
import { listenOn, localAddress, remoteAddress } from '../calls/socket-calls.ts';
import { decodeAddress, type SocketAddress } from '../families/address.ts';
import { isInternet } from '../families/ip.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { getOption, type SocketOptions, setOptionsOf } from '../sockets/socket-options.ts';
import { skipsPackets, takeOffPort } from './completion-information.ts';

/** A SOCKET without an owner, as `detach` gives it: it may be sent to another thread. */
export interface DetachedSocket {
  /** The SOCKET. */
  readonly handle: number;
  /** What it had received and nobody had taken: whoever reads on must see it first. */
  readonly unread?: Uint8Array | undefined;
}

/** A SOCKET, alone or with what was received on it before. */
export type SocketSource = number | DetachedSocket;

/** @throws TypeError for what is neither a SOCKET nor has one */
export function sourceOf(source: SocketSource): DetachedSocket {
  const given: Partial<DetachedSocket> =
    typeof source === 'object' && source ? source : { handle: source };
  const { unread } = given;
  const handle = requireSocket(given.handle);
  if (unread !== undefined && !isUint8Array(unread)) {
    throw new TypeError(`what was received before is a Uint8Array, got ${describe(unread)}`);
  }
  return { handle, unread };
}

/** @throws TypeError for what is no number that a SOCKET could have */
export function requireSocket(handle: unknown): number {
  if (typeof handle === 'number' && Number.isSafeInteger(handle) && handle >= 0) return handle;
  throw new TypeError(`a SOCKET is a number, got ${describe(handle)}`);
}

const TYPES: Readonly<Record<number, string>> = {
  [SOCK_STREAM]: 'a stream',
  [SOCK_DGRAM]: 'a datagram',
  [SOCK_RAW]: 'a raw',
};

/**
 * What a socket says of itself.
 *
 * @param type SOCK_… that it has to be of
 * @throws WinsockError, WSAENOTSOCK for what is no socket; TypeError for one of another type
 */
export function examine(socket: number, type: number): ProtocolInfo {
  const info = protocolInfo(socket);
  if (info.type === type) return info;
  const [is, wanted] = [info.type, type].map((one) => TYPES[one] ?? `a ${one}`);
  throw new TypeError(`SOCKET ${socket} is ${is} socket, not ${wanted} socket`);
}

/**
 * The sockaddr of the peer. A socket that ConnectEx has connected does not tell it before it was told
 * itself that it is connected, which is made up for here.
 *
 * @throws WinsockError, WSAENOTCONN where there is none
 */
function peerOf(socket: number): Uint8Array {
  try {
    return remoteAddress(socket);
  } catch (error) {
    if (!hasCode(error, WSAENOTCONN)) throw error;
    if (setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, 0, 0) !== 0) throw error;
    return remoteAddress(socket);
  }
}

/** The sockaddr of the peer; undefined where there is none. */
export function peerIfConnected(socket: number): Uint8Array | undefined {
  try {
    return remoteAddress(socket);
  } catch {
    return undefined;
  }
}

/**
 * Puts a socket that others have made on a completion port. Where that fails it is still theirs.
 *
 * @throws WinsockError, WSA_INVALID_PARAMETER where it is on a completion port already or was not made for
 *   overlapped use, WSA_INVALID_HANDLE where the port is closed
 */
export function takeForeign(delivery: Delivery, socket: number, info: ProtocolInfo): Association {
  let on: Association;
  try {
    on = delivery.associate(socket, true, () => maySkipPackets(info), skipsPackets(socket));
  } catch (error) {
    if (!(error instanceof WinsockError) || error.errno !== WSA_INVALID_PARAMETER) throw error;
    throw new WinsockError(error.errno, error.syscall, {
      about: `SOCKET ${socket} is on a completion port already, or was not made for overlapped use`,
    });
  }
  // Closing one that lingers must not hold the event loop up.
  if (isInternet(info.family) && info.type === SOCK_STREAM)
    noteLinger(socket, getOption(socket, 'linger'));
  return on;
}

/** A connection that others have made, on a completion port. */
export interface ForeignConnection {
  readonly on: Association;
  readonly kind: SocketKind;
  /** The sockaddr of the peer. */
  readonly remote: Uint8Array;
  readonly unread: Uint8Array | undefined;
}

/**
 * Takes a connection over. Where that fails it is still theirs.
 *
 * @param options to set
 * @throws as `TcpSocket.from` does
 */
export function takeConnection(
  delivery: Delivery,
  source: SocketSource,
  options: SocketOptions | undefined,
): ForeignConnection {
  const { handle, unread } = sourceOf(source);
  const info = examine(handle, SOCK_STREAM);
  if (getOption(handle, 'acceptsConnections')) {
    throw new TypeError(`SOCKET ${handle} listens: TcpServer.from takes it`);
  }
  const remote = peerOf(handle);
  delivery.assertOpen();
  if (options) setOptionsOf(info, handle, options);
  return { on: takeForeign(delivery, handle, info), kind: info, remote, unread };
}

/** A listening socket that others have made, on a completion port. */
export interface ForeignListener {
  readonly on: Association;
  readonly kind: SocketKind;
  readonly address: SocketAddress;
}

/**
 * Takes over a socket that listens, or is bound and listens from now on. Where that fails it is still
 * theirs.
 *
 * @param backlog how many connections may wait to be accepted; checked
 * @throws as `TcpServer.from` does
 */
export function takeListener(
  delivery: Delivery,
  source: SocketSource,
  backlog: number,
): ForeignListener {
  const { handle } = sourceOf(source);
  const info = examine(handle, SOCK_STREAM);
  const address = decodeAddress(localAddress(handle));
  const listens = getOption(handle, 'acceptsConnections');
  if (!listens && peerIfConnected(handle)) {
    throw new TypeError(`SOCKET ${handle} is connected: TcpSocket.from takes it`);
  }
  // What is refused here does not listen because of that.
  const on = takeForeign(delivery, handle, info);
  if (!listens) {
    try {
      listenOn(handle, backlog, info);
    } catch (error) {
      giveBack(on);
      throw error;
    }
  }
  return { on, kind: info, address };
}

/** Gives a socket back to those who have made it: off its completion port, where the system can do that. */
function giveBack(on: Association): void {
  const socket = on.giveAway();
  try {
    takeOffPort(socket);
  } catch {
    // It is open and theirs all the same.
  }
}
