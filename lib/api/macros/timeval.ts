/** Arithmetic on the timeval of select (winsock2.h). */
import { timeval } from '../../../defs/winsock2.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { assertRecord } from '../check.ts';

/**
 * Whether a time is other than zero.
 *
 * @throws TypeError if `tvp` is no timeval
 * @see https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-timeval
 */
export function timerisset(tvp: timeval): boolean {
  assertRecord(tvp, timeval, 'timerisset: tvp');
  return tvp.tv_sec !== 0 || tvp.tv_usec !== 0;
}

/**
 * Sets a time to zero.
 *
 * @throws TypeError if `tvp` is no timeval
 * @see https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-timeval
 */
export function timerclear(tvp: timeval): void {
  assertRecord(tvp, timeval, 'timerclear: tvp');
  tvp.tv_sec = 0;
  tvp.tv_usec = 0;
}

const COMPARISONS = {
  '<': (difference: number) => difference < 0,
  '<=': (difference: number) => difference <= 0,
  '==': (difference: number) => difference === 0,
  '!=': (difference: number) => difference !== 0,
  '>=': (difference: number) => difference >= 0,
  '>': (difference: number) => difference > 0,
} as const;

/**
 * Compares two times.
 *
 * The C macro is right for `<`, `>` and `!=` only (it answers, for instance, that 1.0 s `>=` 1.5 s);
 * here all six operators are.
 *
 * @param tvp the left side
 * @param uvp the right side
 * @param cmp the operator, as a string
 * @throws TypeError if a side is no timeval
 * @throws RangeError if `cmp` is none of the operators
 * @see https://learn.microsoft.com/windows/win32/api/winsock/ns-winsock-timeval
 */
export function timercmp(tvp: timeval, uvp: timeval, cmp: keyof typeof COMPARISONS): boolean {
  assertRecord(tvp, timeval, 'timercmp: tvp');
  assertRecord(uvp, timeval, 'timercmp: uvp');
  if (!Object.hasOwn(COMPARISONS, cmp)) {
    throw new RangeError(`timercmp: ${describe(cmp)} is no comparison operator`);
  }
  return COMPARISONS[cmp](tvp.tv_sec - uvp.tv_sec || tvp.tv_usec - uvp.tv_usec);
}
