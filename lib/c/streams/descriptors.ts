import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { errno, failed } from '../system/errno.ts';
import { checkCount, checkNumber, checkText } from '../text/checks.ts';
import { type Bytes, bytesOf, str, type Text } from '../text/text.ts';
import { EOF } from './file.ts';

// Files by number, as io.h has them.

export const _O_RDONLY = 0;
export const _O_WRONLY = 1;
export const _O_RDWR = 2;
export const _O_APPEND = 8;
export const _O_CREAT = 0x100;
export const _O_TRUNC = 0x200;
export const _O_EXCL = 0x400;
export const _O_TEXT = 0x4000;
export const _O_BINARY = 0x8000;
export const _S_IREAD = 0x100;
export const _S_IWRITE = 0x80;

interface Descriptor {
  readonly isText: boolean;
  /** Where reading or writing goes on; null for one without positions. */
  position: number | null;
  readonly appends: boolean;
}
const open = new Map<number, Descriptor>();

/**
 * Opens a file.
 *
 * @param flags _O_RDONLY and so on; text, whose CR LF reads as LF, without _O_BINARY
 * @returns its number; -1 where it cannot be opened, and errno says why
 */
export function _open(name: Text, flags: number, mode = _S_IREAD | _S_IWRITE): number {
  checkText(name, '_open: filename');
  checkNumber(flags, '_open: oflag');
  let how = [constants.O_RDONLY, constants.O_WRONLY, constants.O_RDWR][flags & 3] ?? 0;
  if (flags & _O_CREAT) how |= constants.O_CREAT;
  if (flags & _O_TRUNC) how |= constants.O_TRUNC;
  if (flags & _O_EXCL) how |= constants.O_EXCL;
  try {
    const fd = openSync(str(name), how, mode & _S_IWRITE ? 0o666 : 0o444);
    open.set(fd, {
      isText: (flags & _O_BINARY) === 0,
      position: 0,
      appends: (flags & _O_APPEND) !== 0,
    });
    return fd;
  } catch (error) {
    failed(error);
    return EOF;
  }
}

/** @returns how many bytes were read, 0 at the end of the file; -1 where that failed */
export function _read(fd: number, into: Bytes, size: number): number {
  checkCount(size, '_read: buffer_size');
  const file = open.get(fd) ?? { isText: true, position: null, appends: false };
  const target = bytesOf(into).subarray(0, size);
  try {
    const count = readSync(fd, target, 0, target.length, file.position);
    if (file.position !== null) file.position += count;
    if (!file.isText) return count;
    const text = Buffer.from(target.subarray(0, count)).toString('latin1').replaceAll('\r\n', '\n');
    target.set(Buffer.from(text, 'latin1'));
    return text.length;
  } catch (error) {
    failed(error);
    return EOF;
  }
}

/** @returns how many bytes of the memory were written; -1 where that failed */
export function _write(fd: number, from: Bytes | string, size: number): number {
  checkCount(size, '_write: count');
  const file = open.get(fd) ?? { isText: false, position: null, appends: false };
  const content =
    typeof from === 'string'
      ? Buffer.from(from).subarray(0, size)
      : bytesOf(from).subarray(0, size);
  const written = file.isText
    ? Buffer.from(Buffer.from(content).toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    : content;
  try {
    if (file.appends) file.position = fstatSync(fd).size;
    const count = writeSync(fd, written, 0, written.length, file.position);
    if (file.position !== null) file.position += count;
    return content.length;
  } catch (error) {
    failed(error);
    return EOF;
  }
}

/** @returns the new position from the start of the file; -1 where that failed */
export function _lseek(fd: number, offset: number, origin: number): number {
  checkNumber(offset, '_lseek: offset');
  const file = open.get(fd);
  if (!file || file.position === null) return EOF;
  let from: number;
  try {
    from = origin === 0 ? 0 : origin === 1 ? file.position : fstatSync(fd).size;
  } catch (error) {
    failed(error);
    return EOF;
  }
  if (from + offset < 0) {
    errno.value = 22;
    return EOF;
  }
  file.position = from + offset;
  return file.position;
}

/** @returns 0; -1 where the number is no file's */
export function _close(fd: number): number {
  open.delete(fd);
  try {
    closeSync(fd);
    return 0;
  } catch (error) {
    failed(error);
    return EOF;
  }
}
