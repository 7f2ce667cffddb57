import { koffi } from '../native/koffi.ts';
import type { AnyFunction, FunctionPointerType, Pointer, RegisteredFunction } from './ctype.ts';

/** How many of each type are registered on this thread, by the type's name. */
const registered = new Map<string, number>();

function changeCount(name: string, by: number): void {
  registered.set(name, (registered.get(name) ?? 0) + by);
}

/** Whether native code can call JavaScript by a type of callback, on this thread. */
export function isRegistered(name: string): boolean {
  return (registered.get(name) ?? 0) > 0;
}

/** A JavaScript function that native code can call until it is closed. */
export class Callback<F extends AnyFunction = AnyFunction> implements RegisteredFunction {
  readonly type: FunctionPointerType<Pointer<F>>;
  #address: Pointer<F>;
  /**
   * Of a function that serves one call only: what it threw. It is not called again after that, and
   * the call throws it.
   */
  errors: unknown[] | undefined;

  constructor(type: FunctionPointerType<Pointer<F>>, address: Pointer<F>) {
    this.type = type;
    this.#address = address;
    changeCount(type.name, 1);
  }

  /** The address of the function for native code. 0 once closed. */
  get address(): Pointer<F> {
    return this.#address;
  }

  /** The address of a value that is one, 0 once closed; undefined for any other, whatever it says of itself. */
  static addressOf(value: unknown): Pointer | undefined {
    return typeof value === 'object' && value !== null && #address in value
      ? value.#address
      : undefined;
  }

  /**
   * Takes the function away from native code. Native code that still calls it then crashes the
   * process, as in C: close it only when the system is done with it.
   */
  close(): void {
    if (this.#address === 0) return;
    koffi().unregister(BigInt(this.#address));
    this.#address = 0 as Pointer<F>;
    changeCount(this.type.name, -1);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
