/** Files that are read overlapped. */
import path from 'node:path';
import {
  FILE_FLAG_OVERLAPPED,
  FILE_FLAG_SEQUENTIAL_SCAN,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  GENERIC_READ,
  INVALID_HANDLE_VALUE,
  OPEN_EXISTING,
} from '../../../defs/kernel.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { CreateFileW, GetFileSizeEx, GetLastError, ReOpenFile } from '../calls/calls.ts';
import { checkNotZero } from '../calls/check.ts';
import { withScratch } from '../calls/scratch.ts';
import { closeOnce } from '../calls/thread-end.ts';

/** Others may do with the file what they like meanwhile. */
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const FLAGS = FILE_FLAG_OVERLAPPED | FILE_FLAG_SEQUENTIAL_SCAN;
/** In UTF-16 units, with the NUL: the longest path of Windows. */
const LONGEST_PATH = 32768;

/** A path, or the HANDLE of a file that was opened for reading. */
export type FileLike = string | number;

/** @throws TypeError for what is neither a path nor a HANDLE */
export function checkFile(file: FileLike): void {
  if (typeof file === 'string' && file !== '' && !file.includes('\0')) return;
  if (typeof file === 'number' && Number.isSafeInteger(file) && file > 0) return;
  throw new TypeError(`a file is a path or a HANDLE, got ${describe(file)}`);
}

/**
 * Opens a file for overlapped reading.
 *
 * @returns its HANDLE, the caller's to close
 * @throws WinsockError: ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED and what else CreateFileW says
 */
export function openFile(file: string): number {
  const name = path.toNamespacedPath(path.resolve(file));
  if (name.length >= LONGEST_PATH) throw new RangeError(`a path of ${name.length} characters`);
  return withScratch(2 * (name.length + 1), (address, bytes) => {
    bytes.set(Buffer.from(`${name}\0`, 'utf16le'));
    const handle = CreateFileW(address, GENERIC_READ, SHARE, 0, OPEN_EXISTING, FLAGS, 0);
    return opened(handle, `CreateFileW(${file})`);
  });
}

/**
 * Opens the file of a HANDLE once more, for overlapped reading by us: the HANDLE itself may not be for that,
 * or be on a completion port of others.
 *
 * @returns a HANDLE of its own, the caller's to close
 * @throws WinsockError as ReOpenFile fails
 */
export function openAgain(handle: number): number {
  return opened(ReOpenFile(handle, GENERIC_READ, SHARE, FLAGS), 'ReOpenFile');
}

function opened(handle: number, syscall: string): number {
  if (handle === INVALID_HANDLE_VALUE) throw new WinsockError(GetLastError(), syscall);
  return handle;
}

/**
 * How many bytes a file has.
 *
 * @throws WinsockError, ERROR_INVALID_HANDLE for what is no handle
 */
export function sizeOfFile(handle: number): number {
  return withScratch(8, (address, bytes) => {
    checkNotZero(GetFileSizeEx(handle, address), 'GetFileSizeEx');
    return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true));
  });
}

/** Closes what `openFile` or `openAgain` has opened. */
export function closeFile(handle: number): void {
  // A worker's file was put on a completion port, to be closed with the thread.
  closeOnce(handle, 'CloseHandle');
}
