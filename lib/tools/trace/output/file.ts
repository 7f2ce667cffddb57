/** Where traces are written: at once, so that what came before a crash is there. */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { visible } from '../../../ffi/types/describe.ts';
import { beginsFile, fileOfProcess, whileAlone } from './shared.ts';

const STANDARD_ERROR = 2;

/** Says something on standard error, where it can be said. */
export function say(text: string): void {
  try {
    writeAll(STANDARD_ERROR, Buffer.from(`winsock: ${visible(text)}\n`));
  } catch {
    // Nobody reads it.
  }
}

/** @param position where in the file; behind all that is there where left out */
function writeAll(to: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      const place = position === undefined ? null : position + at;
      at += writeSync(to, bytes, at, bytes.length - at, place);
    } catch (error) {
      // A pipe whose reader is slower than the program.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

/** What a kind of file begins and ends with. It is begun anew by each program, where others are added to. */
export interface Frame {
  begin(): Uint8Array;
  /** What stands at the end at any time, so that the file is whole even after a crash. */
  readonly end: Uint8Array;
}

/**
 * A file that the threads of a program write to together, or standard error. Where it cannot be written the
 * trace ends there, and says so once; the calls of the program are as they would be without it.
 */
export class TraceFile {
  readonly #file: string | undefined;
  readonly #frame: Frame | undefined;
  #descriptor: number | undefined;
  #isBroken = false;

  /** @param file a path, or undefined for standard error */
  constructor(file: string | undefined, frame?: Frame) {
    this.#file = file === undefined ? undefined : resolve(file);
    this.#frame = frame;
    // Begun at once: programs that this one starts are to find it in use.
    if (frame) this.write(new Uint8Array());
  }

  /** Writes all of it, in one piece. */
  write(bytes: Uint8Array): void {
    if (this.#isBroken) return;
    try {
      whileAlone(() => {
        this.#descriptor ??= this.#open();
        const end = this.#frame?.end;
        if (!end?.length) writeAll(this.#descriptor, bytes);
        else {
          const position = fstatSync(this.#descriptor).size - end.length;
          writeAll(this.#descriptor, Buffer.concat([bytes, end]), position);
        }
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
    const frame = this.#frame;
    const file = frame ? fileOfProcess(this.#file) : this.#file;
    const begins = frame !== undefined && beginsFile(file);
    if (begins) closeSync(openSync(file, 'w'));
    const opened = openSync(file, frame?.end.length ? 'r+' : 'a');
    process.once('exit', () => {
      closeSync(opened);
      // Whoever is told of the end after this may make calls, and the file is opened once more.
      this.#descriptor = undefined;
    });
    if (begins) writeAll(opened, Buffer.concat([frame.begin(), frame.end]));
    return opened;
  }
}
