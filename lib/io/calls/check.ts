import { WinsockError } from '../../ffi/errors/errors.ts';
import { GetLastError, WSAGetLastError } from './calls.ts';

/** @throws WinsockError of the last call of Winsock's where its result is not 0 */
export function check(result: number, syscall: string): void {
  if (result !== 0) throw new WinsockError(WSAGetLastError(), syscall);
}

/**
 * The result of a function of kernel32 that gives a handle, an address or TRUE.
 *
 * @throws WinsockError of the last call where it is 0
 */
export function checkNotZero(result: number, syscall: string): number {
  if (result === 0) throw new WinsockError(GetLastError(), syscall);
  return result;
}
