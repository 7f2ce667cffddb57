/** How sockets come and go. */

import {
  closesocket as checkedClosesocket,
  WSA_FLAG_NO_HANDLE_INHERIT,
  WSA_FLAG_OVERLAPPED,
} from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError, WSASocketW } from './calls.ts';
import type { SocketKind } from './extensions.ts';
import { closeOnce, closeWithThread, spareFromThreadEnd } from './thread-end.ts';

/**
 * A new socket for overlapped use, which child processes do not inherit and which ends with its thread.
 * Whoever gets it closes it by `closeSocket`.
 *
 * @param more WSA_FLAG_… beside those
 * @throws WinsockError as WSASocketW fails
 */
export function createSocket({ family, type, protocol }: SocketKind, more = 0): number {
  const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | more;
  const socket = WSASocketW(family, type, protocol, 0, 0, flags);
  if (socket === -1) throw new WinsockError(WSAGetLastError(), 'WSASocketW');
  closeWithThread(socket, 'closesocket');
  return socket;
}

/** Sockets whose closing may take as long as their linger time. */
const lingering = new Set<number>();

/** Notes whether closing a socket waits for its unsent data. */
export function noteLinger(socket: number, seconds: number | null): void {
  if (seconds !== null && seconds > 0) lingering.add(socket);
  else lingering.delete(socket);
}

/**
 * closesocket. A socket that lingers is closed on another thread, for the event loop would stand still as
 * long.
 *
 * @throws WinsockError where somebody else has closed it before
 */
export function closeSocket(socket: number): void {
  if (lingering.size > 0 && lingering.delete(socket)) {
    spareFromThreadEnd(socket);
    // Nothing is left to be told to anybody.
    checkedClosesocket.async(socket).catch(() => undefined);
    return;
  }
  closeOnce(socket, 'closesocket');
}

/** Closes a socket that nobody has got. */
export function dropSocket(socket: number): void {
  try {
    closeSocket(socket);
  } catch {
    // Somebody has closed it before, or ended Winsock: there is nobody to tell.
  }
}
