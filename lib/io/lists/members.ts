/** What belongs to somebody for as long as it lives. */

/** Where each member keeps its place: in one list only. */
export interface PlaceOf<One> {
  /** −1 where it is in none. */
  get(one: One): number;
  set(one: One, place: number): void;
}

/** Those that belong to somebody at the moment, in no order. To go through them shows those of now, whoever leaves meanwhile. */
export interface ReadonlyMembers<One> extends Iterable<One> {
  /** How many there are. */
  readonly size: number;
  /** Whether something is one of them. */
  has(one: One): boolean;
}

/**
 * Members that come and go all the time, each of which knows its place.
 *
 * A Set would not do: V8 makes it a new table now and then, and an old one still holds what it held then and leads
 * to the next one. Once one of them has lived for long enough to be looked at seldom, all that were ever
 * members since are kept until then, and copied in between, which costs more than all else about a short connection.
 */
export class Members<One> implements ReadonlyMembers<One> {
  readonly #list: One[] = [];
  readonly #place: PlaceOf<One>;

  constructor(place: PlaceOf<One>) {
    this.#place = place;
  }

  get size(): number {
    return this.#list.length;
  }

  has(one: One): boolean {
    const place = this.#place.get(one);
    return place >= 0 && this.#list[place] === one;
  }

  add(one: One): void {
    if (this.has(one)) return;
    this.#place.set(one, this.#list.length);
    this.#list.push(one);
  }

  /** Nothing happens where it is no member. */
  delete(one: One): void {
    const place = this.#place.get(one);
    if (place < 0 || this.#list[place] !== one) return;
    const last = this.#list.pop()!;
    this.#place.set(one, -1);
    if (last === one) return;
    this.#list[place] = last;
    this.#place.set(last, place);
  }

  /** Those of now, whoever comes or goes meanwhile. */
  [Symbol.iterator](): IterableIterator<One> {
    return this.#list.slice().values();
  }
}
