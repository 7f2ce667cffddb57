/** Where in the program a call comes from. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The files of this package. */
const OWN = new URL('.', import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN);
const WORKING = process.cwd() + path.sep;

/** More frames of the package than a call goes through. */
const DEEPEST = 60;

/** `function (file:line:column)`, by a path that is relative to the working directory where it is below it. */
function shorten(frame: string): string {
  const text = frame.replace(/^\s*at (async )?/, '');
  return text.replace(/file:\/\/[^\s)]+?(?=:\d+:\d+)/, (url) => {
    try {
      const file = fileURLToPath(url);
      return file.startsWith(WORKING) ? file.slice(WORKING.length) : file;
    } catch {
      return url;
    }
  });
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
    if (line.includes(OWN) || line.includes(OWN_PATH) || /\(?node:|\[native code\]/.test(line))
      continue;
    found.push(shorten(line));
    if (found.length === most) break;
  }
  return found;
}
