/** What is known of a function without binding it, and what it is to those who call it. */
import type { Failure } from '../errors/failure.ts';
import type { AnyCType, AnyFunction } from '../types/ctype.ts';
import type { Parameter } from './parameter.ts';

/** The result type, then the parameters. */
export type Signature = readonly [AnyCType, ...Parameter[]];

export interface Definition {
  /** The DLL, without its extension; empty for a function that is reached through a pointer. */
  readonly dll: string;
  readonly name: string;
  readonly failure: Failure;
  readonly signature: () => Signature;
}

/**
 * A function of Windows. Called directly it is its C mirror. `orThrow` throws a WinsockError where
 * the C function would report failure. `async` runs on another thread and rejects likewise.
 */
export type Func<F extends AnyFunction> = F & {
  /** Calls the function, and throws a WinsockError where it fails. */
  readonly orThrow: F;
  /** Calls the function on another thread, because it blocks; rejects with a WinsockError where it fails. */
  readonly async: (...args: Parameters<F>) => Promise<ReturnType<F>>;
  readonly definition: Definition;
};

/** A call whose types its definition knows. */
export type Call = (...args: unknown[]) => unknown;
