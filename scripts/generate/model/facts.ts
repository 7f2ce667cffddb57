// Joins the IR with the overlays: what the headers do not say about functions.
//
// Rules give the usual answer, entries of overlays/ the exceptions. An entry that names something
// that is not there is an error, so that the data cannot rot.

import {
  DLLS,
  ERRNO_PARAMETER,
  FAILURE_BY_RESULT,
  FAILURES,
  NOT_EXPORTED,
} from '../overlays/functions.ts';
import { KERNEL_FUNCTIONS } from '../overlays/kernel.ts';
import { PARAMS } from '../overlays/params.ts';
import { REQUIRED } from '../overlays/required.ts';
import { MODULES } from '../read/unit.ts';
import { unconst } from './ctype.ts';
import type { CType, IrFunction, IrParam } from './ir.ts';
import type { Names } from './resolve.ts';

export type Direction = 'in' | 'out' | 'inout';

export interface ParamFacts {
  /** For pointers only. */
  direction?: Direction;
  /** As overlays/params.ts writes it: `bytes len`, `countAt lpn`, `opaque`. */
  bound?: string;
  /** The system keeps the memory after the call has returned. */
  kept?: boolean;
  /** Read as a NUL-terminated string. */
  string?: boolean;
  /** A pointer that must not be NULL. */
  required?: boolean;
  /** Memory that the function frees. */
  systemOwned?: boolean;
}

export interface FunctionFacts {
  dll: string;
  failure: string;
  params: ParamFacts[];
}

const DLL_BY_FUNCTION = new Map<string, string>();
for (const { dll, functions } of DLLS) {
  for (const name of functions.split(' ')) DLL_BY_FUNCTION.set(name, dll);
}
for (const [dll, functions] of Object.entries(KERNEL_FUNCTIONS)) {
  for (const name of functions.trim().split(/\s+/)) DLL_BY_FUNCTION.set(name, dll);
}

const FAILURE_BY_FUNCTION = new Map<string, string>();
for (const { functions, failure } of FAILURES) {
  for (const name of functions.trim().split(/\s+/)) FAILURE_BY_FUNCTION.set(name, failure);
}

/** The functions of which something is said. */
const NAME_BY_LOWER_CASE = new Map(
  [...Object.keys(PARAMS), ...Object.keys(REQUIRED)].map((name) => [name.toLowerCase(), name]),
);

/** Why a prototype has no definition; undefined for functions that a DLL exports. */
export const LEFT_OUT = new Map(
  NOT_EXPORTED.flatMap(({ functions, reason }) =>
    functions.split(' ').map((name) => [name, reason] as const),
  ),
);

export function functionFacts(fn: IrFunction, names: Names): FunctionFacts {
  const dll =
    DLL_BY_FUNCTION.get(fn.name) ?? MODULES.find((module) => module.name === fn.module)?.dll ?? '';
  return { dll, failure: failureOf(fn, names), params: paramFacts(fn.name, fn.params, names) };
}

function failureOf(fn: IrFunction, names: Names): string {
  const own = FAILURE_BY_FUNCTION.get(fn.name);
  if (own) return own;
  const rules = { ...FAILURE_BY_RESULT['*'], ...FAILURE_BY_RESULT[fn.module] };
  const found = resultNames(fn.ret, names)
    .map((name) => rules[name])
    .find(Boolean);
  const convention = found ?? 'NeverFails';
  if (!fn.params.some((param) => param.name === ERRNO_PARAMETER)) return convention;
  return `ErrnoOut('${ERRNO_PARAMETER}', ${convention})`;
}

/** The names a rule may give for a result type, most specific first. */
function resultNames(type: CType, names: Names): string[] {
  const plain = unconst(type);
  const spelled = plain.k === 'name' ? [plain.name === 'WINBOOL' ? 'BOOL' : plain.name] : [];
  const resolved = names.resolve(plain);
  if (resolved.k === 'handle') return [...spelled, 'handle'];
  if (resolved.k === 'ptr' || resolved.k === 'callback') return [...spelled, 'pointer'];
  if (resolved.k !== 'scalar') return spelled;
  return [...spelled, resolved.base === 'int32' ? 'int' : resolved.base];
}

const CALLED = /^(?:LPFN_|LPWSP|LPWPU|LPWSC|LPNSP(?:V2)?)(\w+)$/;

/** Whether programs call functions of this type, rather than being called by them. */
export function isCalled(name: string): boolean {
  return CALLED.test(name);
}

/**
 * Types of functions that programs call through a pointer have the facts of the function itself:
 * LPFN_ACCEPTEX those of AcceptEx, LPWSPRECV those of WSARecv. Other callbacks are called with
 * memory of the caller, so only their own entries matter.
 */
export function callbackFacts(name: string, params: IrParam[], names: Names): ParamFacts[] {
  const called = CALLED.exec(name)?.[1]?.toLowerCase();
  if (called) {
    // Providers know Unicode only, so theirs is the function that ends in W.
    const spellings = name.startsWith('LPFN_')
      ? [called]
      : [`wsa${called}`, `wsa${called}w`, `wsc${called}`, called];
    const [twin] = spellings.flatMap((one) => NAME_BY_LOWER_CASE.get(one) ?? []);
    const facts = paramFacts(name, params, names, PARAMS[twin ?? '']);
    const required = requiredNames(twin, names);
    return facts.map((fact, index) => {
      const param = params[index]?.name ?? '';
      return param === 'lpErrno' || required.has(param) ? { ...fact, required: true } : fact;
    });
  }
  return paramFacts(name, params, names).map((facts, index) => {
    if (PARAMS[name]?.[params[index]?.name ?? ''] !== undefined) return facts;
    return facts.string ? { string: true } : {};
  });
}

function paramFacts(
  name: string,
  params: IrParam[],
  names: Names,
  twin: Record<string, string> = {},
): ParamFacts[] {
  const entry = PARAMS[name] ?? {};
  for (const key of Object.keys(entry)) {
    if (!params.some((param) => param.name === key)) {
      throw new Error(`overlays/params.ts: ${name} has no parameter '${key}'`);
    }
  }
  const required = new Set((REQUIRED[name] ?? '').split(' '));
  return params.map((param, index) => {
    const facts = byRule(params, index, names);
    if (required.has(String(index))) facts.required = true;
    const own = entry[param.name] ?? twinEntry(twin[param.name], params);
    return own === undefined
      ? facts
      : { ...facts, ...readEntry(own, `${name}.${param.name}`, params) };
  });
}

/** The parameters of a function that must not be NULL. */
function requiredNames(fn: string | undefined, names: Names): Set<string> {
  const item = fn ? names.find(fn) : undefined;
  if (!fn || item?.kind !== 'function') return new Set();
  const positions = REQUIRED[fn]?.split(' ') ?? [];
  return new Set(positions.map((position) => item.params[Number(position)]?.name ?? ''));
}

/** What is said of a function holds for its pointer type as far as the parameters are the same. */
function twinEntry(entry: string | undefined, params: IrParam[]): string | undefined {
  const other = entry && /(?:bytes|count)(?:At)? (\w+)/.exec(entry)?.[1];
  return !other || params.some((param) => param.name === other) ? entry : undefined;
}

function readEntry(text: string, where: string, params: IrParam[]): ParamFacts {
  const facts: ParamFacts = {};
  const words = text.split(' ');
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === 'in' || word === 'out' || word === 'inout') facts.direction = word;
    else if (word === 'kept') facts.kept = true;
    else if (word === 'systemOwned') facts.systemOwned = true;
    else if (word === 'string') facts.string = true;
    else if (word === 'opaque') Object.assign(facts, { bound: 'opaque', string: false });
    else if (word === 'bytesBy') {
      facts.bound = `bytesBy ${words[++at]}`;
      facts.string = false;
    } else if (/^(?:bytes|bytesAt|bytesSum|count|countAt|minBytes)$/.test(word)) {
      const argument = words[++at] ?? '';
      const exists = argument.split(':').every((one) => params.some(({ name }) => name === one));
      if (word === 'minBytes' ? !/^\d+$/.test(argument) : !exists) {
        throw new Error(
          `overlays/params.ts: ${where}: '${word}' needs a parameter, got '${argument}'`,
        );
      }
      facts.bound = `${word} ${argument}`;
      facts.string = false;
    } else throw new Error(`overlays/params.ts: ${where}: unknown word '${word}'`);
  }
  return facts;
}

function byRule(params: IrParam[], index: number, names: Names): ParamFacts {
  const param = params[index] as IrParam;
  const type = names.resolve(param.type);
  if (type.k === 'callback' || type.k === 'fn') {
    // A completion routine runs after the call has returned.
    return /completion/i.test(param.name) ? { kept: true } : {};
  }
  if (type.k !== 'ptr') return {};
  const to = type.to;
  const pointee = to.k === 'base' && to.name === 'void' ? undefined : names.resolve(to);
  if (pointee?.k === 'record' && /^_?OVERLAPPED$/.test(pointee.item.name) && !type.isConst) {
    return { direction: 'inout', kept: true };
  }
  const next = params[index + 1];
  const nextType = next && names.resolve(next.type);
  if (pointee?.k === 'record' && pointee.item.name === 'sockaddr' && next) {
    if (nextType?.k === 'scalar') return { direction: 'in', bound: `bytes ${next.name}` };
    if (nextType?.k === 'ptr') return { direction: 'out', bound: `bytesAt ${next.name}` };
  }
  if (isCharacter(pointee) && type.isConst) return { direction: 'in', string: true };
  return { direction: type.isConst ? 'in' : 'out' };
}

export function isCharacter(type: ReturnType<Names['resolve']> | undefined): boolean {
  return type?.k === 'scalar' && (type.base === 'char' || type.base === 'wchar');
}
