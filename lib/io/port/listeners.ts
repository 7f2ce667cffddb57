/**
 * A program's listeners and callbacks: which asynchronous context (`AsyncLocalStorage`) they are
 * called in, and what becomes of their exceptions. Without this the context would be that of whoever
 * happened to let the port look for packets: somebody else's request.
 */
import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'eventemitter3';
import { describe } from '../../ffi/types/describe.ts';

/** The context in which the package was loaded, which is no request's. */
export const nobody = new AsyncResource('winsock.CompletionPort');

/** Calls a function in nobody's context. */
export function asNobody(call: () => void): void {
  nobody.runInAsyncScope(call);
}

/** A callback of a program's, which is always run in the context in which this was made. */
export class Callback<Args extends unknown[]> extends AsyncResource {
  readonly #callback: (...args: Args) => void;

  /** @throws TypeError for what cannot be called: later nobody could catch it */
  constructor(callback: (...args: Args) => void) {
    if (typeof callback !== 'function') {
      throw new TypeError(`a handler is a function, got ${describe(callback)}`);
    }
    super('winsock.callback');
    this.#callback = callback;
  }

  run(...args: Args): void {
    this.runInAsyncScope(this.#callback, undefined, ...args);
  }
}

/**
 * A `Callback` as a function, where there are few.
 *
 * @throws TypeError for what cannot be called
 */
export function inThisContext<Args extends unknown[]>(
  callback: (...args: Args) => void,
): (...args: Args) => void {
  const bound = new Callback(callback);
  return (...args) => bound.run(...args);
}

/**
 * Throws from the event loop, where nobody can catch: an uncaught exception. For errors that nobody
 * waits for, and for those of callbacks that must not keep others from being called.
 */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/**
 * Hands out what waits, one by one and first come first served, for as long as somebody wants it.
 * The exception of a taker passes on; the rest then waits for `again`.
 *
 * @param again asks for another call of this, later
 */
export function handOut<One>(
  waiting: One[],
  wanted: () => boolean,
  take: (one: One) => void,
  again: () => void,
): void {
  while (wanted() && waiting.length > 0) {
    const one = waiting.shift()!;
    let taken = false;
    try {
      take(one);
      taken = true;
    } finally {
      if (!taken) again();
    }
  }
}

/** Emits its events in one asynchronous context. */
export abstract class Emitter<
  Events extends EventEmitter.ValidEventTypes,
> extends EventEmitter<Events> {
  readonly #context: AsyncResource;

  /** @param context that of now, unless it is known to be another: to ask costs a tenth of a short connection */
  constructor(context = new AsyncResource('winsock.events')) {
    super();
    this.#context = context;
  }

  /** @throws what a listener throws */
  override emit<Event extends EventEmitter.EventNames<Events>>(
    event: Event,
    ...args: EventEmitter.EventArgs<Events, Event>
  ): boolean {
    if (this.listenerCount(event) === 0) return false;
    return this.#context.runInAsyncScope(super.emit<Event>, this, event, ...args);
  }

  /** @throws TypeError for a listener that is no function */
  override on<Event extends EventEmitter.EventNames<Events>>(
    event: Event,
    listener: EventEmitter.EventListener<Events, Event>,
    context?: unknown,
  ): this {
    super.on(event, listener, context);
    this.listened(event);
    return this;
  }

  /** @throws TypeError for a listener that is no function */
  override addListener<Event extends EventEmitter.EventNames<Events>>(
    event: Event,
    listener: EventEmitter.EventListener<Events, Event>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  /** @throws TypeError for a listener that is no function */
  override once<Event extends EventEmitter.EventNames<Events>>(
    event: Event,
    listener: EventEmitter.EventListener<Events, Event>,
    context?: unknown,
  ): this {
    super.once(event, listener, context);
    this.listened(event);
    return this;
  }

  /** Somebody has begun to listen. */
  protected listened(_event: EventEmitter.EventNames<Events>): void {
    // For those that have something waiting for a listener.
  }
}
