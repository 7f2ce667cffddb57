/** The calls on a socket that are over when they return. */

import { DeleteFileW } from '../../../defs/kernel.g.ts';
import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import { connect as connectMirror, FIONBIO, SOMAXCONN } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, sockaddr as sockaddrType } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { decodeAddress, peerSockaddr, textOfSockaddr } from '../families/address.ts';
import { ADDRESS_BYTES } from '../port/operation-layout.ts';
import { bind, connect, getpeername, getsockname, ioctlsocket, listen } from './calls.ts';
import { check, hasCode } from './check.ts';
import type { SocketKind } from './extensions.ts';
import { withScratch } from './scratch.ts';

/** @throws WinsockError of bind, WSAEADDRINUSE and the like */
export function bindSocket(socket: number, sockaddr: Uint8Array): void {
  withScratch(sockaddr.length, (address, bytes) => {
    bytes.set(sockaddr);
    check(bind(socket, address, sockaddr.length), 'bind', () => textOfSockaddr(sockaddr));
  });
}

/**
 * connect on another thread, for it waits: that of a Unix socket where the queue of the listener is full. The socket
 * may be closed meanwhile, which ends it.
 *
 * @throws by rejection: WinsockError
 */
export async function connectElsewhere(socket: number, sockaddr: Uint8Array): Promise<void> {
  try {
    // A sockaddr is memory of our own, never shared with other threads.
    const name = cast(sockaddrType, sockaddr as Uint8Array<ArrayBuffer>);
    await connectMirror.async(socket, name, sockaddr.length);
  } catch (error) {
    if (!(error instanceof WinsockError)) throw error;
    throw new WinsockError(error.errno, 'connect', { about: textOfSockaddr(sockaddr) });
  }
}

/**
 * connect of a datagram socket, which only notes the address. The unspecified address means this computer.
 *
 * @throws WinsockError
 */
export function connectSocket(socket: number, sockaddr: Uint8Array): void {
  connectExactly(socket, peerSockaddr(sockaddr));
}

/**
 * connect of a datagram socket to the address of zeros, by which it forgets its peer.
 *
 * @param nobody the sockaddr of that address
 * @throws WinsockError
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-connect
 */
export function disconnectSocket(socket: number, nobody: Uint8Array): void {
  connectExactly(socket, nobody);
}

function connectExactly(socket: number, sockaddr: Uint8Array): void {
  withScratch(sockaddr.length, (address, bytes) => {
    bytes.set(sockaddr);
    check(connect(socket, address, sockaddr.length), 'connect', () => textOfSockaddr(sockaddr));
  });
}

/** Calls on the socket without an OVERLAPPED fail with WSAEWOULDBLOCK from now on, where they would wait. */
export function setNonBlocking(socket: number): void {
  withScratch(4, (address, bytes) => {
    bytes.fill(0);
    bytes[0] = 1;
    check(ioctlsocket(socket, FIONBIO | 0, address), 'ioctlsocket');
  });
}

/** In connections: Windows cuts a longer queue to this, unless it is asked for as a hint. */
const LONGEST_PLAIN_BACKLOG = 200;
/** In connections: the longest queue that can be asked for as a hint. */
const LONGEST_BACKLOG = 65535;

/**
 * What `listen` takes for a queue of so many connections; SOMAXCONN is the system's choice. A hint is
 * known to TCP only: others get as many as can be asked for plainly.
 *
 * @throws RangeError for what is no length of a queue of connections
 */
export function backlogOf(connections: number, family: number): number {
  if (!Number.isInteger(connections) || connections < 0 || connections > SOMAXCONN) {
    throw new RangeError(`a backlog is a whole number from 0 on, got ${connections}`);
  }
  if (connections <= LONGEST_PLAIN_BACKLOG || connections === SOMAXCONN) return connections;
  if (family !== AF_INET && family !== AF_INET6) return LONGEST_PLAIN_BACKLOG;
  // SOMAXCONN_HINT(n) is -n.
  return -Math.min(connections, LONGEST_BACKLOG);
}

/** @throws WinsockError, or RangeError for what is no length of a queue of connections */
export function listenOn(socket: number, backlog: number, { family }: SocketKind): void {
  const given = backlogOf(backlog, family);
  check(listen(socket, given), 'listen');
}

/** Deletes the file of a Unix socket, if it is still there. */
export function deleteFile(path: string): void {
  DeleteFileW(path);
}

/**
 * getsockname: the sockaddr, as a copy.
 *
 * @throws WinsockError, WSAEINVAL for a socket that is not bound
 */
export function localAddress(socket: number): Uint8Array {
  return name(getsockname, 'getsockname', socket);
}

/**
 * Whether a socket has an address of its own.
 *
 * @throws WinsockError, WSAENOTSOCK for what is no socket
 */
export function isBound(socket: number): boolean {
  try {
    const address = decodeAddress(localAddress(socket));
    return !('port' in address) || address.port !== 0;
  } catch (error) {
    if (hasCode(error, WSAEINVAL)) return false;
    throw error;
  }
}

/**
 * getpeername: the sockaddr, as a copy.
 *
 * @throws WinsockError, WSAENOTCONN where there is no peer
 */
export function remoteAddress(socket: number): Uint8Array {
  return name(getpeername, 'getpeername', socket);
}

function name(
  call: (socket: number, address: number, length: number) => number,
  syscall: string,
  socket: number,
): Uint8Array {
  return withScratch(ADDRESS_BYTES + 4, (address, bytes) => {
    const length = new DataView(bytes.buffer, bytes.byteOffset + ADDRESS_BYTES, 4);
    length.setInt32(0, ADDRESS_BYTES, true);
    check(call(socket, address, address + ADDRESS_BYTES), syscall);
    return bytes.slice(0, length.getInt32(0, true));
  });
}
