/** The calls on a socket that are over when they return. */
import { WinsockError } from '../ffi/errors.ts';
import { bind, connect, getpeername, getsockname, listen, WSAGetLastError } from './hot.ts';
import { withScratch } from './scratch.ts';

const LONGEST_SOCKADDR = 128;

export function bindSocket(socket: number, sockaddr: Uint8Array): void {
  withScratch(sockaddr.length, (address, bytes) => {
    bytes.set(sockaddr);
    if (bind(socket, address, sockaddr.length) !== 0) {
      throw new WinsockError(WSAGetLastError(), 'bind');
    }
  });
}

/** connect of a datagram socket, which only notes the address. */
export function connectSocket(socket: number, sockaddr: Uint8Array): void {
  withScratch(sockaddr.length, (address, bytes) => {
    bytes.set(sockaddr);
    if (connect(socket, address, sockaddr.length) !== 0) {
      throw new WinsockError(WSAGetLastError(), 'connect');
    }
  });
}

export function listenOn(socket: number, backlog: number): void {
  if (listen(socket, backlog) !== 0) throw new WinsockError(WSAGetLastError(), 'listen');
}

/** getsockname: the sockaddr, as a copy. */
export function localAddress(socket: number): Uint8Array {
  return name(getsockname, 'getsockname', socket);
}

export function isBound(socket: number): boolean {
  try {
    localAddress(socket);
    return true;
  } catch {
    return false;
  }
}

/** getpeername: the sockaddr, as a copy. */
export function remoteAddress(socket: number): Uint8Array {
  return name(getpeername, 'getpeername', socket);
}

function name(
  call: (socket: number, address: number, length: number) => number,
  syscall: string,
  socket: number,
): Uint8Array {
  return withScratch(LONGEST_SOCKADDR + 4, (address, bytes) => {
    const length = new DataView(bytes.buffer, bytes.byteOffset + LONGEST_SOCKADDR, 4);
    length.setInt32(0, LONGEST_SOCKADDR, true);
    if (call(socket, address, address + LONGEST_SOCKADDR) !== 0) {
      throw new WinsockError(WSAGetLastError(), syscall);
    }
    return bytes.slice(0, length.getInt32(0, true));
  });
}
