import type * as Koffi from 'koffi';
import { abiOf, abiOfAddresses, abiOfResult } from '../calls/abi.ts';
import type { Func, Signature } from '../calls/definition.ts';
import { funcAt } from '../calls/function.ts';
import { fromNative, toNative } from '../calls/results.ts';
import type { Failure } from '../errors/failure.ts';
import { checkAddress } from '../memory/address.ts';
import { markAllocated } from '../memory/freed.ts';
import { memoryAt } from '../memory/views.ts';
import { koffi } from '../native/koffi.ts';
import { whileNothingEnds } from '../native/loading.ts';
import { bindPointer, prototypeOf } from '../native/native.ts';
import { hostArch } from '../types/arch.ts';
import { Callback } from '../types/callback.ts';
import type {
  AnyCType,
  AnyFunction,
  FunctionPointerType,
  Pointer,
  RecordType,
} from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import { storePointer } from '../types/pointer.ts';
import { intptr } from '../types/scalars.ts';
import { apart, keepError } from './thrown.ts';

/** A pointer to a function, as a type. */
export interface CallbackType<F extends AnyFunction> extends FunctionPointerType<Pointer<F>> {
  readonly signature: () => Signature;
  /**
   * Makes a JavaScript function callable by native code, until `close()`. Called from a thread of
   * the system, it runs on the JavaScript thread, which must not be blocked meanwhile by a call that
   * waits for it. It does not keep the process alive. A worker that ends or is terminated while native
   * code may still call it takes the process with it.
   */
  register(target: F): Callback<F>;
  /**
   * The native function at an address, as a function of JavaScript.
   *
   * @param address where it is
   * @param name what it is called in errors and in the trace; the type's name where left out
   * @param failure how it says that it failed; never, where left out
   */
  at(address: Pointer<F>, name?: string, failure?: Failure): Func<F>;
}

/**
 * Defines a function-pointer type.
 *
 * @param name its name in C
 * @param signature the result type, then the parameters; asked at the first use
 * @param whenThrown the result for native code where the JavaScript function throws
 */
export function callback<F extends AnyFunction>(
  name: string,
  signature: () => Signature,
  whenThrown = 0,
): CallbackType<F> {
  let called: Koffi.TypeObject | undefined;
  const type: CallbackType<F> = {
    kind: 'callback',
    name,
    signature,
    holdsPointer: true,
    sizeOf: intptr.sizeOf,
    alignOf: intptr.alignOf,
    // The address of a function is a number of a pointer's size.
    get: (memory, offset) => intptr.get(memory, offset) as Pointer<F>,
    set(memory, offset, value, where) {
      storePointer(memory, offset, type.pointerOf(value, where), where);
    },
    register(target) {
      if (typeof target !== 'function') {
        throw new TypeError(`${name}.register: expected a function, got ${describe(target)}`);
      }
      const [result, ...parameters] = signature();
      // F is what the signature says in TypeScript.
      const call = target as unknown as (...args: unknown[]) => unknown;
      let registered: Callback<F>;
      const run = (raw: unknown[]) => {
        try {
          if (registered.errors?.length) return toNative(result, whenThrown, name);
          const args = raw.map((value, index) => argumentOf(parameters[index]!.type, value));
          return toNative(result, call(...args), name);
        } catch (error) {
          if (registered.errors) registered.errors.push(error);
          else keepError(error);
          return toNative(result, whenThrown, name);
        }
      };
      const entry = (...raw: unknown[]) => apart(() => run(raw));
      const library = koffi();
      const types = parameters.map(({ type }) => abiOfAddresses(type));
      const address = whileNothingEnds(() => {
        called ??= library.pointer(prototypeOf(name, abiOf(result), types));
        return registerWith(library, entry, called, name) as Pointer<F>;
      });
      registered = new Callback<F>(type, address);
      return registered;
    },
    at(address, functionName = name, failure) {
      checkAddress(address, `${name}.at`, { access: 'call' });
      if (address === 0) throw new TypeError(`${name}.at: the address is NULL`);
      const resolve = () => {
        const [result, ...parameters] = signature();
        const types = parameters.map(({ type }) => abiOf(type));
        return bindPointer(address, name, abiOfResult(result), types);
      };
      // F is what the signature says in TypeScript.
      return funcAt(functionName, signature, resolve, failure) as unknown as Func<F>;
    },
    pointerOf(value, where) {
      const registered = Callback.addressOf(value);
      if (registered === 0) throw new TypeError(`${where}: the ${name} has been closed`);
      // It was registered for this type, or would not be here.
      if (registered !== undefined) return registered as Pointer<F>;
      // NULL.
      if (value === null || value === undefined) return 0 as Pointer<F>;
      if (typeof value === 'function') {
        throw new TypeError(`${where}: register the function first: ${name}.register(function)`);
      }
      // Whether the code there is of this type nobody can tell.
      return checkAddress(value, where, { access: 'call' }) as Pointer<F>;
    },
  };
  return type;
}

/** @throws RangeError where as many functions are registered as koffi has room for */
function registerWith(
  library: typeof Koffi,
  entry: (...raw: unknown[]) => unknown,
  type: Koffi.TypeObject,
  name: string,
): number {
  try {
    // koffi gives the address of what it has made.
    return Number(library.register(entry, type));
  } catch (cause) {
    if (!(cause instanceof Error) || !/^Too many callbacks/.test(cause.message)) throw cause;
    throw new RangeError(
      `${name}.register: ${cause.message}; close those that native code does not need any more`,
      { cause },
    );
  }
}

/** An argument as the function of JavaScript gets it. */
function argumentOf(type: AnyCType, raw: unknown): unknown {
  // What native code hands over may be new memory where some was freed.
  if (type.kind === 'pointer') markAllocated(Number(raw));
  return type.kind === 'record' ? recordByValue(type, raw) : fromNative(type, raw);
}

/** A small record arrives as an integer, a larger one in memory that ends with the call. */
function recordByValue(type: RecordType, raw: unknown): unknown {
  const size = type.sizeOf(hostArch);
  if (size > 8) return new type(memoryAt(Number(raw) as Pointer, size).slice().buffer, 0);
  const bytes = new DataView(new ArrayBuffer(8));
  // A result that was converted is a number of either kind.
  bytes.setBigUint64(0, BigInt.asUintN(64, BigInt(raw as number | bigint)), true);
  return new type(bytes.buffer, 0);
}
