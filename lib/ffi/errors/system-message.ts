import { leavingLastError } from '../native/last-error.ts';
import { systemFunction } from '../native/native.ts';
import {
  FORMAT_MESSAGE_FROM_SYSTEM,
  FORMAT_MESSAGE_IGNORE_INSERTS,
  FormatMessageW,
} from '../windows.g.ts';

const formatMessage = systemFunction(FormatMessageW);

const MOST_BYTES = 2048;

/** The system's text for an error code, or undefined where it has none (or is not Windows). */
export function systemMessage(code: number): string | undefined {
  if (process.platform !== 'win32') return undefined;
  const text = Buffer.from(new ArrayBuffer(MOST_BYTES));
  const flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
  const room = MOST_BYTES / 2;
  // It gives a DWORD.
  const units = leavingLastError(
    () => formatMessage(flags, null, code >>> 0, 0, text, room, null) as number,
  );
  if (units === 0) return undefined;
  return text
    .toString('utf16le', 0, units * 2)
    .trim()
    .replace(/\s+/g, ' ');
}
