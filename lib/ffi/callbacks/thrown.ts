import type { RegisteredFunction } from '../types/ctype.ts';

/**
 * What JavaScript functions threw while native code was calling them.
 *
 * An exception must not go back through native code: koffi would skip every later callback of the
 * same native call, so completions would be lost. It is kept here and thrown where the native call
 * returns to JavaScript. Where none is running, as with a function that another thread called, it
 * is thrown from the event loop, as an uncaught exception.
 */
export const thrown: { errors: unknown[] | undefined } = { errors: undefined };

/** Keeps an error for the end of the native call. */
export function keepError(error: unknown): void {
  if (thrown.errors) thrown.errors.push(error);
  else thrown.errors = [error];
  process.nextTick(throwKept);
}

function throwKept(): void {
  if (thrown.errors) throwErrors(thrown.errors);
}

/** Throws what was kept: the error, or all of them in one where several callbacks threw. */
export function throwErrors(errors: unknown[]): never {
  thrown.errors = undefined;
  throw errorOf(errors);
}

/** One error for what callbacks threw. */
export function errorOf(errors: readonly unknown[]): unknown {
  return errors.length === 1
    ? errors[0]
    : new AggregateError(errors, `${errors.length} callbacks threw`);
}

/** Runs a callback apart from what earlier callbacks of the same native call threw. */
export function apart<T>(run: () => T): T {
  const earlier = thrown.errors;
  if (!earlier) return run();
  thrown.errors = undefined;
  try {
    return run();
  } finally {
    thrown.errors = earlier.concat(thrown.errors ?? []);
  }
}

/** Ends the life of callbacks, from an index on, and gives what they threw. */
export function closeAll(callbacks: RegisteredFunction[], from = 0): unknown[] {
  return callbacks.splice(from).flatMap((callback) => {
    callback.close();
    return callback.errors ?? [];
  });
}
