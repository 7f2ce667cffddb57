/** Calls as text: arguments by their types, flags by name, addresses and data as people read them. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { pollfd, WSANETWORKEVENTS } from '../../../../defs/winsock2.g.ts';
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { type CodeSpace, errorName } from '../../../ffi/errors/names.ts';
import { byteLengthOf, isUint8Array } from '../../../ffi/memory/intrinsics.ts';
import { addressOf, isMemory } from '../../../ffi/memory/memory.ts';
import { traceDecoder } from '../../../ffi/trace/decoder.ts';
import type { Outcome } from '../../../ffi/trace/outcome.ts';
import { hostArch } from '../../../ffi/types/arch.ts';
import type { AnyCType } from '../../../ffi/types/ctype.ts';
import { describe } from '../../../ffi/types/describe.ts';
import { Struct, sizeof } from '../../../ffi/types/record.ts';
import { Ref } from '../../../ffi/types/ref.ts';
import { char, wchar } from '../../../ffi/types/scalars.ts';
import { contentsOf, lengthOf, memoryOf, uint32At } from '../calls/arguments.ts';
import { isSocketParameter, MEANINGS } from '../calls/meaning.ts';
import { socketsOfSet } from '../calls/snapshot.ts';
import type { Moved, SeenCall } from '../seen.ts';

/** What is used of the names of the headers, which are large and loaded at the first use. */
interface Names {
  traceText(
    syscall: string,
    parameter: string,
    value: unknown,
    all: Readonly<Record<string, unknown>>,
  ): string | undefined;
  flagsOf(prefix: string, value: number): string;
}

let names: Names | undefined;

function headerNames(): Names {
  names ??= createRequire(import.meta.url)('./names.js') as Names;
  return names;
}

/** How many bytes of data a line shows. */
export const SHOWN_BYTES = 24;

/** Bytes as a string of C's, what is not printable in hexadecimal. */
function quoted(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes).toString('latin1')).replace(
    /\\u00([0-9a-f]{2})|[\x7f-\xff]/g,
    (found, hex: string | undefined) => `\\x${hex ?? found.charCodeAt(0).toString(16)}`,
  );
}

/**
 * Data as a line shows it.
 *
 * @param bytes the first of them, as many as there are to be seen
 */
export function dataText(length: number, bytes: Uint8Array): string {
  const shown = Math.min(bytes.length, SHOWN_BYTES, length);
  if (shown === 0) return `${length} bytes`;
  return `${length} bytes ${quoted(bytes.subarray(0, shown))}${length > shown ? '…' : ''}`;
}

/** Data that has passed a socket; what a decoder hides is not in it. */
export function movedText({ length, bytes, hidden }: Moved): string {
  return hidden === undefined ? dataText(length, bytes) : `${length} bytes ${hidden}`;
}

export function showPlain(value: unknown): string {
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

function hexadecimal(address: number): string {
  return address === 0 ? 'NULL' : `0x${address.toString(16)}`;
}

function showValue(type: AnyCType, value: unknown, payload: number): string {
  if (value === null) return 'NULL';
  if (value instanceof Ref) return `[${showPlain(value.value)}]`;
  if (value instanceof Struct) return showPlain(value);
  if (type.kind === 'pointer') {
    const { target } = type;
    if (isUint8Array(value)) {
      if (target?.kind === 'integer' && target !== char && target !== wchar) {
        if (byteLengthOf(value) === target.sizeOf(hostArch)) {
          return `[${showPlain(target.get(value, 0))}]`;
        }
      }
      return dataText(byteLengthOf(value), value.subarray(0, payload));
    }
    if (typeof value === 'number') return showAddress(target, value);
  }
  if (typeof value === 'function') return describe(value);
  return showPlain(value);
}

/** What a plain address points to, where that is a number. */
function showAddress(target: AnyCType | undefined, address: number): string {
  const isNumber = target?.kind === 'integer' && target !== char && target !== wchar;
  if (address === 0 || !isNumber) return hexadecimal(address);
  const memory = memoryOf(address, target.sizeOf(hostArch));
  return memory ? `[${showPlain(target.get(memory, 0))}]` : hexadecimal(address);
}

/**
 * What a value or a decoder of the program's own makes of itself. A call that has been made is not to
 * fail because its trace does.
 */
export function attempt<Text extends string | undefined>(show: () => Text): Text | string {
  try {
    return show();
  } catch (error) {
    return `(cannot be shown: ${describe(error)})`;
  }
}

/** A sockaddr at a plain address, as long as its family says. */
function sockaddrAt(address: number): Uint8Array | undefined {
  const family = memoryOf(address, 2);
  if (!family) return undefined;
  const LENGTHS: Readonly<Record<number, number>> = { 1: 110, 2: 16, 23: 28 };
  return memoryOf(address, LENGTHS[family[0]! + family[1]! * 256] ?? 16);
}

/** The elements of the array that WSAPoll was given. */
function pollText({ args, nameOf }: SeenCall): string | undefined {
  const size = sizeof(pollfd);
  const count = Math.min(args.number('nfds'), 64);
  const memory = memoryOf(args.of('fdarray'), count * size);
  if (!memory) return undefined;
  const { flagsOf } = headerNames();
  const shown = Array.from({ length: count }, (_, index) => {
    const one = new pollfd(memory.buffer, memory.byteOffset + index * size);
    const flags = (value: number) => flagsOf('POLL', value & 0xffff);
    return `${nameOf(one.fd)} ${flags(one.events)} → ${flags(one.revents)}`;
  });
  return `[${shown.join(', ')}]`;
}

/** The events that WSAEnumNetworkEvents has told of, and what has failed of them. */
function networkEventsText({ args }: SeenCall): string | undefined {
  const memory = memoryOf(args.of('lpNetworkEvents'), sizeof(WSANETWORKEVENTS));
  if (!memory) return undefined;
  const events = new WSANETWORKEVENTS(memory.buffer, memory.byteOffset);
  const { flagsOf } = headerNames();
  const flags = flagsOf('FD_', events.lNetworkEvents);
  const errors = [...events.iErrorCode].flatMap((code, bit) =>
    code === 0 ? [] : [`${flagsOf('FD_', 1 << bit)}: ${errorText(code)}`],
  );
  return errors.length > 0 ? `${flags} (${errors.join(', ')})` : flags;
}

/** What some functions write over, and how it is shown. */
const OUTPUTS: Readonly<Record<string, (call: SeenCall) => string | undefined>> = {
  fdarray: pollText,
  lpNetworkEvents: networkEventsText,
};

/** The data of a call; of one that is to receive only how much room there is. */
function payloadText(call: SeenCall, payload: number): string | undefined {
  const { name, args, moved, began } = call;
  if (moved) return movedText(moved);
  const transfer = MEANINGS[name]?.transfer;
  if (!transfer) return undefined;
  const parts = transfer.parts(args);
  const length = lengthOf(parts);
  const isSent = transfer.direction === 'out';
  if (!isSent) return began || length > 0 ? `[${length} bytes]` : undefined;
  return dataText(length, contentsOf(parts, Math.min(length, payload, SHOWN_BYTES)));
}

function argumentText(call: SeenCall, index: number, payload: number): string {
  const { name, values, args, began, before, nameOf } = call;
  const parameter: Parameter = call.parameters[index]!;
  const value = values[index];
  const { type, systemOwned } = parameter;
  // What a call has freed must not be read any more.
  if (systemOwned && isMemory(value)) return hexadecimal(addressOf(value));
  const decode = traceDecoder();
  const all = args.all();
  const own = decode && attempt(() => decode(name, parameter.name, value, all));
  if (typeof own === 'string') return own;
  const was = before.get(parameter.name);
  if (was !== undefined) return was;
  if (isSocketParameter(parameter) && typeof value === 'number') {
    return attempt(() => nameOf(value));
  }
  if (parameter.name === MEANINGS[name]?.overlapped && value) {
    return began
      ? `#${began.number}`
      : hexadecimal(isMemory(value) ? addressOf(value) : Number(value));
  }
  // Of a call that was refused nothing says how much memory there is.
  const isMade = call.outcome.thrown === undefined;
  if (isMade && parameter.name === MEANINGS[name]?.transfer?.payload && value) {
    const shown = attempt(() => payloadText(call, payload));
    if (shown !== undefined) return shown;
  }
  const output = isMade && OUTPUTS[parameter.name]?.(call);
  if (output) return output;
  const isName = type.kind === 'pointer' && type.target?.name === 'sockaddr';
  const shown = isMade && isName && typeof value === 'number' ? sockaddrAt(value) : value;
  const decoded = attempt(() => headerNames().traceText(name, parameter.name, shown, all));
  return typeof decoded === 'string' ? decoded : attempt(() => showValue(type, value, payload));
}

/** The arguments of a call as text, in their order. */
export function argumentTexts(call: SeenCall, payload: number): string[] {
  return call.parameters.map((_, index) => argumentText(call, index, payload));
}

export function errorText(code: number, space?: CodeSpace): string {
  return `${errorName(code, space) ?? 'error'} (${code})`;
}

const SETS = { readfds: 'readable', writefds: 'writable', exceptfds: 'exceptional' };

/** Which sockets `select` has found ready. */
function readyText({ name, args, outcome, nameOf }: SeenCall): string {
  if (name !== 'select' || outcome.code !== undefined || outcome.thrown !== undefined) return '';
  const shown = Object.entries(SETS).flatMap(([set, what]) => {
    const value = args.of(set);
    const sockets = value && (uint32At(value) ?? 0) > 0 ? socketsOfSet(value) : [];
    return sockets.length > 0 ? [`${what} [${sockets.map(nameOf).join(' ')}]`] : [];
  });
  return shown.length > 0 ? ` (${shown.join(', ')})` : '';
}

/** A result and an error. */
export function outcomeText(call: SeenCall): string {
  const { outcome, made }: { outcome: Outcome; made: SeenCall['made'] } = call;
  if (outcome.thrown !== undefined) return `refused: ${attempt(() => String(outcome.thrown))}`;
  const result =
    outcome.result === undefined
      ? ''
      : ` ${made ? made.text : attempt(() => showPlain(outcome.result))}`;
  const ready = attempt(() => readyText(call));
  if (outcome.code === undefined) return `=${result}${ready}`;
  return `=${result} ${errorText(outcome.code, call.space)}`;
}
