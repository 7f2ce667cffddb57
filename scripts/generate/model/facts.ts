// Joins the IR with the overlays: what the headers do not say about functions.
//
// Rules give the usual answer, entries of overlays/ the exceptions. An entry that names something
// that is not there is an error, so that the data cannot rot.

import type { FailureData } from '../../../lib/ffi/errors/failure.ts';
import {
  DLLS,
  ERRNO_PARAMETER,
  EXPORTED_NAMES,
  FAILURE_BY_RESULT,
  FAILURES,
  NOT_EXPORTED,
  SPACE_BY_MODULE,
} from '../overlays/functions.ts';
import { KERNEL_FUNCTIONS } from '../overlays/kernel.ts';
import { PARAMS } from '../overlays/params.ts';
import { REQUIRED } from '../overlays/required.ts';
import { MODULES } from '../read/unit.ts';
import { unconst } from './ctype.ts';
import { isIndirect, lengthsOf, readEntry } from './entries.ts';
import type { CType, Ir, IrFunction, IrParam, ParamFacts } from './ir.ts';
import { ofVariants, words } from './lists.ts';
import type { Names } from './resolve.ts';

/** The overlays about functions, as this stage takes them. */
export interface Overlays {
  /** By function and parameter: the words of model/entries.ts. */
  params: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By function: the parameters that must not be NULL. */
  required: Readonly<Record<string, string>>;
  failures: readonly { functions: string; failure: FailureData }[];
  dlls: readonly { dll: string; functions: string }[];
  notExported: readonly { functions: string; reason: string }[];
  exportedNames: Readonly<Record<string, string>>;
}

const OVERLAYS: Overlays = {
  params: PARAMS,
  required: REQUIRED,
  failures: FAILURES,
  dlls: [
    ...DLLS,
    ...Object.entries(KERNEL_FUNCTIONS).map(([dll, functions]) => ({ dll, functions })),
  ],
  notExported: NOT_EXPORTED,
  exportedNames: EXPORTED_NAMES,
};

/**
 * Says of every published function and function type what the overlays and the rules know.
 *
 * @returns the names in the overlays that nothing in the IR has
 */
export function addFacts(ir: Ir, names: Names, overlays: Overlays = OVERLAYS): string[] {
  const joined = new Facts(names, overlays);
  for (const item of ir.items) {
    if (item.module === '') continue;
    if (item.kind === 'function') joined.addToFunction(item);
    const fn = item.kind === 'typedef' ? names.callbackOf(item) : undefined;
    // Another name of the type has the same parameters, and what they are was said of the first.
    if (fn && item.kind === 'typedef' && names.spellsOut(item)) {
      joined.addToCallback(item.name, fn.params);
    }
  }
  return joined.unused();
}

const CALLED = /^(?:LPFN_|LPWSP|LPWPU|LPWSC|LPNSP(?:V2)?)(\w+)$/;

/** Whether programs call functions of this type, rather than being called by them. */
export function isCalled(name: string): boolean {
  return CALLED.test(name);
}

function byFunction<T extends { functions: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.flatMap((entry) => words(entry.functions).map((name) => [name, entry])));
}

class Facts {
  readonly #names: Names;
  readonly #overlays: Overlays;
  readonly #dlls: Map<string, { dll: string }>;
  readonly #failures: Map<string, { failure: FailureData }>;
  readonly #leftOut: Map<string, { reason: string }>;
  /** The functions of which something is said, by their names in lower case. */
  readonly #spellings = new Map<string, string>();
  readonly #used = new Set<string>();

  constructor(names: Names, overlays: Overlays) {
    this.#names = names;
    this.#overlays = overlays;
    this.#dlls = byFunction(overlays.dlls);
    this.#failures = byFunction(overlays.failures);
    this.#leftOut = byFunction(overlays.notExported);
    for (const name of [...Object.keys(overlays.params), ...Object.keys(overlays.required)]) {
      for (const one of [name, `${name}A`, `${name}W`]) {
        this.#spellings.set(one.toLowerCase(), one);
      }
    }
  }

  addToFunction(fn: IrFunction): void {
    const { name, module, params } = fn;
    const dll = this.#take(this.#dlls, name)?.dll;
    fn.dll = dll ?? MODULES.find((one) => one.name === module)?.dll ?? '';
    fn.failure = this.#failureOf(fn);
    const exported = this.#overlays.exportedNames[name];
    if (exported) fn.exported = exported;
    const reason = this.#take(this.#leftOut, name)?.reason;
    if (reason) fn.leftOut = reason;
    this.#set(params, this.#paramFacts(name, params), this.#requiredOf(name));
  }

  /**
   * Types of functions that programs call through a pointer have the facts of the function itself:
   * LPFN_ACCEPTEX those of AcceptEx, LPWSPRECV those of WSARecv. Other callbacks are called with
   * memory of the caller, so only their own entries matter.
   */
  addToCallback(name: string, params: IrParam[]): void {
    const called = CALLED.exec(name)?.[1]?.toLowerCase();
    if (!called) {
      const own = this.#entryOf(name);
      const facts = this.#paramFacts(name, params).map((one, index) => {
        if (own[params[index]?.name ?? ''] !== undefined) return one;
        return one.string ? { string: true } : {};
      });
      this.#set(params, facts, this.#requiredOf(name));
      return;
    }
    // Providers know Unicode only, so theirs is the function that ends in W.
    const spellings = name.startsWith('LPFN_')
      ? [called]
      : [`wsa${called}`, `wsa${called}w`, `wsc${called}`, called];
    const [twin = ''] = spellings.flatMap((one) => this.#spellings.get(one) ?? []);
    const required = new Set([...this.#requiredOf(name), ...this.#requiredOf(twin)]);
    // A provider's function says its error through this, and has no other way.
    if (params.some((param) => param.name === ERRNO_PARAMETER)) required.add(ERRNO_PARAMETER);
    this.#set(params, this.#paramFacts(name, params, this.#entryOf(twin)), required);
  }

  /** The names that some overlay has and nothing asked for. */
  unused(): string[] {
    const { params, required, exportedNames } = this.#overlays;
    const all = [
      ...Object.keys(params),
      ...Object.keys(required),
      ...this.#dlls.keys(),
      ...this.#failures.keys(),
      ...this.#leftOut.keys(),
      ...Object.keys(exportedNames),
    ];
    const isUsed = (name: string) =>
      [name, `${name}A`, `${name}W`].some((one) => this.#used.has(one));
    return [...new Set(all)].filter((name) => !isUsed(name));
  }

  #take<T>(entries: ReadonlyMap<string, T>, name: string): T | undefined {
    this.#used.add(name);
    return entries.get(name);
  }

  #entryOf(name: string): Readonly<Record<string, string>> {
    this.#used.add(name);
    return ofVariants(this.#overlays.params, name) ?? {};
  }

  #requiredOf(name: string): Set<string> {
    return new Set(words(ofVariants(this.#overlays.required, name) ?? ''));
  }

  #set(params: IrParam[], facts: ParamFacts[], required: ReadonlySet<string>): void {
    for (const [index, param] of params.entries()) {
      param.facts = { ...facts[index] };
      if (required.has(param.name)) param.facts.required = true;
    }
  }

  #failureOf(fn: IrFunction): FailureData {
    const failure = this.#conventionOf(fn);
    const space = SPACE_BY_MODULE[fn.module];
    return space && failure.convention !== 'NeverFails' ? { ...failure, space } : failure;
  }

  #conventionOf(fn: IrFunction): FailureData {
    const own = this.#take(this.#failures, fn.name)?.failure;
    if (own) return own;
    const rules = { ...FAILURE_BY_RESULT['*'], ...FAILURE_BY_RESULT[fn.module] };
    const found = resultNames(fn.ret, this.#names)
      .map((name) => rules[name])
      .find(Boolean);
    const convention = found ?? 'NeverFails';
    if (!fn.params.some((param) => param.name === ERRNO_PARAMETER)) return { convention };
    return { convention, codeIn: ERRNO_PARAMETER };
  }

  #paramFacts(
    name: string,
    params: IrParam[],
    twin: Readonly<Record<string, string>> = {},
  ): ParamFacts[] {
    const entry = this.#entryOf(name);
    // `Settings.Version` is a field of the record that a parameter points to.
    const has = (other: string) => params.some(({ name }) => name === other.split('.')[0]);
    const said = params.map((param) => {
      const own = entry[param.name];
      const facts = readEntry(own ?? twin[param.name], `${name}.${param.name}`);
      const absent = lengthsOf(facts.bound).find((other) => !has(other));
      if (absent === undefined) return facts;
      if (own !== undefined) {
        throw new Error(
          `overlays/params: ${name}.${param.name}: there is no parameter '${absent}'`,
        );
      }
      // What is said of a function holds for its pointer type as far as the parameters are the same.
      return {};
    });
    const stray = Object.keys(entry).find((key) => !has(key));
    if (stray !== undefined) {
      throw new Error(`overlays/params: ${name} has no parameter '${stray}'`);
    }
    const facts = params.map((_, index) => ({
      ...byRule(params, index, this.#names),
      ...said[index],
    }));
    // A variable that says how much memory there is, is updated by the call to what it has used.
    for (const { bound } of facts) {
      if (!bound || !isIndirect(bound)) continue;
      const index = params.findIndex((param) => lengthsOf(bound).includes(param.name));
      const variable = facts[index];
      if (variable && !said[index]?.direction) variable.direction = 'inout';
    }
    return facts;
  }
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
    if (nextType?.k === 'scalar') {
      return { direction: 'in', bound: { kind: 'bytes', parameter: next.name } };
    }
    if (nextType?.k === 'ptr') {
      return { direction: 'out', bound: { kind: 'bytesAt', parameter: next.name } };
    }
  }
  if (isCharacter(pointee) && type.isConst) return { direction: 'in', string: true };
  return { direction: type.isConst ? 'in' : 'out' };
}

export function isCharacter(type: ReturnType<Names['resolve']> | undefined): boolean {
  return type?.k === 'scalar' && (type.base === 'char' || type.base === 'wchar');
}
