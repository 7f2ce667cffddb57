import { closeSync, fstatSync, openSync, renameSync, unlinkSync } from 'node:fs';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { Box } from '../memory/memory.ts';
import { errno, failed } from '../system/errno.ts';
import {
  checkCharacters,
  checkCount,
  checkNumber,
  checkObject,
  checkRoom,
  checkText,
} from '../text/checks.ts';
import { type Characters, str, type Text } from '../text/text.ts';
import { checkFile, EOF, FILE, SEEK_SET, stdin } from './file.ts';

/** The bytes of a call's elements. @throws TypeError for what is no memory, RangeError where there are fewer bytes */
function elementsOf(memory: unknown, size: number, count: number, where: string): Uint8Array {
  checkCount(size, `${where}: size`);
  checkCount(count, `${where}: count`);
  if (!isMemory(memory)) {
    throw new TypeError(`${where}: buffer is memory, got ${describe(memory)}`);
  }
  const bytes = bytesOf(memory, where);
  if (size * count > bytes.length) {
    throw new RangeError(`${where}: ${size * count} bytes of memory of ${bytes.length}`);
  }
  return bytes.subarray(0, size * count);
}

/** @returns NULL where it cannot be opened; `errno` says why */
export function fopen(name: Text, mode: Text): FILE | null {
  checkText(name, 'fopen: filename');
  const how = str(mode);
  const flags = `${how[0]}${how.includes('+') ? '+' : ''}`;
  try {
    const fd = openSync(str(name), flags);
    const position = how[0] === 'a' ? fstatSync(fd).size : 0;
    return new FILE(fd, {
      text: !how.includes('b'),
      position,
      canRead: /r|\+/.test(how),
      append: how[0] === 'a',
    });
  } catch (error) {
    failed(error);
    return null;
  }
}

export function fclose(file: FILE): number {
  checkFile(file, 'fclose: stream');
  try {
    closeSync(file.fd);
    return 0;
  } catch (error) {
    failed(error);
    return EOF;
  }
}

/** @returns how many whole elements were read */
export function fread(into: ArrayBufferView, size: number, count: number, file: FILE): number {
  checkFile(file, 'fread: stream');
  const memory = elementsOf(into, size, count, 'fread');
  const most = memory.length;
  let done = 0;
  for (; done < most; done++) {
    const byte = file.read();
    if (byte === EOF) break;
    memory[done] = byte;
  }
  return size === 0 ? 0 : Math.floor(done / size);
}

export function fwrite(
  from: ArrayBufferView | string,
  size: number,
  count: number,
  file: FILE,
): number {
  checkFile(file, 'fwrite: stream');
  const memory = typeof from === 'string' ? Buffer.from(`${from}\0`) : from;
  file.write(elementsOf(memory, size, count, 'fwrite'));
  return file.failed ? 0 : count;
}

/** @returns 0; -1 where the file cannot be asked, and errno says why */
export function fseek(file: FILE, offset: number, origin: number): number {
  checkFile(file, 'fseek: stream');
  checkNumber(offset, 'fseek: offset');
  try {
    file.seek(offset, origin);
    return 0;
  } catch (error) {
    failed(error);
    return EOF;
  }
}
export function ftell(file: FILE): number {
  checkFile(file, 'ftell: stream');
  return file.tell();
}
export function feof(file: FILE): number {
  checkFile(file, 'feof: stream');
  return file.atEnd ? 1 : 0;
}
export function ferror(file: FILE): number {
  checkFile(file, 'ferror: stream');
  return file.failed ? 1 : 0;
}
export function rewind(file: FILE): void {
  checkFile(file, 'rewind: stream');
  file.seek(0, SEEK_SET);
  file.failed = false;
}
export function ungetc(character: number, file: FILE): number {
  checkNumber(character, 'ungetc: c');
  checkFile(file, 'ungetc: stream');
  if (character === EOF) return EOF;
  file.unread(character & 0xff);
  return character & 0xff;
}
/** As fopen, with the error as the result. */
export function fopen_s(into: Box<FILE | null> | Box<FILE>, name: Text, mode: Text): number {
  checkObject(into, 'a Box for the FILE', 'fopen_s: pFile');
  const file = fopen(name, mode);
  (into as Box<FILE | null>).value = file;
  return file ? 0 : errno.value;
}
export function _fileno(file: FILE): number {
  checkFile(file, '_fileno: stream');
  return file.fd;
}

/** Everything is written at once, so there is nothing to do. */
export const fflush = (_file: FILE | null): number => 0;

export function remove(name: Text): number {
  checkText(name, 'remove: path');
  try {
    unlinkSync(str(name));
    return 0;
  } catch (error) {
    failed(error);
    return -1;
  }
}
export function rename(from: Text, to: Text): number {
  checkText(from, 'rename: oldname');
  checkText(to, 'rename: newname');
  try {
    renameSync(str(from), str(to));
    return 0;
  } catch (error) {
    failed(error);
    return -1;
  }
}

/** The next character of standard input, or EOF. */
export const getchar = (): number => stdin.read();
export function fgetc(file: FILE): number {
  checkFile(file, 'fgetc: stream');
  return file.read();
}

/** A line with its `\n`, at most `size - 1` characters; NULL at the end. */
export function fgets<T extends Characters>(into: T, size: number, file: FILE): T | null {
  checkCharacters(into, 'fgets: str');
  checkCount(size, 'fgets: numChars');
  checkRoom(into, size, 'fgets: str');
  checkFile(file, 'fgets: stream');
  let length = 0;
  while (length < size - 1) {
    const byte = file.read();
    if (byte === EOF) {
      if (length === 0) return null;
      break;
    }
    into[length++] = byte;
    if (byte === 10) break;
  }
  into[length] = 0;
  return into;
}

/** A line without its `\n`. @throws RangeError where it does not fit: C would write over what is behind */
export function gets<T extends Characters>(into: T): T | null {
  checkCharacters(into, 'gets: buffer');
  let length = 0;
  for (;;) {
    const byte = stdin.read();
    if (byte === EOF && length === 0) return null;
    if (byte === EOF || byte === 10) break;
    if (length + 1 >= into.length)
      throw new RangeError(`gets: a line of more than ${into.length - 1} characters`);
    into[length++] = byte;
  }
  into[length] = 0;
  return into;
}
export function gets_s<T extends Characters>(into: T, size: number): T | null {
  checkCharacters(into, 'gets_s: buffer');
  checkCount(size, 'gets_s: sizeInCharacters');
  return gets(into.subarray(0, size) as T) && into;
}
