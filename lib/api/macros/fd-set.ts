/**
 * The sets that select works on (winsock2.h). On Windows a set is a counted array of at most
 * FD_SETSIZE sockets, not a bit mask: a socket's number may be anything, and the set may be full.
 */
import { FD_SETSIZE, fd_set, SOCKET } from '../../../defs/winsock2.g.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import { offsetof } from '../../ffi/types/record.ts';
import { assertRecord } from '../check.ts';

/** In C the name is also the type of a set; its class is `fd_set`. */
export type FD_SET = fd_set;

const SOCKET_BYTES = SOCKET.sizeOf(hostArch);

/** The offset of a member in a set. Members are read by it, because an array accessor costs more than the work. */
function offsetOf(index: number): number {
  return offsetof(fd_set, 'fd_array') + index * SOCKET_BYTES;
}

/** The number of members. Memory that says it has more than it can is not followed. */
function countOf(set: fd_set): number {
  return Math.min(set.fd_count, FD_SETSIZE);
}

function indexOf(fd: number, set: fd_set): number {
  const count = countOf(set);
  for (let i = 0, at = offsetOf(0); i < count; i++, at += SOCKET_BYTES) {
    if (SOCKET.get(set, at) === fd) return i;
  }
  return -1;
}

/**
 * Adds a socket to a set; one that is in it is not added again.
 *
 * As in C, adding to a set that already has FD_SETSIZE (64) members silently does nothing: ask
 * FD_ISSET where it matters.
 *
 * @param fd the socket
 * @param set the set to change
 * @throws TypeError if `fd` is no number or `set` no fd_set
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-fd_set
 */
export function FD_SET(fd: SOCKET, set: fd_set): void {
  const socket = SOCKET.check(fd, 'FD_SET: fd');
  const count = countOf(assertRecord(set, fd_set, 'FD_SET: set'));
  if (count >= FD_SETSIZE || indexOf(socket, set) >= 0) return;
  SOCKET.set(set, offsetOf(count), socket, 'FD_SET: fd');
  set.fd_count = count + 1;
}

/**
 * Takes a socket out of a set; the members after it move up.
 *
 * @param fd the socket
 * @param set the set to change
 * @throws TypeError if `fd` is no number or `set` no fd_set
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-fd_clr
 */
export function FD_CLR(fd: SOCKET, set: fd_set): void {
  const socket = SOCKET.check(fd, 'FD_CLR: fd');
  const index = indexOf(socket, assertRecord(set, fd_set, 'FD_CLR: set'));
  if (index < 0) return;
  const count = countOf(set);
  set.copyWithin(offsetOf(index), offsetOf(index + 1), offsetOf(count));
  set.fd_count = count - 1;
}

/**
 * Empties a set.
 *
 * @param set the set to change
 * @throws TypeError if `set` is no fd_set
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-fd_zero
 */
export function FD_ZERO(set: fd_set): void {
  assertRecord(set, fd_set, 'FD_ZERO: set').fd_count = 0;
}

/**
 * Whether a socket is in a set: what `__WSAFDIsSet` of Ws2_32.dll answers, without a call.
 *
 * @param fd the socket
 * @param set the set to look in
 * @returns 1 where it is, 0 where it is not
 * @throws TypeError if `fd` is no number or `set` no fd_set
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-fd_isset
 */
export function FD_ISSET(fd: SOCKET, set: fd_set): number {
  const socket = SOCKET.check(fd, 'FD_ISSET: fd');
  return indexOf(socket, assertRecord(set, fd_set, 'FD_ISSET: set')) >= 0 ? 1 : 0;
}
