/** What WINSOCK_FAULTS asks for. */
import { readFileSync } from 'node:fs';
import type { FailureData } from '../../../ffi/errors/failure.ts';
import { errorCode, errorName } from '../../../ffi/errors/names.ts';
import { MEANINGS } from '../calls/meaning.ts';
import { patternOf } from '../settings.ts';
import { canShorten } from './shorten.ts';

/** What happens to a call. */
export type Effect =
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'hold' };

/** When it happens: always, by chance, or from one call of the functions to another, counted from 1. */
export type When =
  | { readonly kind: 'always' }
  | { readonly kind: 'chance'; readonly chance: number }
  | { readonly kind: 'calls'; readonly from: number; readonly to: number };

export interface Rule {
  readonly pattern: RegExp;
  readonly effect: Effect;
  readonly when: When;
  /** The effect as it was asked for, for the mark in a trace. */
  readonly text: string;
}

export interface Plan {
  readonly rules: readonly Rule[];
  /** Undefined where none is given. */
  readonly seed: number | undefined;
}

const GRAMMAR =
  'FUNCTION:WHAT or FUNCTION:WHAT@WHEN, where WHAT is an error, delay=200ms, short=BYTES or hold, and WHEN ' +
  'is a call, as 3, calls, as 10-12 or 10-, or a chance, as 3%';

function effectOf(text: string): Effect {
  if (text === 'hold') return { kind: 'hold' };
  const [name = '', value] = text.split('=', 2);
  if (name === 'delay') {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(value ?? '') ?? [];
    if (amount === undefined) throw new TypeError(`${text}: a delay is delay=200ms or delay=1.5s`);
    return { kind: 'delay', milliseconds: Number(amount) * (unit === 's' ? 1000 : 1) };
  }
  if (name === 'short') {
    if (!/^[1-9]\d*$/.test(value ?? '')) throw new TypeError(`${text}: short=BYTES, from 1 on`);
    return { kind: 'short', bytes: Number(value) };
  }
  const code = /^[1-9]\d*$/.test(text) ? Number(text) : errorCode(text);
  if (code === undefined || value !== undefined) {
    throw new TypeError(`there is no error ${text}; a fault is ${GRAMMAR}`);
  }
  return { kind: 'error', code };
}

function whenOf(text: string | undefined): When {
  if (text === undefined) return { kind: 'always' };
  const [, chance] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (chance !== undefined && Number(chance) <= 100) {
    return { kind: 'chance', chance: Number(chance) / 100 };
  }
  const [, first, dash, last] = /^([1-9]\d*)(-)?([1-9]\d*)?$/.exec(text) ?? [];
  const from = Number(first);
  const to = last ? Number(last) : dash ? Number.POSITIVE_INFINITY : from;
  if (first === undefined || to < from || (last && !dash)) {
    throw new TypeError(
      `@${text}: when is a call, as @3, calls, as @10-12 or @10-, or a chance, as @3%`,
    );
  }
  return { kind: 'calls', from, to };
}

interface Item {
  readonly name: string;
  readonly kind: string;
  readonly failure?: FailureData;
}

let failures: Map<string, FailureData['convention']> | undefined;

/** How the functions of the package say that they failed, by their names. */
function conventions(): Map<string, FailureData['convention']> {
  if (!failures) {
    const text = readFileSync(new URL('./api.json', import.meta.url), 'utf8');
    const headers = Object.values(JSON.parse(text) as Record<string, readonly Item[] | string>);
    const items = headers.flatMap((items) => (typeof items === 'string' ? [] : items));
    failures = new Map(
      items
        .filter(({ kind }) => kind === 'function')
        .map(({ name, failure }) => [name, failure?.convention ?? 'NeverFails']),
    );
  }
  return failures;
}

/** Refuses what a function cannot do. Of functions that are named by a pattern nothing is known. */
function checkFunction(name: string, effect: Effect): void {
  if (name.includes('*')) return;
  const isRio = /^RIO[A-Z]\w+$/.test(name);
  const convention = isRio ? 'IsFalse' : conventions().get(name);
  if (convention === undefined && !Object.hasOwn(MEANINGS, name)) {
    throw new TypeError(`there is no function ${name}`);
  }
  if (effect.kind === 'error' && convention === 'NeverFails') {
    throw new TypeError(`${name} cannot fail`);
  }
  if (effect.kind === 'hold' && !MEANINGS[name]?.overlapped) {
    throw new TypeError(`${name} has no OVERLAPPED: nothing of it can be held back`);
  }
  if (effect.kind === 'short' && !canShorten(name)) {
    throw new TypeError(`${name} carries no data that could be cut short`);
  }
}

function ruleOf(item: string): Rule {
  const [, name = '', what, when] = /^([\w*]+)\s*:\s*([^@]+?)\s*(?:@\s*(.*))?$/.exec(item) ?? [];
  if (what === undefined) throw new TypeError(`${JSON.stringify(item)} is no fault: ${GRAMMAR}`);
  const effect = effectOf(what);
  checkFunction(name, effect);
  const text = effect.kind === 'error' ? (errorName(effect.code) ?? what) : what;
  return { pattern: patternOf(name), effect, when: whenOf(when), text };
}

/**
 * Reads a list of faults, separated by semicolons.
 *
 * @returns undefined where no faults are asked for
 * @throws TypeError for what makes no sense
 */
export function parseFaults(setting: string | undefined): Plan | undefined {
  if (!setting || setting === '0') return undefined;
  const rules: Rule[] = [];
  let seed: number | undefined;
  try {
    for (const item of setting.split(';').map((one) => one.trim())) {
      const [, number] = /^seed=(.*)$/.exec(item) ?? [];
      if (number !== undefined) {
        if (!/^\d+$/.test(number)) throw new TypeError(`${item}: a seed is a whole number`);
        seed = Number(number);
      } else if (item !== '') rules.push(ruleOf(item));
    }
  } catch (error) {
    throw new TypeError(`WINSOCK_FAULTS: ${(error as Error).message}`);
  }
  return rules.length === 0 ? undefined : { rules, seed };
}
