/** Injects faults into calls: errors, delays, short counts, completions that are held back. */
import { randomInt } from 'node:crypto';
import { isMainThread, threadId } from 'node:worker_threads';
import { WSA_IO_PENDING } from '../../../../defs/winsock2.g.ts';
import type { Call, Definition } from '../../../ffi/calls/definition.ts';
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { lastError, setLastError } from '../../../ffi/native/last-error.ts';
import type { AsyncObservation } from '../../../ffi/trace/observer.ts';
import type { Outcome } from '../../../ffi/trace/outcome.ts';
import { OVERLAPPED_LAYOUT as OVERLAPPED } from '../../../ffi/windows.g.ts';
import { Arguments, memoryOf, viewOf } from '../calls/arguments.ts';
import { MEANINGS } from '../calls/meaning.ts';
import { overlappedAt } from '../calls/operations.ts';
import { say } from '../output/file.ts';
import { HeldBack } from './hold.ts';
import { type Effect, type Plan, parseFaults, type Rule } from './plan.ts';
import { canShorten, shortened } from './shorten.ts';

/** A rule, and how often its functions have been called. */
interface Counted {
  readonly rule: Rule;
  calls: number;
}

const sleeping = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(sleeping, 0, 0, milliseconds);
}

/** Chances that a seed repeats, from 0 to 1 (Mulberry32). */
function chancesOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** An error of the system within an NTSTATUS, which is translated back to it. */
const NTSTATUS_OF_ERROR = 0xc0070000;

/** What a function returns that has failed, and its code where a program looks for it. */
function failedBy(
  { failure, signature }: Definition,
  parameters: readonly Parameter[],
  args: readonly unknown[],
  code: number,
): Outcome {
  if (failure.code === 'result') {
    return { result: failure.translate ? NTSTATUS_OF_ERROR | code | 0 : code, code };
  }
  if (failure.code === 'lastError') setLastError(code);
  else {
    const { parameter } = failure.code;
    const value = new Arguments(parameters, args).of(parameter);
    const memory = memoryOf(value, 4);
    if (memory) viewOf(memory).setInt32(0, code, true);
  }
  if (failure.value !== undefined) return { result: failure.value, code };
  const [type] = signature();
  const isObject = type.kind === 'string' || (type.kind === 'pointer' && type.target !== undefined);
  return { result: isObject ? null : 0, code };
}

export class Faults {
  readonly #rules: readonly Counted[];
  readonly #chance: () => number;
  readonly #held: HeldBack | undefined;
  #injected: string | undefined;
  #hasSaid = false;

  constructor({ rules, seed }: Plan) {
    this.#rules = rules.map((rule) => ({ rule, calls: 0 }));
    const isByChance = rules.some(({ when }) => when.kind === 'chance');
    const used = seed ?? randomInt(2 ** 31);
    if (isByChance && seed === undefined && isMainThread) say(`faults by chance: seed=${used}`);
    this.#chance = chancesOf(used + threadId);
    const mayHold = rules.some(({ effect }) => effect.kind === 'hold' || effect.kind === 'delay');
    this.#held = mayHold ? new HeldBack() : undefined;
  }

  /** The function with faults in its calls; the same where none are asked for. */
  watch(call: Call, definition: Definition, parameters: readonly Parameter[]): Call {
    const { name } = definition;
    const rules = this.#rulesOf(name);
    const made =
      this.#held && HeldBack.FUNCTIONS.includes(name)
        ? this.#held.watch(name, call, parameters)
        : call;
    if (rules.length === 0) return made;
    return (...args) => {
      const rule = this.#next(rules);
      if (!rule) return made(...args);
      this.#injected = rule.text;
      return this.#inject(rule, made, definition, parameters, args);
    };
  }

  /** What happens to a call on another thread; undefined for nothing. */
  begin(
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): (Omit<AsyncObservation, 'finished'> & { readonly injected: string }) | undefined {
    const { name } = definition;
    const rule = this.#next(this.#rulesOf(name));
    if (!rule) return undefined;
    const { effect, text } = rule;
    const injected = { injected: text };
    if (effect.kind === 'error') {
      return {
        ...injected,
        instead: { outcome: failedBy(definition, parameters, args, effect.code) },
      };
    }
    if (effect.kind === 'delay') return { ...injected, instead: { wait: effect.milliseconds } };
    if (effect.kind !== 'short') return undefined;
    return {
      ...injected,
      adjust: (converted) => shortened(name, parameters, converted, effect.bytes).args,
    };
  }

  /** Looks at the packets that another thread has taken from a port. */
  madeElsewhere(parameters: readonly Parameter[], args: readonly unknown[]): void {
    this.#held?.takeOut(new Arguments(parameters, args));
  }

  /** What was injected into the call that has just returned. */
  takeInjected(): string | undefined {
    const injected = this.#injected;
    this.#injected = undefined;
    return injected;
  }

  /** What was done to the operation of an OVERLAPPED that has just ended. */
  takeMark(overlapped: number): string | undefined {
    return this.#held?.takeMark(overlapped);
  }

  #rulesOf(name: string): readonly Counted[] {
    return this.#rules.filter(({ rule }) => rule.pattern.test(name));
  }

  /** Counts a call, and gives the first rule that is for it. */
  #next(rules: readonly Counted[]): Rule | undefined {
    let found: Rule | undefined;
    for (const counted of rules) {
      counted.calls++;
      const { when } = counted.rule;
      const isFor =
        when.kind === 'chance'
          ? this.#chance() < when.chance
          : when.kind === 'always' || (counted.calls >= when.from && counted.calls <= when.to);
      if (isFor) found ??= counted.rule;
    }
    return found;
  }

  #inject(
    { effect, text }: Rule,
    call: Call,
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): unknown {
    const { name } = definition;
    if (effect.kind === 'error') return failedBy(definition, parameters, args, effect.code).result;
    if (effect.kind === 'short') {
      if (!canShorten(name)) {
        this.#injected = undefined;
        return call(...args);
      }
      const short = shortened(name, parameters, args, effect.bytes);
      try {
        return call(...short.args);
      } finally {
        short.restore();
      }
    }
    const overlapped = MEANINGS[name]?.overlapped;
    const value = overlapped ? new Arguments(parameters, args).of(overlapped) : undefined;
    if (value) return this.#holdBack(effect, text, call, definition, parameters, args, value);
    if (effect.kind === 'delay') sleep(effect.milliseconds);
    else this.#cannotHold(`${name} without an OVERLAPPED`);
    return call(...args);
  }

  #cannotHold(what: string): void {
    this.#injected = undefined;
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    say(`WINSOCK_FAULTS: ${what} goes to no completion port, and cannot be held back`);
  }

  /** Begins an operation whose end the program hears of late, or not before it is cancelled. */
  #holdBack(
    effect: Effect,
    text: string,
    call: Call,
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
    value: unknown,
  ): unknown {
    const { name, failure } = definition;
    const { socket } = MEANINGS[name]!;
    const handle = new Arguments(parameters, args).number(socket);
    const association = this.#held?.of(handle);
    const milliseconds = effect.kind === 'delay' ? effect.milliseconds : Number.POSITIVE_INFINITY;
    if (!association) {
      if (effect.kind === 'delay') sleep(effect.milliseconds);
      else this.#cannotHold(`${name} on ${handle}`);
      return call(...args);
    }
    const overlapped = overlappedAt(value);
    // Before the call: another thread may take the packet before the call returns.
    this.#held?.hold(overlapped, handle, milliseconds, text, args, false, 0);
    const result = call(...args);
    if (!failure.fails(result)) {
      if (!association.skips) return result;
      const record = memoryOf(value, OVERLAPPED.size);
      const bytes = record ? viewOf(record).getUint32(OVERLAPPED.InternalHigh, true) : 0;
      this.#held?.hold(overlapped, handle, milliseconds, text, args, true, bytes);
      return failedBy(definition, parameters, args, WSA_IO_PENDING).result;
    }
    if (!failure.pending.includes(lastError())) this.#held?.forget(overlapped);
    return result;
  }
}

/**
 * The faults that a setting asks for; undefined for none.
 *
 * @throws TypeError for what cannot be understood
 */
export function faultsOf(setting: string | undefined): Faults | undefined {
  const plan = parseFaults(setting);
  return plan && new Faults(plan);
}
