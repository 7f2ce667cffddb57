/** The streams of the C library: files, and the three that every program has. */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { func, int, NeverFails, p } from '../../ffi/index.ts';
import { describe } from '../../ffi/types/describe.ts';

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

  /** Whether a value is a stream, whatever its prototype says. */
  static isStream(value: unknown): value is FILE {
    return typeof value === 'object' && value !== null && #buffer in value;
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

/** @throws TypeError for what is no stream */
export function checkFile(value: unknown, where: string): asserts value is FILE {
  if (FILE.isStream(value)) return;
  throw new TypeError(`${where} is a FILE, got ${describe(value)}`);
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
