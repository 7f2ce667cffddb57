import {
  FILE_SKIP_COMPLETION_PORT_ON_SUCCESS,
  FILE_SKIP_SET_EVENT_ON_HANDLE,
} from '../../../defs/kernel.g.ts';
import { SIO_BASE_HANDLE } from '../../../defs/mswsock.g.ts';
import { ERROR_NOT_FOUND } from '../../../defs/winerror.g.ts';
import {
  SO_PROTOCOL_INFOW,
  SOCK_STREAM,
  SOL_SOCKET,
  WSAPROTOCOL_INFOW,
  XP1_IFS_HANDLES,
} from '../../../defs/winsock2.g.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import {
  CancelIoEx,
  GetLastError,
  getsockopt,
  SetFileCompletionNotificationModes,
  WSAIoctl,
} from './calls.ts';
import { check } from './check.ts';
import { kindKey, type SocketKind } from './extensions.ts';
import { withScratch } from './scratch.ts';

/** What the provider of a socket says of it. */
export interface ProtocolInfo extends SocketKind {
  /**
   * Whether it is a true handle of the system. A layered provider may emulate sockets in its own DLL
   * instead: its completions pass through its own hands, and telling the system to skip the port would
   * lose them.
   */
  readonly hasIfsHandles: boolean;
}

/**
 * What the provider of a socket says of it: SO_PROTOCOL_INFO.
 *
 * @throws WinsockError where the socket is none
 */
export function protocolInfo(socket: number): ProtocolInfo {
  const size = sizeof(WSAPROTOCOL_INFOW);
  return withScratch(size + 4, (address, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setInt32(size, size, true);
    check(
      getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, address, address + size),
      'getsockopt(SO_PROTOCOL_INFO)',
    );
    const flags = view.getUint32(offsetof(WSAPROTOCOL_INFOW, 'dwServiceFlags1'), true);
    return {
      family: view.getInt32(offsetof(WSAPROTOCOL_INFOW, 'iAddressFamily'), true),
      type: view.getInt32(offsetof(WSAPROTOCOL_INFOW, 'iSocketType'), true),
      protocol: view.getInt32(offsetof(WSAPROTOCOL_INFOW, 'iProtocol'), true),
      hasIfsHandles: (flags & XP1_IFS_HANDLES) !== 0,
    };
  });
}

/**
 * Whether what completes at its start may do without a packet. Of a datagram that is longer than its memory
 * some systems say at once that it failed and send a packet as well, so datagrams may not.
 */
export function maySkipPackets({ hasIfsHandles, type }: ProtocolInfo): boolean {
  return hasIfsHandles && type === SOCK_STREAM;
}

const known = new Map<number, boolean>();

/**
 * Whether sockets of a kind that this package makes are true handles of the system. One of them is asked,
 * because which provider makes the sockets of a kind does not change.
 *
 * @throws WinsockError where the socket is none
 */
export function ownHasIfsHandles(socket: number, kind: SocketKind): boolean {
  const key = kindKey(kind);
  let answer = known.get(key);
  if (answer === undefined) {
    answer = protocolInfo(socket).hasIfsHandles;
    known.set(key, answer);
  }
  return answer;
}

/**
 * Tells the system not to send a packet for an operation that completes at its start.
 *
 * @returns whether the system does so from now on
 */
export function enableSkip(handle: number): boolean {
  const modes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
  return SetFileCompletionNotificationModes(handle, modes) !== 0;
}

/**
 * CancelIoEx. A layered provider's socket is none of the system's, so what is under way on it is under way
 * on the socket below.
 *
 * @param overlapped the address of the operation's OVERLAPPED; 0 for all of them
 */
export function cancelIo(
  { handle, isSocket, skips }: { handle: number; isSocket: boolean; skips: boolean },
  overlapped: number,
): void {
  if (CancelIoEx(handle, overlapped) !== 0 || !isSocket || skips) return;
  if (GetLastError() !== ERROR_NOT_FOUND) return;
  const base = baseHandle(handle);
  if (base !== handle) CancelIoEx(base, overlapped);
}

/** The socket below those of layered providers; the same where there are none, or none is told. */
function baseHandle(socket: number): number {
  return withScratch(POINTER_BYTES + 4, (address, bytes) => {
    const got = WSAIoctl(
      socket,
      SIO_BASE_HANDLE,
      0,
      0,
      address,
      POINTER_BYTES,
      address + POINTER_BYTES,
      0,
      0,
    );
    if (got !== 0) return socket;
    return readPointer(new Uint32Array(bytes.buffer, bytes.byteOffset, POINTER_BYTES / 4), 0);
  });
}
