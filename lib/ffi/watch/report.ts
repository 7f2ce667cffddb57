import { writeError } from '../native/builtins.ts';
import { visible } from '../types/describe.ts';

/** Says what a program has done wrong, at once: it may be the last that is heard of it. */
export function report(what: string): void {
  try {
    writeError(`winsock check: ${visible(what)}\n`);
  } catch {
    // Nobody reads it.
  }
}

/** The line of the program that the current call comes from; empty where there is none. */
export function callerOf(): string {
  const { stack = '' } = new Error('for its stack');
  const line = stack
    .split('\n')
    .find((one) => /^\s+at /.test(one) && !/[/\\]dist[/\\]|node:internal|<anonymous>/.test(one));
  return line ? line.trim() : '';
}
