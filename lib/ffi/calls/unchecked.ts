import type { CallbackType } from '../callbacks/callback.ts';
import { type Failure, NeverFails } from '../errors/failure.ts';
import { ANY_TYPE, markUnseen } from '../memory/freed.ts';
import type { NativeFunction } from '../native/kernel32.ts';
import { bindNative, bindPointer } from '../native/native.ts';
import { observer } from '../trace/observer.ts';
import { type AnyFunction, type Pointer, targetOf } from '../types/ctype.ts';
import { abiOf, abiOfAddresses, abiOfResult } from './abi.ts';
import type { Call, Definition, Func } from './definition.ts';

/** As many as there are, of any type. */
type RawArguments<P extends unknown[]> = { [Index in keyof P]: unknown };

/** A result as native code gives it: an address is a number, and so is a small 64-bit integer. */
type RawResult<R> = R extends number | undefined ? R : R extends bigint ? number | bigint : number;

/** A foreign function as it is: with as many arguments as it has in C, which nothing looks at. */
export type Unchecked<F extends AnyFunction> = ((
  ...args: RawArguments<Parameters<F>>
) => RawResult<ReturnType<F>>) &
  Pick<NativeFunction, 'async'>;

/** How pointers are given: as memory (typed arrays, records, null), or as plain numbers. */
export type PointerForm = 'memory' | 'addresses';

/** What binds a function of a DLL: plain data, which may go to another thread. */
export interface Binding {
  readonly dll: string;
  readonly name: string;
  /** koffi's names of the types. */
  readonly result: string;
  readonly parameters: readonly string[];
}

/** What binds a function without its checks. */
export function bindingOf(definition: Definition, pointers: PointerForm): Binding {
  const { dll, name, signature } = definition;
  const [result, ...parameters] = signature();
  const abi = pointers === 'addresses' ? abiOfAddresses : abiOf;
  const types = parameters.map(({ type }) => abi(type));
  if (result.kind === 'pointer' && !result.target) markUnseen(ANY_TYPE);
  for (const { type, direction } of parameters) {
    const given = direction === 'in' ? undefined : targetOf(type);
    if (given?.kind === 'pointer') markUnseen(given.target?.name ?? ANY_TYPE);
  }
  return { dll, name, result: abiOfResult(result), parameters: types };
}

/** Binds a function without its checks and without the trace: for calls that are not the program's own. */
export function bindUnchecked<F extends AnyFunction>(
  { definition }: Func<F>,
  pointers: PointerForm,
): Unchecked<F> {
  const { dll, name, result, parameters } = bindingOf(definition, pointers);
  if (dll === '') throw new TypeError(`unchecked: ${name} is reached through a pointer, not a DLL`);
  // F says what goes in and out of a function of this definition, here and below.
  return bindNative(dll, name, result, parameters) as unknown as Unchecked<F>;
}

/**
 * The foreign function itself, without any of the checks: for a hot loop, at the caller's risk.
 *
 * Arguments go to native code as they are. A wrong address, a length beyond the memory, memory that
 * has been collected: each crashes the process or corrupts it, as in C. Results are raw as well: an
 * address is a number. Where WINSOCK_TRACE names the function its calls are traced, but for `async`.
 *
 * @param target a function of this package
 * @param pointers how pointers are given: as `'memory'` (typed arrays, records, null) or, cheapest,
 *   as `'addresses'` (plain numbers, as `addressOf` gives them)
 * @throws TypeError for a function that is reached through a pointer: it belongs to a provider
 */
export function unchecked<F extends AnyFunction>(
  target: Func<F>,
  pointers: PointerForm = 'memory',
): Unchecked<F> {
  return tracedWhereAsked(target.definition, bindUnchecked(target, pointers));
}

/**
 * The native function at an address, without any of the checks and with plain numbers for pointers.
 *
 * @param type what it is
 * @param address where it is
 * @param name what it is called in the trace
 * @param failure how it says that it failed, for the trace
 */
export function uncheckedAt<F extends AnyFunction>(
  { signature }: CallbackType<F>,
  address: Pointer<F>,
  name: string,
  failure: Failure = NeverFails,
): Unchecked<F> {
  const definition = { dll: '', name, failure, signature };
  const { result, parameters } = bindingOf(definition, 'addresses');
  const native = bindPointer(address, name, result, parameters);
  // The signature says what it takes, and F is written from the same declaration.
  return tracedWhereAsked(definition, native as unknown as Unchecked<F>);
}

function tracedWhereAsked<F extends AnyFunction>(
  definition: Definition,
  native: Unchecked<F>,
): Unchecked<F> {
  const seen = observer();
  if (!seen) return native;
  const [, ...parameters] = definition.signature();
  // A native function is called as any other.
  const call = seen.watch(native as Call, definition, parameters);
  if (call === native) return native;
  // What was put around it takes what it has taken.
  return Object.assign(call, { async: native.async }) as unknown as Unchecked<F>;
}
