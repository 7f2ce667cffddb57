import { inspect } from 'node:util';
import { threadId } from 'node:worker_threads';
import type { Parameter } from '../calls/parameter.ts';
import { errorName } from '../errors/errors.ts';
import { bufferOf, byteLengthOf, byteOffsetOf, isUint8Array } from '../memory/intrinsics.ts';
import { addressOf, isMemory } from '../memory/memory.ts';
import { hostArch } from '../types/arch.ts';
import type { AnyCType } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import { Struct } from '../types/record.ts';
import { Ref } from '../types/ref.ts';
import { char, wchar } from '../types/scalars.ts';
import { countCall, countsFolder } from './counts.ts';
import { writeLine } from './lines.ts';
import type { Outcome } from './outcome.ts';

/**
 * Tracing, as strace does it: one line a call, with decoded arguments, result, error and duration.
 *
 * WINSOCK_TRACE=1 traces everything to standard error. Otherwise it is a list, separated by commas,
 * of function names, which may hold `*`, and of at most one file, told by a `/`, `\` or `.` in it.
 */
interface TraceSettings {
  readonly patterns: readonly RegExp[];
  readonly file: string | undefined;
}

function parseTraceSetting(setting: string | undefined): TraceSettings | undefined {
  if (!setting || setting === '0') return undefined;
  const items = setting
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const isFile = (item: string) => /[/\\.]/.test(item);
  const names = items.filter((item) => item !== '1' && !isFile(item));
  const patterns = names.map(
    (name) => new RegExp(`^${name.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`),
  );
  return { patterns, file: items.find(isFile) };
}

const settings = parseTraceSetting(process.env.WINSOCK_TRACE);

function isPrinted(name: string): boolean {
  if (!settings) return false;
  return settings.patterns.length === 0 || settings.patterns.some((pattern) => pattern.test(name));
}

/** Whether calls of a function are traced. Asked once for a function, when it is bound. */
export function isTraced(name: string): boolean {
  return countsFolder !== undefined || isPrinted(name);
}

/**
 * Renders an argument or a result better than its C type alone allows: flags by name, addresses as
 * text. Returns undefined for what it does not know.
 */
export type TraceDecoder = (
  syscall: string,
  parameter: string,
  value: unknown,
  all: Readonly<Record<string, unknown>>,
) => string | undefined;

let decoder: TraceDecoder = () => undefined;

/** Sets what knows the headers' names; this layer knows types only. */
export function setTraceDecoder(decode: TraceDecoder): void {
  decoder = decode;
}

const SHOWN_BYTES = 24;

function showBytes(memory: Uint8Array): string {
  const used = byteLengthOf(memory);
  const shownBytes = Math.min(used, SHOWN_BYTES);
  const text = Buffer.from(bufferOf(memory), byteOffsetOf(memory), shownBytes).toString('latin1');
  const shown = JSON.stringify(text).replace(
    /\\u00([0-9a-f]{2})|[\x7f-\xff]/g,
    (found, hex: string | undefined) => `\\x${hex ?? found.charCodeAt(0).toString(16)}`,
  );
  return `${used} bytes ${shown}${used > SHOWN_BYTES ? '…' : ''}`;
}

function showValue(type: AnyCType, value: unknown): string {
  if (value === null) return 'NULL';
  if (value instanceof Ref) return `[${showPlain(value.value)}]`;
  if (value instanceof Struct) return showPlain(value);
  if (type.kind === 'pointer') {
    const { target } = type;
    if (isUint8Array(value)) {
      if (target?.kind === 'integer' && target !== char && target !== wchar) {
        if (byteLengthOf(value) === target.sizeOf(hostArch))
          return `[${showPlain(target.get(value, 0))}]`;
      }
      return showBytes(value);
    }
    if (typeof value === 'number') return value === 0 ? 'NULL' : `0x${value.toString(16)}`;
  }
  if (typeof value === 'function') return describe(value);
  return showPlain(value);
}

function showPlain(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return inspect(value, {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    // Otherwise longer arrays take lines of their own.
    compact: true,
    maxArrayLength: 8,
    maxStringLength: 64,
  });
}

/**
 * What a value or a decoder of the program's own makes of itself. A call that has been made is not to
 * fail because its trace does.
 */
function attempt<Text extends string | undefined>(show: () => Text): Text | string {
  try {
    return show();
  } catch (error) {
    return `(cannot be shown: ${describe(error)})`;
  }
}

/** One line for a finished call. Does not throw, whatever the arguments are. */
export function traceCall(
  syscall: string,
  parameters: readonly Parameter[],
  args: readonly unknown[],
  outcome: Outcome,
  nanoseconds: bigint,
): void {
  if (countsFolder !== undefined) countCall(countsFolder, syscall, outcome);
  if (!isPrinted(syscall)) return;
  const all = Object.fromEntries(parameters.map(({ name }, index) => [name, args[index]]));
  const shown = parameters.map(({ name, type, systemOwned }, index) => {
    const value = args[index];
    // What a call has freed must not be read any more.
    if (systemOwned && isMemory(value)) return `0x${addressOf(value).toString(16)}`;
    const decoded = attempt(() => decoder(syscall, name, value, all));
    return typeof decoded === 'string' ? decoded : attempt(() => showValue(type, value));
  });
  const thread = threadId === 0 ? '' : `[thread ${threadId}] `;
  writeLine(
    `${thread}${syscall}(${shown.join(', ')}) ${showOutcome(outcome)} <${Number(nanoseconds) / 1000} µs>`,
    settings?.file,
  );
}

function showOutcome(outcome: Outcome): string {
  if (outcome.thrown !== undefined) return `refused: ${attempt(() => String(outcome.thrown))}`;
  const result = outcome.result === undefined ? '' : ` ${attempt(() => showPlain(outcome.result))}`;
  if (outcome.code === undefined) return `=${result}`;
  return `=${result} ${errorName(outcome.code) ?? 'error'} (${outcome.code})`;
}
