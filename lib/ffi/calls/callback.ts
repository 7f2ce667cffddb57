import type { Failure } from '../errors/failure.ts';
import { checkAddress, memoryAt } from '../memory/memory.ts';
import { bindPointer, koffi, prototypeOf } from '../native/native.ts';
import type { AnyFunction, CType, Pointer } from '../types/ctype.ts';
import { describe } from '../types/ctype.ts';
import { storePointer } from '../types/pointer.ts';
import type { Struct, StructType } from '../types/record.ts';
import { intptr } from '../types/scalars.ts';
import type { Func, Signature } from './function.ts';
import { funcAt } from './function.ts';
import { abiOf, type Parameter } from './parameters.ts';
import { abiOfResult, fromNative, toNative } from './results.ts';
import { apart, keepError } from './thrown.ts';

/** A JavaScript function that native code can call until it is closed. */
export class Callback<F extends AnyFunction = AnyFunction> {
  readonly type: CallbackType<F>;
  /** The address of the function for native code. 0 once closed. */
  address: Pointer<F>;
  /**
   * Of a function that serves one call only: what it threw. It is not called again after that, and
   * the call throws it.
   */
  errors: unknown[] | undefined;

  constructor(type: CallbackType<F>, address: Pointer<F>) {
    this.type = type;
    this.address = address;
  }

  /**
   * Takes the function away from native code. Native code that still calls it then crashes the
   * process, as in C: close it only when the system is done with it.
   */
  close(): void {
    if (this.address === 0) return;
    koffi().unregister(BigInt(this.address));
    this.address = 0 as Pointer<F>;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A pointer to a function, as a type. */
export interface CallbackType<F extends AnyFunction> extends CType<Pointer<F>> {
  readonly kind: 'callback';
  readonly signature: () => Signature;
  /**
   * Makes a JavaScript function callable by native code, until `close()`. Called from a thread of
   * the system, it runs on the JavaScript thread, which must not be blocked meanwhile by a call that
   * waits for it. It does not keep the process alive.
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
  /** The address that an argument or a field value stands for. */
  pointerOf(value: unknown, where: string): Pointer<F>;
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
  let called: unknown;
  const type: CallbackType<F> = {
    kind: 'callback',
    name,
    signature,
    holdsPointer: true,
    sizeOf: intptr.sizeOf,
    alignOf: intptr.alignOf,
    get: (memory, offset) => intptr.get(memory, offset) as Pointer<F>,
    set(memory, offset, value, where) {
      storePointer(memory, offset, type.pointerOf(value, where), where);
    },
    register(target) {
      if (typeof target !== 'function') {
        throw new TypeError(`${name}.register: expected a function, got ${describe(target)}`);
      }
      const [result, ...parameters] = signature() as [CType<unknown>, ...Parameter[]];
      const call = target as unknown as (...args: unknown[]) => unknown;
      const registered = new Callback<F>(type, 0 as Pointer<F>);
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
      const types = parameters.map(({ type }) => abiForCallback(type));
      called ??= library.pointer(prototypeOf(name, abiOf(result), types) as never);
      registered.address = Number(library.register(entry, called as never)) as Pointer<F>;
      return registered;
    },
    at(address, functionName = name, failure) {
      checkAddress(address, `${name}.at`);
      if (address === 0) throw new TypeError(`${name}.at: the address is NULL`);
      return funcAt(
        functionName,
        signature,
        () => {
          const [result, ...parameters] = signature() as [CType<unknown>, ...Parameter[]];
          const types = parameters.map(({ type }) => abiOf(type));
          return bindPointer(address, name, abiOfResult(result), types);
        },
        failure,
      ) as never;
    },
    pointerOf(value, where) {
      if (value instanceof Callback) {
        if (value.address === 0) throw new TypeError(`${where}: the ${name} has been closed`);
        return value.address as Pointer<F>;
      }
      if (value === null || value === undefined) return 0 as Pointer<F>;
      if (typeof value === 'function') {
        throw new TypeError(`${where}: register the function first: ${name}.register(function)`);
      }
      return checkAddress(value, where) as Pointer<F>;
    },
  };
  return type;
}

/** An argument as the function of JavaScript gets it. */
function argumentOf(type: CType<unknown>, raw: unknown): unknown {
  return type.kind === 'record'
    ? recordByValue(type as StructType<Struct>, raw)
    : fromNative(type, raw);
}

/** A small record arrives as an integer, a larger one in memory that ends with the call. */
function recordByValue(type: StructType<Struct>, raw: unknown): Struct {
  const record = new type();
  if (record.byteLength > 8) {
    record.set(memoryAt(Number(raw) as Pointer, record.byteLength));
  } else {
    let bits = BigInt(raw as number);
    for (let i = 0; i < record.byteLength; i++, bits >>= 8n) record[i] = Number(bits & 0xffn);
  }
  return record;
}

/** Addresses arrive as integers: what is at them is read when it is asked for. */
function abiForCallback(type: CType<unknown>): string {
  const abi = abiOf(type);
  return abi === 'void *' ? abiOf(intptr as CType<unknown>) : abi;
}
