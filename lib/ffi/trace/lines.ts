/** Where the lines of the trace go. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { visible } from '../types/describe.ts';

const STANDARD_ERROR = 2;

let output: number | undefined;
/** Set when a line could not be written: the program goes on without a trace. */
let isBroken = false;

function open(file: string | undefined): number {
  if (file === undefined) return STANDARD_ERROR;
  const opened = openSync(file, 'a');
  process.once('exit', () => {
    if (!isBroken) closeSync(opened);
  });
  return opened;
}

/** Writes all of it, at once: the last call before a crash is to be on record. */
function writeAll(to: number, text: string): void {
  const bytes = Buffer.from(text);
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
 * Writes a line. Where that fails the trace ends there, and says so once on standard error; the calls of
 * the program are as they would be without it.
 *
 * @param file a path, or undefined for standard error
 */
export function writeLine(line: string, file: string | undefined): void {
  if (isBroken) return;
  try {
    output ??= open(file);
    writeAll(output, `${visible(line)}\n`);
  } catch (error) {
    isBroken = true;
    if (file === undefined) return;
    const { message } = error as Error;
    try {
      writeAll(STANDARD_ERROR, `winsock: WINSOCK_TRACE cannot write: ${visible(message)}\n`);
    } catch {
      // Nobody reads it.
    }
  }
}
