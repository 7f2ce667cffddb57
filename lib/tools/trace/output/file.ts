/** Where traces are written: at once, so that what came before a crash is there. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { visible } from '../../../ffi/types/describe.ts';
import { beginsFile, whileAlone } from './shared.ts';

const STANDARD_ERROR = 2;

/** Says something on standard error, where it can be said. */
export function say(text: string): void {
  try {
    writeAll(STANDARD_ERROR, Buffer.from(`winsock: ${visible(text)}\n`));
  } catch {
    // Nobody reads it.
  }
}

function writeAll(to: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(to, bytes, at);
    } catch (error) {
      // A pipe whose reader is slower than the program.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/**
 * A file that the threads of a program write to together, or standard error. Where it cannot be written the
 * trace ends there, and says so once; the calls of the program are as they would be without it.
 */
export class TraceFile {
  readonly #file: string | undefined;
  readonly #begin: (() => Uint8Array) | undefined;
  #descriptor: number | undefined;
  #isBroken = false;

  /**
   * @param file a path, or undefined for standard error
   * @param begin what a file of this kind begins with; such a file is begun anew by each program, where others
   *   are added to
   */
  constructor(file: string | undefined, begin?: () => Uint8Array) {
    this.#file = file === undefined ? undefined : resolve(file);
    this.#begin = begin;
  }

  /** Writes all of it, in one piece. */
  write(bytes: Uint8Array): void {
    if (this.#isBroken) return;
    try {
      whileAlone(() => {
        this.#descriptor ??= this.#open();
        writeAll(this.#descriptor, bytes);
      });
    } catch (error) {
      this.#isBroken = true;
      if (this.#file !== undefined) {
        say(`WINSOCK_TRACE cannot write, and the trace ends: ${(error as Error).message}`);
      }
    }
  }

  #open(): number {
    if (this.#file === undefined) return STANDARD_ERROR;
    const begin = this.#begin && beginsFile(this.#file) ? this.#begin : undefined;
    if (begin) closeSync(openSync(this.#file, 'w'));
    const opened = openSync(this.#file, 'a');
    process.once('exit', () => {
      if (!this.#isBroken) closeSync(opened);
    });
    if (begin) writeAll(opened, begin());
    return opened;
  }
}
