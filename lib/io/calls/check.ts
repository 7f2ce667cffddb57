import { WinsockError } from '../../ffi/errors/errors.ts';
import { GetLastError, WSAGetLastError } from './calls.ts';

/**
 * Judges a function of Winsock that gives 0 or SOCKET_ERROR.
 *
 * @param about what the call was about, such as an address; asked where it has failed
 * @throws WinsockError of this call where its result is not 0
 */
export function check(result: number, syscall: string, about?: () => string | undefined): void {
  if (result !== 0) throw new WinsockError(WSAGetLastError(), syscall, { about: about?.() });
}

/** Whether what was thrown is a WinsockError with one of some codes. */
export function hasCode(thrown: unknown, ...codes: readonly number[]): boolean {
  return thrown instanceof WinsockError && codes.includes(thrown.errno);
}

/**
 * The error of a call that was not even tried, because of the state that something is in.
 *
 * @param errno what Windows has for such a state
 * @param why the state
 */
export function stateError(errno: number, syscall: string, why: string): WinsockError {
  const error = new WinsockError(errno, syscall);
  error.message = `${error.message.replace(/\.$/, '')}; ${why}`;
  return error;
}

/**
 * The result of a function of Winsock that gives a queue, a pointer or TRUE.
 *
 * @throws WinsockError of this call where it is 0
 */
export function checkMade(result: number, syscall: string): number {
  if (result === 0) throw new WinsockError(WSAGetLastError(), syscall);
  return result;
}

/**
 * The result of a function of kernel32 that gives a handle, an address or TRUE.
 *
 * @throws WinsockError of this call where it is 0
 */
export function checkNotZero(result: number, syscall: string): number {
  if (result === 0) throw new WinsockError(GetLastError(), syscall);
  return result;
}
