import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { func, int, NeverFails, p } from '../../ffi/index.ts';
import type { Box } from '../memory/memory.ts';
import { errno, failed } from '../system/errno.ts';
import { type Characters, str, type Text } from '../text/text.ts';

export const EOF = -1;
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const BUFSIZ = 512;

const O_BINARY = 0x8000;
const O_TEXT = 0x4000;
// It takes and gives what its signature says.
const setMode = func('msvcrt', '_setmode', NeverFails, () => [
  int,
  p('fd', int),
  p('mode', int),
]) as unknown as (fd: number, mode: number) => number;

const modes = new Map<number, boolean>();

/**
 * Whether a standard stream is one of text, in which a line ends with CR LF. The C library knows: it is
 * told by whoever starts the program (Node.js starts it with binary pipes).
 */
function isTextStream(fd: number): boolean {
  let text = modes.get(fd);
  if (text === undefined) {
    text = process.platform === 'win32' && (setMode(fd, O_BINARY) & O_TEXT) !== 0;
    modes.set(fd, text);
  }
  return text;
}

/** A stream of the C library: a file, or one of the three that every program has. */
export class FILE {
  readonly fd: number;
  /** Whether `\n` is CR LF in the file; of a standard stream asked when it is used. */
  readonly #text: boolean | undefined;
  readonly canRead: boolean;
  #position: number | null;
  #append: boolean;
  #buffer = Buffer.alloc(0);
  atEnd = false;
  failed = false;

  constructor(
    fd: number,
    options: { text?: boolean; position: number | null; canRead: boolean; append?: boolean },
  ) {
    this.fd = fd;
    this.#text = options.text;
    this.canRead = options.canRead;
    this.#position = options.position;
    this.#append = options.append ?? false;
  }

  get #isText(): boolean {
    return this.#text ?? isTextStream(this.fd);
  }

  /** Writes at once. */
  write(bytes: Uint8Array): void {
    this.#dropRead();
    const content = this.#isText && bytes.includes(10) ? withCarriageReturns(bytes) : bytes;
    let done = 0;
    while (done < content.length) {
      try {
        const at = this.#append ? null : this.#position;
        const count = writeSync(this.fd, content, done, content.length - done, at);
        done += count;
        if (this.#position !== null) this.#position += count;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
          this.failed = true;
          return;
        }
      }
    }
  }

  /** What was read ahead is read again. */
  #dropRead(): void {
    if (this.#position !== null) this.#position -= this.#buffer.length;
    this.#buffer = Buffer.alloc(0);
  }

  #fill(): boolean {
    if (this.atEnd && this.#position === null) return false;
    const chunk = Buffer.alloc(4096);
    for (;;) {
      try {
        const count = readSync(this.fd, chunk, 0, chunk.length, this.#position);
        if (count === 0) {
          this.atEnd = true;
          return false;
        }
        if (this.#position !== null) this.#position += count;
        this.#buffer = Buffer.concat([this.#buffer, chunk.subarray(0, count)]);
        return true;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') {
          wait();
          continue;
        }
        if (code !== 'EOF') this.failed = true;
        this.atEnd = true;
        return false;
      }
    }
  }

  /** The next byte, or EOF. */
  read(): number {
    for (;;) {
      if (this.#buffer.length === 0 && !this.#fill()) return EOF;
      const byte = this.#buffer[0]!;
      if (byte === 13 && (this.#text ?? process.platform === 'win32')) {
        if (this.#buffer.length === 1) this.#fill();
        if (this.#buffer[1] === 10) {
          this.#buffer = this.#buffer.subarray(1);
          continue;
        }
      }
      this.#buffer = this.#buffer.subarray(1);
      return byte;
    }
  }

  /** Puts a byte back. */
  unread(byte: number): void {
    this.#buffer = Buffer.concat([Buffer.of(byte), this.#buffer]);
    this.atEnd = false;
  }

  seek(offset: number, origin: number): void {
    const position = this.tell();
    const base = origin === SEEK_SET ? 0 : origin === SEEK_CUR ? position : fstatSync(this.fd).size;
    this.#buffer = Buffer.alloc(0);
    this.#position = base + offset;
    this.#append = false;
    this.atEnd = false;
  }
  tell(): number {
    return (this.#position ?? 0) - this.#buffer.length;
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Another program's end of a pipe that does not wait is asked again. */
function wait(): void {
  Atomics.wait(cell, 0, 0, 10);
}

function withCarriageReturns(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
}

export const stdin = new FILE(0, { position: null, canRead: true });
export const stdout = new FILE(1, { position: null, canRead: false });
export const stderr = new FILE(2, { position: null, canRead: false });

/** @returns NULL where it cannot be opened; `errno` says why */
export function fopen(name: Text, mode: Text): FILE | null {
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
  const memory = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const most = size * count;
  if (most > memory.length)
    throw new RangeError(`fread: ${most} bytes into memory of ${memory.length}`);
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
  const memory =
    typeof from === 'string'
      ? Buffer.from(`${from}\0`)
      : new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
  if (size * count > memory.length)
    throw new RangeError(`fwrite: ${size * count} bytes of memory of ${memory.length}`);
  file.write(memory.subarray(0, size * count));
  return file.failed ? 0 : count;
}

export function fseek(file: FILE, offset: number, origin: number): number {
  file.seek(offset, origin);
  return 0;
}
export const ftell = (file: FILE): number => file.tell();
export const feof = (file: FILE): number => (file.atEnd ? 1 : 0);
export const ferror = (file: FILE): number => (file.failed ? 1 : 0);
export function rewind(file: FILE): void {
  file.seek(0, SEEK_SET);
  file.failed = false;
}
export function ungetc(character: number, file: FILE): number {
  if (character === EOF) return EOF;
  file.unread(character & 0xff);
  return character & 0xff;
}
/** As fopen, with the error as the result. */
export function fopen_s(into: Box<FILE | null> | Box<FILE>, name: Text, mode: Text): number {
  const file = fopen(name, mode);
  (into as Box<FILE | null>).value = file;
  return file ? 0 : errno.value;
}
export const _fileno = (file: FILE): number => file.fd;

/** Everything is written at once, so there is nothing to do. */
export const fflush = (_file: FILE | null): number => 0;

export function remove(name: Text): number {
  try {
    unlinkSync(str(name));
    return 0;
  } catch (error) {
    failed(error);
    return -1;
  }
}
export function rename(from: Text, to: Text): number {
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
export const fgetc = (file: FILE): number => file.read();

/** A line with its `\n`, at most `size - 1` characters; NULL at the end. */
export function fgets<T extends Characters>(into: T, size: number, file: FILE): T | null {
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
  return gets(into.subarray(0, size) as T) && into;
}
