/**
 * Throws from the event loop, where nobody can catch: an uncaught exception. For errors that nobody
 * waits for, and for those of callbacks that must not keep others from being called.
 */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
