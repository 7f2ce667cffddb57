import { WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError, WSASocketW } from './calls.ts';
import type { SocketKind } from './extensions.ts';

/** A new socket for overlapped use, which child processes do not inherit. */
export function createSocket({ family, type, protocol }: SocketKind, more = 0): number {
  const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | more;
  const socket = WSASocketW(family, type, protocol, 0, 0, flags);
  if (socket === -1) throw new WinsockError(WSAGetLastError(), 'WSASocketW');
  return socket;
}
