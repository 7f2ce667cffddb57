/** What waits for its turn: first in, first out, without moving what waits. */
export class Queue<One> {
  #items: (One | undefined)[] = new Array(64);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  push(one: One): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = one;
    this.#length++;
  }

  shift(): One | undefined {
    if (this.#length === 0) return undefined;
    const one = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return one;
  }

  #grow(): void {
    const { length } = this.#items;
    const grown: (One | undefined)[] = new Array(length * 2);
    for (let i = 0; i < length; i++) grown[i] = this.#items[(this.#head + i) & (length - 1)];
    this.#items = grown;
    this.#head = 0;
  }
}
