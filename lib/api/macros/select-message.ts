/**
 * The parts of the lParam of a message that WSAAsyncSelect or a WSAAsyncGetXByY function posts
 * (winsock2.h, winsock.h).
 */
import { HIWORD, LOWORD, MAKELONG } from './words.ts';

/**
 * The network event of a WSAAsyncSelect message: one of FD_READ, FD_WRITE, FD_ACCEPT and so on.
 *
 * @param lParam the message's lParam
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsaasyncselect
 */
export function WSAGETSELECTEVENT(lParam: number | bigint): number {
  return LOWORD(lParam);
}

/**
 * The error code of a WSAAsyncSelect message; 0 where there is none.
 *
 * @param lParam the message's lParam
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsaasyncselect
 */
export function WSAGETSELECTERROR(lParam: number | bigint): number {
  return HIWORD(lParam);
}

/**
 * The buffer size, in bytes, that the message of a WSAAsyncGetXByY call says the result has or needs.
 *
 * @param lParam the message's lParam
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsaasyncgethostbyname
 */
export function WSAGETASYNCBUFLEN(lParam: number | bigint): number {
  return LOWORD(lParam);
}

/**
 * The error code in the message of a WSAAsyncGetXByY call; 0 where there is none.
 *
 * @param lParam the message's lParam
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-wsaasyncgethostbyname
 */
export function WSAGETASYNCERROR(lParam: number | bigint): number {
  return HIWORD(lParam);
}

/**
 * Makes the lParam of a WSAAsyncGetXByY message, for whoever posts one.
 *
 * @param buflen the buffer size in bytes
 * @param error the error code, or 0
 */
export function WSAMAKEASYNCREPLY(buflen: number, error: number): number {
  return MAKELONG(buflen, error);
}

/**
 * Makes the lParam of a WSAAsyncSelect message, for whoever posts one.
 *
 * @param event one of FD_READ, FD_WRITE and so on
 * @param error the error code, or 0
 */
export function WSAMAKESELECTREPLY(event: number, error: number): number {
  return MAKELONG(event, error);
}
