import {
  CONVENTIONS,
  codesOf,
  ErrnoOut,
  type Failure,
  type FailureData,
  NeverFails,
  pending,
} from '../ffi/errors/failure.ts';
import { type CodeSpace, codeSpaceOf, errorCode, errorName } from '../ffi/errors/names.ts';
import type { Item } from './data.ts';

/** The kinds of names that are called, in words. */
export const KINDS: Record<string, string> = {
  function: 'function',
  callback: 'function pointer type',
  macro: 'macro',
  inline: 'inline function',
};

function codeText(code: number, space: CodeSpace): string {
  const name = errorName(code, space);
  return name ? `${name} (${code})` : `${code}`;
}

/** A way to fail that is known as data, as a definition has it. */
export function failureFrom({
  convention,
  pending: codes = [],
  codeIn,
  space,
}: FailureData): Failure {
  const plain = CONVENTIONS[convention];
  const known = space ? codesOf(space, plain) : plain;
  const written = codeIn === undefined ? known : ErrnoOut(codeIn, known);
  const numbers = codes.map((code) => errorCode(code)).filter((code) => code !== undefined);
  return numbers.length === 0 ? written : pending(written, ...numbers);
}

/** What a failed call returns: `SOCKET_ERROR (-1)`. */
function resultText({ name, value }: Failure): string {
  if (value === undefined) return name;
  return `${name} (${value > 0xffff ? `0x${value.toString(16)}` : value})`;
}

/** How a function of a DLL says that it failed, and where its error code is. */
export function failureText(failure: Failure, dll: string): string {
  const fails = failsText(failure, dll);
  if (failure.pending.length === 0) return fails;
  const space = codeSpaceOf({ dll, failure });
  const codes = failure.pending.map((code) => codeText(code, space));
  return `${fails};\n${codes.join(', ')} means that it goes on`;
}

function failsText(failure: Failure, dll: string): string {
  const { code, translate } = failure;
  if (typeof code === 'object')
    return `returns ${resultText(failure)}; ${code.parameter} gets the code`;
  if (code === 'result') {
    if (failure === NeverFails) return 'never, or it does not say so';
    if (translate) return 'returns an NTSTATUS; below zero is failure';
    return 'returns the error code; 0 is success';
  }
  const last = codeSpaceOf({ dll, failure }) === 'winsock' ? 'WSAGetLastError()' : 'GetLastError()';
  return `returns ${resultText(failure)}; ${last} has the code`;
}

/** How a function of this package that is reached by a pointer says that it failed. */
export function failureOf(value: unknown): string | undefined {
  const { definition } = value as { readonly definition?: { readonly failure?: Failure } };
  return definition?.failure && failureText(definition.failure, '');
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

/** The places in a declaration of the first list of parameters: its beginning, its commas, its end. */
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
