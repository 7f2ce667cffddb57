/**
 * What the system keeps of a handle's completion port. Two classes of information that are documented for
 * drivers (ntifs.h) and are in no header of Winsock's: the completion port itself, which can be taken away
 * since Windows 8.1, and whether what completes at its start sends no packet.
 */

import { FILE_SKIP_COMPLETION_PORT_ON_SUCCESS } from '../../../defs/kernel.g.ts';
import { IO_STATUS_BLOCK } from '../../../defs/windows.g.ts';
import { ERROR_NOT_SUPPORTED } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { STATUS_INVALID_INFO_CLASS, STATUS_NOT_IMPLEMENTED } from '../../ffi/statuses.g.ts';
import { sizeof } from '../../ffi/types/record.ts';
import {
  NtQueryInformationFile,
  NtSetInformationFile,
  RtlNtStatusToDosError,
} from '../calls/calls.ts';
import { withScratch } from '../calls/scratch.ts';
import { POINTER_BYTES } from '../port/operation-layout.ts';

/** FileIoCompletionNotificationInformation, of FILE_INFORMATION_CLASS. */
const NOTIFICATION_MODES = 41;
/** FileReplaceCompletionInformation, of FILE_INFORMATION_CLASS: a FILE_COMPLETION_INFORMATION. */
const REPLACE_COMPLETION = 61;
/** Of FILE_COMPLETION_INFORMATION: the HANDLE of the port, and its key. */
const COMPLETION_BYTES = 2 * POINTER_BYTES;

/** Whether operations of a handle that complete at their start send no packet, whoever has set that. */
export function skipsPackets(handle: number): boolean {
  const before = sizeof(IO_STATUS_BLOCK);
  return withScratch(before + 4, (io, bytes) => {
    bytes.fill(0);
    const at = io + before;
    // A system that does not know the question knows no skipping either.
    if (NtQueryInformationFile(handle, io, at, 4, NOTIFICATION_MODES) < 0) return false;
    return (bytes[before]! & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) !== 0;
  });
}

/**
 * Takes a handle off its completion port, so that it may be put on another. Nothing may be under way on it.
 *
 * @throws WinsockError, ERROR_NOT_SUPPORTED where the system cannot: before Windows 8.1, and on Wine
 * @see https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/ns-ntifs-_file_completion_information
 */
export function takeOffPort(handle: number): void {
  const before = sizeof(IO_STATUS_BLOCK);
  const status = withScratch(before + COMPLETION_BYTES, (io, bytes) => {
    bytes.fill(0);
    const at = io + before;
    return NtSetInformationFile(handle, io, at, COMPLETION_BYTES, REPLACE_COMPLETION);
  });
  if (status >= 0) return;
  const isUnknown = UNKNOWN_REQUEST.includes(status >>> 0);
  const code = isUnknown ? ERROR_NOT_SUPPORTED : RtlNtStatusToDosError(status);
  throw new WinsockError(code, 'NtSetInformationFile(FileReplaceCompletionInformation)');
}

/** What a system says that does not know the class of information. */
const UNKNOWN_REQUEST: readonly number[] = [STATUS_NOT_IMPLEMENTED, STATUS_INVALID_INFO_CLASS];
