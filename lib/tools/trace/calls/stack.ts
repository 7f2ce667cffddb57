/** Where in the program a call comes from. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of this package. */
const OWN = new URL('.', import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN);
const WORKING = process.cwd() + path.sep;

/** Frames of the run time itself. */
const RUNTIME = /[ (](node|internal|bun):|\[native code\]/;

/** More frames of the package than a call goes through. */
const DEEPEST = 60;

/** `function (file:line:column)`, by a path that is relative to the working directory where it is below it. */
function shorten(frame: string): string {
  const text = frame
    .replace(/^\s*at (async )?/, '')
    .replace(/file:\/\/[^\s)]+?(?=:\d+:\d+)/, (url) => {
      try {
        return fileURLToPath(url);
      } catch {
        return url;
      }
    });
  return text.replace(WORKING, '');
}

/**
 * The frames of the program itself that have led here, the innermost first.
 *
 * @param most how many; 0 asks nothing
 */
export function framesOfProgram(most: number): readonly string[] {
  if (most <= 0) return [];
  const before = Error.stackTraceLimit;
  let stack = '';
  try {
    Error.stackTraceLimit = DEEPEST;
    stack = String(new Error('for its stack').stack);
  } catch {
    // The program shows stacks in its own way, and that has failed.
  } finally {
    Error.stackTraceLimit = before;
  }
  const found: string[] = [];
  for (const line of stack.split('\n')) {
    if (!/^\s+at .*:\d+/.test(line)) continue;
    if (line.includes(OWN) || line.includes(OWN_PATH) || RUNTIME.test(line)) continue;
    found.push(shorten(line));
    if (found.length === most) break;
  }
  return found;
}
