/** A map that forgets what was put into it first, once it is full. */
export class Bounded<Key, Value> {
  readonly #most: number;
  readonly #map = new Map<Key, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  set(key: Key, value: Value): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= this.#most) return;
    const { value: oldest, done } = this.#map.keys().next();
    if (!done) this.#map.delete(oldest);
  }

  delete(key: Key): void {
    this.#map.delete(key);
  }

  entries(): IterableIterator<[Key, Value]> {
    return this.#map.entries();
  }
}
