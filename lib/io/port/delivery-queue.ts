import type { Operation } from './operation.ts';

/** Operations that wait to be delivered: first in, first out, without moving what waits. */
export class DeliveryQueue {
  #items: (Operation | undefined)[] = new Array(64);
  #head = 0;
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(operation: Operation): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = operation;
    this.#length++;
  }

  shift(): Operation | undefined {
    if (this.#length === 0) return undefined;
    const operation = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return operation;
  }

  #grow(): void {
    const { length } = this.#items;
    const grown: (Operation | undefined)[] = new Array(length * 2);
    for (let i = 0; i < length; i++) grown[i] = this.#items[(this.#head + i) & (length - 1)];
    this.#items = grown;
    this.#head = 0;
  }
}
