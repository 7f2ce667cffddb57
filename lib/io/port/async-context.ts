/**
 * Which asynchronous context (`AsyncLocalStorage`) a program's code is called in. Without this it
 * would be that of whoever happened to let the port look for packets: somebody else's request.
 */
import { AsyncResource } from 'node:async_hooks';

/** That in which the package was loaded, which is no request's. */
const nobody = new AsyncResource('winsock.CompletionPort');

/** Calls a function in nobody's context. */
export function asNobody(call: () => void): void {
  nobody.runInAsyncScope(call);
}

/** A callback that is always called in the context of now. */
export function inThisContext<Args extends unknown[]>(
  callback: (...args: Args) => void,
): (...args: Args) => void {
  const resource = new AsyncResource('winsock.callback');
  return (...args) => resource.runInAsyncScope(callback, undefined, ...args);
}
