import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { threadId } from 'node:worker_threads';
import type { Parameter } from '../calls/parameter.ts';
import { errorName } from '../errors/errors.ts';
import { addressOf, isMemory } from '../memory/memory.ts';
import { hostArch } from '../types/arch.ts';
import type { AnyCType } from '../types/ctype.ts';
import { Struct } from '../types/record.ts';
import { Ref } from '../types/ref.ts';
import { char, wchar } from '../types/scalars.ts';

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
 * WINSOCK_CALLS=FOLDER counts calls: at its end each thread leaves a JSON file there that says of each
 * function how often it succeeded, failed with which code, and refused its arguments. The table of
 * what the tests have shown is made of that.
 */
const countsFolder = process.env.WINSOCK_CALLS || undefined;

interface CallCounts {
  succeeded: number;
  refused: number;
  readonly failed: Record<number, number>;
}

let counts: Map<string, CallCounts> | undefined;

function countCall(folder: string, syscall: string, outcome: Outcome): void {
  if (!counts) {
    const started = new Map<string, CallCounts>();
    counts = started;
    process.once('exit', () => {
      const file = `calls-${process.pid}-${threadId}-${process.hrtime.bigint()}.json`;
      writeFileSync(join(folder, file), JSON.stringify({ calls: Object.fromEntries(started) }));
    });
  }
  const count = counts.get(syscall) ?? { succeeded: 0, refused: 0, failed: {} };
  counts.set(syscall, count);
  if (outcome.thrown !== undefined) count.refused++;
  else if (outcome.code === undefined) count.succeeded++;
  else count.failed[outcome.code] = (count.failed[outcome.code] ?? 0) + 1;
}

let output: number | undefined;

function write(line: string): void {
  if (output === undefined) {
    const file = settings?.file;
    output = file === undefined ? 2 : openSync(file, 'a');
    if (file !== undefined) process.once('exit', () => closeSync(output!));
  }
  // Synchronous, so that the last call before a crash is on record.
  writeSync(output, `${line}\n`);
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

function showBytes(memory: Uint8Array, length = memory.byteLength): string {
  const used = Math.min(length, memory.byteLength);
  const text = Buffer.from(memory.buffer, memory.byteOffset, Math.min(used, SHOWN_BYTES)).toString(
    'latin1',
  );
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
    if (value instanceof Uint8Array) {
      if (target?.kind === 'integer' && target !== char && target !== wchar) {
        if (value.byteLength === target.sizeOf(hostArch))
          return `[${showPlain(target.get(value, 0))}]`;
      }
      return showBytes(value);
    }
    if (typeof value === 'number') return value === 0 ? 'NULL' : `0x${value.toString(16)}`;
  }
  if (typeof value === 'function') return value.name || 'a function';
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

/** How a call ended. */
interface Outcome {
  readonly result?: unknown;
  /** The error code of a call that failed. */
  readonly code?: number;
  /** What was thrown in place of a result: an argument was refused, or a callback threw. */
  readonly thrown?: unknown;
}

/** One line for a finished call. */
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
    return decoder(syscall, name, value, all) ?? showValue(type, value);
  });
  const thread = threadId === 0 ? '' : `[thread ${threadId}] `;
  write(
    `${thread}${syscall}(${shown.join(', ')}) ${showOutcome(outcome)} <${Number(nanoseconds) / 1000} µs>`,
  );
}

function showOutcome(outcome: Outcome): string {
  if (outcome.thrown !== undefined) return `refused: ${String(outcome.thrown)}`;
  const result = outcome.result === undefined ? '' : ` ${showPlain(outcome.result)}`;
  if (outcome.code === undefined) return `=${result}`;
  return `=${result} ${errorName(outcome.code) ?? 'error'} (${outcome.code})`;
}
