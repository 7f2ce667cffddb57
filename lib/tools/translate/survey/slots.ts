/**
 * Where a pointer's value may come from and what is done with it: variables, parameters, fields and
 * results that are assigned to one another share one, so that they are the same in TypeScript.
 */
export class Slot {
  #parent: Slot | undefined;
  /** Text that is written to, walked through or compared by address: bytes, not a string. */
  #bytes = false;
  /** A pointer to a number that is used as an array. */
  #array = false;
  /** A `void *` that carries a number. */
  #integer = false;
  /** A pointer to pointers that are in memory of the system. */
  #address = false;
  /** Text that is compared with NULL, as behind the last of argv. */
  #asked = false;
  /** Whether it may be NULL; of this place alone. */
  nullable = false;
  readonly #nullFrom: Slot[] = [];

  get #root(): Slot {
    return this.#parent ? this.#parent.#root : this;
  }
  get bytes(): boolean {
    return this.#root.#bytes;
  }
  set bytes(value: boolean) {
    this.#root.#bytes = value;
  }
  get array(): boolean {
    return this.#root.#array;
  }
  set array(value: boolean) {
    this.#root.#array = value;
  }
  get integer(): boolean {
    return this.#root.#integer;
  }
  set integer(value: boolean) {
    this.#root.#integer = value;
  }

  get asked(): boolean {
    return this.#root.#asked;
  }
  set asked(value: boolean) {
    this.#root.#asked = value;
  }

  get address(): boolean {
    return this.#root.#address;
  }
  set address(value: boolean) {
    this.#root.#address = value;
  }

  unite(other: Slot): void {
    const [a, b] = [this.#root, other.#root];
    if (a === b) return;
    a.#bytes ||= b.#bytes;
    a.#array ||= b.#array;
    a.#integer ||= b.#integer;
    a.#address ||= b.#address;
    a.#asked ||= b.#asked;
    b.#parent = a;
  }

  /** NULL in `other` may come here. */
  takesNullOf(other: Slot): void {
    this.#nullFrom.push(other);
  }
  /** Whether that makes it nullable now. */
  spreadNull(): boolean {
    if (this.nullable || !this.#nullFrom.some((slot) => slot.nullable)) return false;
    this.nullable = true;
    return true;
  }
}
