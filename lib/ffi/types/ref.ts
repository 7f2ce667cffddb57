import { place } from '../memory/places.ts';
import { hostArch } from './arch.ts';
import { Bytes } from './bytes.ts';
import type { AnyCType, CType, VariableType } from './ctype.ts';
import { checkType, INSPECT, printable, withArticle } from './describe.ts';

/** A variable of a C type, for parameters that a function reads or writes through a pointer. */
export class Ref<T = unknown> extends Bytes {
  readonly #type: CType<T>;

  constructor(type: CType<T>, buffer: ArrayBuffer, byteOffset: number) {
    super(buffer, byteOffset, type.sizeOf(hostArch));
    this.#type = type;
  }

  /** The type of the variable that memory is; undefined where it is none. Nothing of the program's runs for it. */
  static typeOf(memory: object): AnyCType | undefined {
    return #type in memory ? (memory as Ref).#type : undefined;
  }

  /** Its C type. */
  get type(): CType<T> {
    return this.#type;
  }

  get value(): T {
    return this.type.get(this, 0);
  }

  set value(value: T) {
    this.type.set(this, 0, value, withArticle(this.type.name));
  }

  [INSPECT](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `ref(${this.type.name}, ${inspect(printable(this.type, this.value), options)})`;
  }
}

/**
 * A variable, as C's `int n = 5` whose `&n` is handed to a function.
 *
 * @param type its C type
 * @param value its first value; zero where left out
 * @throws TypeError for a structure, which is memory itself
 */
export function ref<T>(type: VariableType<T>, value?: T): Ref<T> {
  checkType(type, 'ref');
  refuseRecord(type);
  const home = place(type.sizeOf(hostArch), type.holdsPointer);
  const variable = new Ref(type, home.buffer, home.byteOffset);
  if (value !== undefined) variable.value = value;
  return variable;
}

/** @throws TypeError for a record, of which a program that writes `ref` wants a pointer */
function refuseRecord(type: AnyCType): void {
  if (type.kind !== 'record') return;
  const { name } = type;
  throw new TypeError(
    `ref: ${name} is a structure, which is memory itself: new ${name}(); a variable that points to one is ref(ptr(${name}))`,
  );
}
