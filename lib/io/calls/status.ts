/**
 * A packet carries the NTSTATUS of its operation. Winsock programs expect the codes that Winsock
 * would have given: WSAECONNRESET rather than ERROR_NETNAME_DELETED. WSAGetOverlappedResult applies
 * the same table, but only while the socket is open.
 */

import { WSAENETRESET } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import {
  OTHER_STATUS_CODE,
  STATUS_CODES,
  STATUS_HANDLES_CLOSED,
  STATUS_HOPLIMIT_EXCEEDED,
} from '../../ffi/statuses.g.ts';
import { RtlNtStatusToDosError } from './calls.ts';

/** An NTSTATUS from here on, up to LOWEST_ERROR, is a warning. */
const LOWEST_WARNING = 0x80000000;
/** An NTSTATUS from here on is an error. */
const LOWEST_ERROR = 0xc0000000;

let codes: ReadonlyMap<number, number> | undefined;

/** Whether an NTSTATUS says that something was done, though not all of it. */
export function isWarning(status: number): boolean {
  return status >= LOWEST_WARNING && status < LOWEST_ERROR;
}

/**
 * The error code that Winsock gives for the NTSTATUS of a finished operation on a socket; 0 for success.
 *
 * Two answers are not those of Winsock's table. Of an operation that ended because its handle was closed
 * it says WSAEINVAL; here it is WSA_OPERATION_ABORTED, as closing ends every other. A datagram that went too
 * far is WSAENETRESET, which is what WSARecvFrom is documented to report; which status carries that is
 * inferred from its name.
 *
 * @param status the NTSTATUS as an unsigned number
 */
export function codeOfStatus(status: number): number {
  if (status < LOWEST_WARNING) return 0;
  if (status === STATUS_HANDLES_CLOSED) return WSA_OPERATION_ABORTED;
  if (status === STATUS_HOPLIMIT_EXCEEDED) return WSAENETRESET;
  codes ??= new Map(STATUS_CODES);
  return codes.get(status) ?? OTHER_STATUS_CODE;
}

/**
 * The error code for the NTSTATUS of a finished operation on a file or pipe; 0 for success.
 *
 * The code is the one that GetOverlappedResult gives, not Winsock's: a file that is not there is
 * ERROR_FILE_NOT_FOUND, which Winsock's table calls WSAENETDOWN, and the end of a file is
 * ERROR_HANDLE_EOF, which it does not know.
 *
 * @param status the NTSTATUS as an unsigned number
 */
export function codeOfHandleStatus(status: number): number {
  if (status < LOWEST_WARNING) return 0;
  if (status === STATUS_HANDLES_CLOSED) return WSA_OPERATION_ABORTED;
  return RtlNtStatusToDosError(status | 0);
}
