import { SO_PROTOCOL_INFOW, SOL_SOCKET, XP1_IFS_HANDLES } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { getsockopt, SetFileCompletionNotificationModes, WSAGetLastError } from './calls.ts';
import type { SocketKind } from './extensions.ts';
import { withScratch } from './scratch.ts';

const WSAPROTOCOL_INFOW_BYTES = 628;
const SKIP_COMPLETION_PORT_ON_SUCCESS = 1;
const SKIP_SET_EVENT_ON_HANDLE = 2;

/**
 * Whether a socket is a true handle of the system. A layered provider may emulate sockets in its
 * own DLL instead: its completions pass through its own hands, and telling the system to skip the
 * port would lose them.
 */
export function hasIfsHandles(socket: number): boolean {
  return withScratch(WSAPROTOCOL_INFOW_BYTES + 8, (address, bytes) => {
    const length = new DataView(bytes.buffer, bytes.byteOffset + WSAPROTOCOL_INFOW_BYTES, 4);
    length.setInt32(0, WSAPROTOCOL_INFOW_BYTES, true);
    const lengthAddress = address + WSAPROTOCOL_INFOW_BYTES;
    if (getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, address, lengthAddress) !== 0) {
      throw new WinsockError(WSAGetLastError(), 'getsockopt(SO_PROTOCOL_INFO)');
    }
    const serviceFlags1 = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    return (serviceFlags1 & XP1_IFS_HANDLES) !== 0;
  });
}

const known = new Map<number, boolean>();

/** Whether sockets of a kind that this package makes are true handles: who makes them does not change. */
export function ownHasIfsHandles(socket: number, { family, type, protocol }: SocketKind): boolean {
  const key = (family * 256 + type) * 65536 + protocol;
  let answer = known.get(key);
  if (answer === undefined) {
    answer = hasIfsHandles(socket);
    known.set(key, answer);
  }
  return answer;
}

/** Tells the system not to send a packet for an operation that completes at its start. */
export function skipOnSuccess(handle: number): boolean {
  const flags = SKIP_COMPLETION_PORT_ON_SUCCESS | SKIP_SET_EVENT_ON_HANDLE;
  return SetFileCompletionNotificationModes(handle, flags) !== 0;
}
