import { keepAlive } from '../../ffi/memory/kept.ts';
import { addressOf } from '../../ffi/memory/memory.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type {
  AnyCType,
  ArrayType,
  Pointer,
  PointerType,
  RecordType,
} from '../../ffi/types/ctype.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { intptr } from '../../ffi/types/scalars.ts';

/**
 * The record at the start of memory that a function has filled, with its pointers tied to it.
 *
 * Functions such as GetAdaptersAddresses fill one buffer with records that point at each other.
 * Read through such a pointer, a record is a view of the same buffer, so the buffer lives as long as
 * any record in it is used. Pointers that lead out of the buffer stay as they are.
 *
 * @param type the record at the start
 * @param memory the buffer as the function filled it; it must not be moved or copied afterwards
 * @returns a view of the first record
 */
export function anchored<T extends Struct>(type: StructType<T>, memory: Uint8Array): T {
  const visit = new Visit(memory);
  visit.record(type, 0);
  return new type(memory.buffer, memory.byteOffset);
}

class Visit {
  private readonly memory: Uint8Array;
  private readonly start: number;
  private readonly seen = new Set<string>();
  /** Records that are pointed at and wait to be visited; a list may be long, so no recursion. */
  private readonly waiting: [RecordType, number][] = [];

  constructor(memory: Uint8Array) {
    this.memory = memory;
    this.start = addressOf(memory);
  }

  record(type: RecordType, offset: number): void {
    this.waiting.push([type, offset]);
    for (let next = this.waiting.pop(); next; next = this.waiting.pop()) this.value(...next);
  }

  private value(type: AnyCType, offset: number): void {
    if (!type.holdsPointer) return;
    if (type.kind === 'pointer') this.pointer(type, offset);
    else if (type.kind === 'array') this.elements(type, offset);
    else if (type.kind === 'record') {
      for (const field of type.layoutFor(hostArch).fields) {
        this.value(field.type, offset + field.offset);
      }
    }
  }

  private elements({ element, length }: ArrayType<unknown>, offset: number): void {
    const size = element.sizeOf(hostArch);
    for (let i = 0; i < length; i++) this.value(element, offset + i * size);
  }

  private pointer({ target }: PointerType<unknown>, offset: number): void {
    if (target?.kind !== 'record') return;
    // A number of a pointer's size is an address here.
    const address = intptr.get(this.memory, offset) as Pointer;
    const at = address - this.start;
    if (at < 0 || at + target.sizeOf(hostArch) > this.memory.byteLength) return;
    // All that follows, not the record alone: a sockaddr may be a longer sockaddr_in6.
    keepAlive(this.memory, offset, this.memory.subarray(at), address);
    const key = `${target.name} ${at}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.waiting.push([target, at]);
  }
}

/**
 * The records of a list whose members point to the next, as C's `for (p = first; p; p = p->Next)`.
 *
 * @param first the first record, or null for an empty list
 */
export function* linked<T extends { readonly Next: T | null }>(
  first: T | null,
): IterableIterator<T> {
  for (let record = first; record; record = record.Next) yield record;
}
