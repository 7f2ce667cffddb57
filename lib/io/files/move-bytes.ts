import { ERROR_HANDLE_EOF } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { bytesOf, performOpen } from '../ops/perform.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import type { Operation } from '../port/operation.ts';

/**
 * Runs one operation that moves bytes, as a promise of how many.
 *
 * @param start a start function
 * @throws by rejection: WinsockError, also where the socket or file is closed; the signal's reason
 */
export function moveBytes(
  delivery: Delivery,
  on: Association,
  start: (operation: Operation) => number,
  syscall: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  return performOpen(delivery, on, start, bytesOf, syscall, { signal });
}

/** The file has become shorter while it was sent. */
export function tooShort(syscall: string): WinsockError {
  return new WinsockError(ERROR_HANDLE_EOF, syscall);
}
