/** The three flavours of every function: the C mirror, `orThrow`, and `async`. */
import { WinsockError } from '../errors/errors.ts';
import { codeSpaceOf } from '../errors/names.ts';
import type { AnyFunction } from '../types/ctype.ts';
import type { Call, Definition, Func } from './definition.ts';

/**
 * A call that throws a WinsockError where it fails.
 *
 * @param call the C mirror
 * @param definition what the error names, how the call says that it failed, and whose code it then gives
 * @param codeOf the code of the call that has just failed
 */
export function throwing<F extends AnyFunction>(
  call: F,
  definition: Omit<Definition, 'signature'>,
  codeOf: (result: unknown, args: readonly unknown[]) => number,
): F {
  const { failure, name } = definition;
  const orThrow = (...args: never[]) => {
    const result = call(...args);
    if (!failure.fails(result)) return result;
    const code = codeOf(result, args);
    if (failure.pending.includes(code)) return result;
    throw new WinsockError(code, name, { space: codeSpaceOf(definition) });
  };
  // It takes what `call` takes and gives what `call` gives.
  return orThrow as F;
}

/** The flavours of one function. What `async` throws is a rejection. */
export interface Flavours {
  readonly mirror: Call;
  readonly orThrow: Call;
  readonly async: (...args: unknown[]) => Promise<unknown>;
}

/**
 * Puts the flavours of a function together, under its C name.
 *
 * @param definition what is known of it, or a function that is asked for that
 */
export function inFlavours(
  name: string,
  definition: Definition | (() => Definition),
  { mirror, orThrow, async: begin }: Flavours,
): Func<Call> {
  const rejecting = (...args: unknown[]) => {
    try {
      return begin(...args);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  Object.defineProperty(mirror, 'name', { value: name });
  // Each way costs an import time for every function: what is known already is a plain member.
  if (typeof definition !== 'function') {
    return Object.assign(mirror, { definition, orThrow, async: rejecting });
  }
  const known = { get: definition, enumerable: true, configurable: true };
  Object.defineProperty(mirror, 'definition', known);
  // `definition` has been put on it above.
  return Object.assign(mirror as Call & { definition: Definition }, { orThrow, async: rejecting });
}

/**
 * A function that hands each call on to another, which the arguments decide.
 *
 * @param resolve whose function it is; throws where there is none
 * @param mirror the C mirror, where it is more than a call of what `resolve` gives
 */
export function handedOn(
  name: string,
  definition: Definition | (() => Definition),
  resolve: (args: readonly unknown[]) => Func<Call>,
  mirror: Call = (...args) => resolve(args)(...args),
): Func<Call> {
  return inFlavours(name, definition, {
    mirror,
    orThrow: (...args) => resolve(args).orThrow(...args),
    async: (...args) => resolve(args).async(...args),
  });
}
