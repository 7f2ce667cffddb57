import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'eventemitter3';

/** Emits its events in the asynchronous context in which it was made. */
export abstract class Emitter<
  Events extends EventEmitter.ValidEventTypes,
> extends EventEmitter<Events> {
  readonly #context = new AsyncResource('winsock.events');

  override emit<Event extends EventEmitter.EventNames<Events>>(
    event: Event,
    ...args: EventEmitter.EventArgs<Events, Event>
  ): boolean {
    return this.#context.runInAsyncScope(super.emit<Event>, this, event, ...args);
  }
}
