import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError, WSASocketW } from './calls.ts';
import type { Provider } from './extensions.ts';

const WSA_FLAG_OVERLAPPED = 0x01;
const WSA_FLAG_NO_HANDLE_INHERIT = 0x80;

/** A new socket for overlapped use, which child processes do not inherit. */
export function createSocket({ family, type, protocol }: Provider, more = 0): number {
  const flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | more;
  const socket = WSASocketW(family, type, protocol, 0, 0, flags);
  if (socket === -1) throw new WinsockError(WSAGetLastError(), 'WSASocketW');
  return socket;
}
