import { errorName } from '../ffi/errors/errors.ts';
import { type Failure, NeverFails } from '../ffi/errors/failure.ts';
import type { Item, ParameterData } from './data.ts';

/** The kinds of names that are called, in words. */
export const KINDS: Record<string, string> = {
  function: 'function',
  callback: 'function pointer type',
  macro: 'macro',
  inline: 'inline function',
};

/** What a function returns when it failed. */
const FAILURES: Record<string, string> = {
  SocketError: 'SOCKET_ERROR (-1)',
  InvalidSocket: 'INVALID_SOCKET (-1)',
  InvalidHandle: 'INVALID_HANDLE_VALUE (-1)',
  IsFalse: 'FALSE (0)',
  IsNull: 'NULL',
  InvalidEvent: 'WSA_INVALID_EVENT (NULL)',
  WaitFailed: 'WAIT_FAILED (0xffffffff)',
  InetNone: 'INADDR_NONE (0xffffffff)',
};

function codeText(code: string): string {
  const name = errorName(Number(code));
  return name ? `${name} (${code})` : code;
}

/** How a function of a DLL says that it failed, and where its error code is. */
export function failureText(failure: string, dll: string): string {
  const waiting = /^pending\((.*?)((?:, \d+)+)\)$/.exec(failure);
  if (waiting) {
    const codes = (waiting[2] ?? '').slice(2).split(', ').map(codeText);
    return `${failureText(waiting[1] ?? '', dll)};\n${codes.join(', ')} means that it goes on`;
  }
  const out = /^ErrnoOut\('(\w+)', (\w+)\)$/.exec(failure);
  if (out) return `returns ${FAILURES[out[2] ?? ''] ?? out[2]}; ${out[1]} gets the code`;
  if (failure === 'ReturnsCode') return 'returns the error code; 0 is success';
  if (failure === 'ReturnsNtStatus') return 'returns an NTSTATUS; below zero is failure';
  if (failure === 'NeverFails') return 'never, or it does not say so';
  const last = /^(ws2_32|mswsock)$/.test(dll) ? 'WSAGetLastError()' : 'GetLastError()';
  return `returns ${FAILURES[failure] ?? failure}; ${last} has the code`;
}

/** The same of a function that is reached by a pointer, which no header says it of. */
export function failureOf(value: unknown): string | undefined {
  const failure = (value as { readonly definition?: { readonly failure?: Failure } }).definition
    ?.failure;
  if (!failure) return undefined;
  if (failure === NeverFails) return failureText('NeverFails', '');
  if (failure.code === 'result') return failureText('ReturnsCode', '');
  const pending = failure.pending.map((code) => codeText(String(code))).join(', ');
  const known = Object.values(FAILURES).find((text) => text.replace(/ \(.*/, '') === failure.name);
  const fails = `returns ${known ?? failure.name}; WSAGetLastError() has the code`;
  return pending ? `${fails};\n${pending} means that it goes on` : fails;
}

const C_NAMES: Record<string, string> = {
  int8: 'signed char',
  uint8: 'unsigned char',
  int16: 'short',
  uint16: 'unsigned short',
  int32: 'int',
  uint32: 'unsigned int',
  WINBOOL: 'BOOL',
};

function cType(type: string): string {
  return type
    .replace(/\b(u?int(8|16|32)|WINBOOL)\b/g, (name) => C_NAMES[name] ?? name)
    .replace(/\* (?=\*)/g, '*');
}

function declare(type: string, name: string): string {
  const text = cType(type);
  return text.endsWith('*') ? `${text}${name}` : `${text} ${name}`;
}

/** The declaration in C. */
export function signature({ kind, name, result = '', params = [] }: Item): string {
  const written = params.map((one) =>
    typeof one === 'string' ? one : declare(one.type, one.name),
  );
  if (kind === 'macro' || kind === 'inline') return `${name}(${written.join(', ')})`;
  const called = kind === 'callback' ? `(CALLBACK *${name})` : name;
  const head = declare(result, called);
  const line = `${head}(${written.join(', ') || 'void'});`;
  return line.length <= 90 ? line : `${head}(\n  ${written.join(',\n  ')}\n);`;
}

const BOUNDS: Record<string, (other: string) => string> = {
  bytes: (other) => `${other} bytes`,
  bytesAt: (other) => `as many bytes as ${other} says`,
  bytesSum: (other) => `as many bytes as ${other.split(':').join(', ')} together`,
  bytesBy: (other) => `as many bytes as ${other.replace(/:.*/, '')} takes`,
  count: (other) => `${other} elements`,
  countAt: (other) => `as many elements as ${other} says`,
  minBytes: (other) => `at least ${other} bytes`,
  opaque: () => 'memory of any kind',
};

/** What a length counts, and whose it is. */
const UNITS: Record<string, string> = {
  bytes: 'bytes',
  bytesAt: 'bytes',
  bytesSum: 'bytes',
  count: 'elements',
  countAt: 'elements',
};

const DIRECTIONS = { in: 'in', out: 'out', inout: 'in and out' };

/** Whether a parameter is read, written or both; a value is read. */
export function directionText({ direction = 'in' }: ParameterData): string {
  return DIRECTIONS[direction];
}

/** How much memory a parameter needs; of a number, the memory whose length it is. */
export function parameterText(
  parameter: ParameterData,
  all: readonly ParameterData[] = [],
): string {
  const { name, direction, required, bound = '', string, kept } = parameter;
  const [kind = '', other = ''] = bound.split(' ');
  const measured = all.flatMap((one) => {
    const [unit = '', lengths = ''] = (one.bound ?? '').split(' ');
    const own = one.name !== name && lengths.split(':').includes(name);
    return own && UNITS[unit] ? [`${UNITS[unit]} of ${one.name}`] : [];
  });
  const facts = [
    ...measured,
    direction && !required && !string ? 'may be null' : undefined,
    string ? 'text' : undefined,
    BOUNDS[kind]?.(other),
    kept ? 'used after the call' : undefined,
  ];
  return facts.filter(Boolean).join(', ');
}

/** A type of a function pointer: how it is written in TypeScript, and how a native one is called. */
export function formsOf(type: string): { written: string; called: string } {
  const [, written = type, called = type] = /^\((.*)\) & Called<(.*)>$/.exec(type) ?? [];
  return { written, called };
}

/** A long signature of TypeScript, with a line for each parameter. */
export function broken(signature: string): string {
  if (signature.length <= 80 || signature.includes('\n')) return signature;
  const list = parameterList(signature);
  if (!list) return signature;
  const { from, commas, to } = list;
  const starts = [from, ...commas.map((comma) => comma + 1)];
  const lines = starts.map((start, index) => signature.slice(start, commas[index] ?? to).trim());
  return `${signature.slice(0, from)}\n  ${lines.join(',\n  ')},\n${signature.slice(to)}`;
}

/** Where the first list of parameters begins and ends that has any, and the commas between them. */
function parameterList(
  signature: string,
): { from: number; commas: number[]; to: number } | undefined {
  let from = 0;
  const commas: number[] = [];
  const open: string[] = [];
  for (const [at, char] of [...signature].entries()) {
    // The arrow of a function type ends no list of types.
    if (char === '>' && signature[at - 1] === '=') continue;
    if ('([{<'.includes(char)) {
      open.push(char);
      if (!from && open.length === 1 && char === '(') from = at + 1;
    } else if (')]}>'.includes(char)) {
      open.pop();
      if (from && open.length === 0) return at > from ? { from, commas, to: at } : undefined;
    } else if (char === ',' && from && open.length === 1) commas.push(at);
  }
  return undefined;
}
