/** A SOCKET for another process: what WSADuplicateSocketW writes, and what is made of it there. */
import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import {
  WSADuplicateSocketW as duplicate,
  FROM_PROTOCOL_INFO,
  WSA_FLAG_NO_HANDLE_INHERIT,
  WSA_FLAG_OVERLAPPED,
  WSAPROTOCOL_INFOW,
} from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { WSAGetLastError, WSASocketW } from '../calls/calls.ts';
import { withScratch } from '../calls/scratch.ts';
import { startWinsock } from '../calls/startup.ts';

/**
 * WSADuplicateSocketW: what another process makes the same socket of, once. Ours stays open, and must until
 * then.
 *
 * @param processId of the process that opens it
 * @returns the WSAPROTOCOL_INFOW
 * @throws WinsockError: WSAENOTSOCK, WSAEINVAL where there is no such process
 */
export function duplicateFor(socket: number, processId: number): Uint8Array {
  const memory = new Uint8Array(new ArrayBuffer(sizeof(WSAPROTOCOL_INFOW)));
  duplicate.orThrow(socket, processId, new WSAPROTOCOL_INFOW(memory.buffer, 0));
  return memory;
}

/**
 * The socket that another process has duplicated for this one: the caller's to close.
 *
 * @throws WinsockError, WSAEINVAL for what no process has written for this one
 */
export function openDuplicate(info: Uint8Array): number {
  const size = sizeof(WSAPROTOCOL_INFOW);
  if (info.length !== size) throw new WinsockError(WSAEINVAL, 'WSASocketW');
  startWinsock();
  return withScratch(size, (address, bytes) => {
    bytes.set(info);
    const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    const any = FROM_PROTOCOL_INFO;
    const socket = WSASocketW(any, any, any, address, 0, flags);
    if (socket === -1) throw new WinsockError(WSAGetLastError(), 'WSASocketW');
    return socket;
  });
}
