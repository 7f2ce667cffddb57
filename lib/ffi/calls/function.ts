import { WinsockError } from '../errors/errors.ts';
import { type Failure, NeverFails } from '../errors/failure.ts';
import { bytesOf, isMemory, refuseUnstable } from '../memory/memory.ts';
import { bindNative, bindSystem, type NativeFunction } from '../native/native.ts';
import { isTraced, traceCall } from '../trace/trace.ts';
import type { CType } from '../types/ctype.ts';
import { int32 } from '../types/scalars.ts';
import { GetLastError } from '../windows.g.ts';
import { assemble, type Call, type CallParts } from './assemble.ts';
import { type BoundCheck, boundCheckFor, directBoundOf } from './bounds.ts';
import { abiOf, converterFor, type Parameter, type Transient } from './parameters.ts';
import { abiOfResult, converterOfResult } from './results.ts';
import { errorOf } from './thrown.ts';

/** The result type, then the parameters. */
export type Signature = readonly [CType<never> | CType<unknown>, ...Parameter[]];

/** What is known of a function without binding it. */
export interface Definition {
  readonly dll: string;
  readonly name: string;
  readonly failure: Failure;
  readonly signature: () => Signature;
}

/**
 * A function of Windows. Called directly it is its C mirror. `orThrow` throws a WinsockError where
 * the C function would report failure. `async` runs on another thread and rejects likewise.
 */
export type Func<F extends (...args: never[]) => unknown> = F & {
  /** The same call; failure is thrown as a WinsockError. */
  readonly orThrow: F;
  /** The same call on another thread, for functions that block. Failure rejects with a WinsockError. */
  readonly async: (...args: Parameters<F>) => Promise<ReturnType<F>>;
  readonly definition: Definition;
};

interface Bound extends CallParts {
  readonly native: NativeFunction;
  /** Callbacks registered for the call that is being prepared. */
  readonly transients: Transient[];
}

let lastError: NativeFunction | undefined;

/** The calling thread's last error: koffi keeps it from call to call, whatever the run time does between. */
function readLastError(): number {
  lastError ??= bindSystem(GetLastError);
  return lastError() as number;
}

function prepareBound(definition: Definition, resolveNative: () => NativeFunction): Bound {
  const { name } = definition;
  const [, ...parameters] = definition.signature() as [CType<unknown>, ...Parameter[]];
  const transients: Transient[] = [];
  const checks = parameters
    .map((_, index) => boundCheckFor(parameters, index, name))
    .filter((check) => check !== undefined);
  const directBounds = parameters
    .map((_, index) => directBoundOf(parameters, index, name))
    .filter((bound) => bound !== undefined);
  return {
    native: resolveNative(),
    parameters,
    transients,
    directBounds,
    hasIndirectBounds: checks.length > directBounds.length,
    verify: combine(checks),
    convert: parameters.map((parameter) => converterFor(parameter, name, transients)),
    finish: converterOfResult(definition.signature()[0] as CType<unknown>),
  };
}

/** One function for all checks of a call, so that calls without any pay for none. */
function combine(checks: readonly BoundCheck[]): BoundCheck | undefined {
  const [first, second] = checks;
  if (!second) return first;
  return (converted) => {
    for (const check of checks) check(converted);
  };
}

/** Ends the life of callbacks, from an index on, and gives what they threw. */
function closeAll(transients: Transient[], from = 0): unknown[] {
  return transients.splice(from).flatMap((transient) => {
    transient.close();
    return transient.errors ?? [];
  });
}

/** The arguments of a call on another thread, and the callbacks that end with it. */
function prepareAsync(
  { parameters, convert, verify, transients }: Bound,
  args: readonly unknown[],
  syscall: string,
) {
  const before = transients.length;
  try {
    const converted = convert.map((one, index) => one(args[index]));
    verify?.(converted);
    for (const [index, item] of converted.entries()) {
      if (!(item instanceof Uint8Array)) continue;
      refuseUnstable(item, `${syscall}: ${parameters[index]!.name}`);
      // Small typed arrays may lie on the JavaScript heap; this moves their bytes out of it for good.
      void item.buffer;
    }
    return { converted, callbacks: transients.splice(before) };
  } catch (error) {
    closeAll(transients, before);
    throw error;
  }
}

/**
 * Callbacks given as plain functions are native code's only while the call lasts.
 *
 * Named parameters, as many as the longest function has, here and below: Bun's engine copies a rest
 * parameter.
 */
function releasingCallbacks(call: Call, transients: Transient[]): Call {
  return (a, b, c, d, e, f, g, h, i, j, k, l, m, n) => {
    // A callback may call the same function: what was there before is the outer call's.
    const before = transients.length;
    let result: unknown;
    try {
      result = call(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    } catch (error) {
      throw errorOf([error, ...closeAll(transients, before)]);
    }
    if (transients.length === before) return result;
    const errors = closeAll(transients, before);
    if (errors.length > 0) throw errorOf(errors);
    return result;
  };
}

function failureCode(
  failure: Failure,
  parameters: readonly Parameter[],
  result: unknown,
  args: readonly unknown[],
): number {
  const { code, translate } = failure;
  let number: number;
  if (code === 'lastError') number = readLastError();
  else if (code === 'result') number = result as number;
  else {
    const index = parameters.findIndex((parameter) => parameter.name === code.parameter);
    const memory = args[index];
    number = isMemory(memory) ? int32.get(bytesOf(memory), 0) : readLastError();
  }
  return translate ? translate(number) : number;
}

/** koffi takes 256 calls at a time; they wait for the few threads of the pool anyway. */
const MOST_ASYNC_CALLS = 128;
let runningAsyncCalls = 0;
const waitingAsyncCalls: (() => void)[] = [];

function startAsync(start: () => void): void {
  if (runningAsyncCalls >= MOST_ASYNC_CALLS) {
    waitingAsyncCalls.push(start);
    return;
  }
  runningAsyncCalls++;
  start();
}

function endAsync(): void {
  const next = waitingAsyncCalls.shift();
  if (next) next();
  else runningAsyncCalls--;
}

function callAsync(
  definition: Definition,
  bound: Bound,
  args: readonly unknown[],
): Promise<unknown> {
  const { failure, name } = definition;
  return new Promise((resolve, reject) => {
    const { converted, callbacks } = prepareAsync(bound, args, name);
    const started = isTraced(name) ? process.hrtime.bigint() : undefined;
    const finished = (error: unknown, raw: unknown) => {
      endAsync();
      // `converted` is named here so that the memory lives until the call is over.
      const errors = closeAll(callbacks);
      if (error || errors.length > 0) {
        reject(error || errorOf(errors));
        return;
      }
      const result = bound.finish ? bound.finish(raw) : raw;
      // Only inside this callback does the thread show the error of the call that ran elsewhere.
      const code = failure.fails(result)
        ? failureCode(failure, bound.parameters, result, converted)
        : undefined;
      if (started !== undefined) {
        const outcome = { result, ...(code === undefined ? {} : { code }) };
        traceCall(name, bound.parameters, args, outcome, process.hrtime.bigint() - started);
      }
      if (code !== undefined && !failure.pending.includes(code))
        reject(new WinsockError(code, name));
      else resolve(result);
    };
    startAsync(() => {
      try {
        bound.native.async(...converted, finished);
      } catch (error) {
        finished(error, undefined);
      }
    });
  });
}

/** A function that writes a line of the trace for each of its calls. */
export function traced(call: Call, definition: Definition, parameters: readonly Parameter[]): Call {
  const { failure, name } = definition;
  return (...args) => {
    const started = process.hrtime.bigint();
    try {
      const result = call(...args);
      const duration = process.hrtime.bigint() - started;
      const code = failure.fails(result)
        ? failureCode(failure, parameters, result, args)
        : undefined;
      const outcome = { result, ...(code === undefined ? {} : { code }) };
      traceCall(name, parameters, args, outcome, duration);
      return result;
    } catch (thrown) {
      traceCall(name, parameters, args, { thrown }, process.hrtime.bigint() - started);
      throw thrown;
    }
  };
}

function build(definition: Definition, resolveNative: () => NativeFunction): Func<Call> {
  const { failure, name } = definition;
  let bound: Bound | undefined;
  const bind = () => {
    bound ??= prepareBound(definition, resolveNative);
    return bound;
  };
  // Replaced by the real call at the first one, which binds the function.
  let call: Call = (...args) => {
    const ready = bind();
    const takesCallbacks = ready.parameters.some(({ type }) => type.kind === 'callback');
    call = assemble(ready);
    if (takesCallbacks) call = releasingCallbacks(call, ready.transients);
    if (isTraced(name)) call = traced(call, definition, ready.parameters);
    return call(...args);
  };
  const mirror: Call = (a, b, c, d, e, f, g, h, i, j, k, l, m, n) =>
    call(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  Object.defineProperty(mirror, 'name', { value: name });
  return Object.assign(mirror, {
    definition,
    orThrow: (...args: unknown[]) => {
      const result = call(...args);
      if (!failure.fails(result)) return result;
      const code = failureCode(failure, bind().parameters, result, args);
      if (failure.pending.includes(code)) return result;
      throw new WinsockError(code, name);
    },
    async: (...args: unknown[]) => {
      try {
        return callAsync(definition, bind(), args);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  }) as unknown as Func<Call>;
}

/**
 * Defines a function of a DLL. Nothing is loaded until it is called.
 *
 * @param dll the name without its extension
 * @param name the exported name
 * @param failure how it says that it failed
 * @param signature the result type, then the parameters; asked at the first call
 */
export function func<F extends (...args: never[]) => unknown>(
  dll: string,
  name: string,
  failure: Failure,
  signature: () => Signature,
): Func<F> {
  const definition: Definition = { dll, name, failure, signature };
  return build(definition, () => {
    const [result, ...parameters] = signature() as [CType<unknown>, ...Parameter[]];
    return bindNative(
      dll,
      name,
      abiOfResult(result),
      parameters.map(({ type }) => abiOf(type)),
    );
  }) as unknown as Func<F>;
}

/** A function that is reached through a pointer. */
export function funcAt(
  name: string,
  signature: () => Signature,
  resolveNative: () => NativeFunction,
  failure: Failure = NeverFails,
): Func<Call> {
  return build({ dll: '', name, failure, signature }, resolveNative);
}
