import { koffi } from '../native/native.ts';
import type { AnyFunction, FunctionPointerType, Pointer, RegisteredFunction } from './ctype.ts';

/** A JavaScript function that native code can call until it is closed. */
export class Callback<F extends AnyFunction = AnyFunction> implements RegisteredFunction {
  readonly type: FunctionPointerType<Pointer<F>>;
  /** The address of the function for native code. 0 once closed. */
  address: Pointer<F>;
  /**
   * Of a function that serves one call only: what it threw. It is not called again after that, and
   * the call throws it.
   */
  errors: unknown[] | undefined;

  constructor(type: FunctionPointerType<Pointer<F>>, address: Pointer<F>) {
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
