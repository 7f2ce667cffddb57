import { DWORD } from '../../../defs/windows.g.ts';
import { WSAEFAULT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { addressOf } from '../../ffi/memory/memory.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { cast } from '../../ffi/types/pointer.ts';
import type { Struct } from '../../ffi/types/record.ts';
import { uintptr } from '../../ffi/types/scalars.ts';

const ALIGNMENT = 8;

/** Pieces of memory one after the other, with what in them has to become an address. */
export class Pack {
  readonly #pieces: Uint8Array[] = [];
  readonly #pointers: { readonly at: number; readonly to: number }[] = [];
  size = 0;

  /** Puts a copy of memory behind what is there, and gives its place. */
  add(memory: Uint8Array): number {
    const place = this.size;
    const room = (memory.byteLength + ALIGNMENT - 1) & -ALIGNMENT;
    const piece = new Uint8Array(room);
    piece.set(memory);
    this.#pieces.push(piece);
    this.size += room;
    return place;
  }

  /** Has the pointer at one place point to another. */
  point(at: number, to: number): void {
    this.#pointers.push({ at, to });
  }

  /**
   * Writes all of it to the caller's memory.
   *
   * @param record the caller's memory
   * @param length where the caller says how long it is, and gets to know how long it should be
   * @param syscall what is answered
   * @throws WinsockError WSAEFAULT where it does not fit
   */
  answer(record: Struct | null, length: Pointer<number>, syscall: string): void {
    const room = cast(DWORD, length);
    if (!record || room.value < this.size) {
      room.value = this.size;
      throw new WinsockError(WSAEFAULT, syscall);
    }
    const address = addressOf(record);
    const target = memoryAt(address, this.size);
    let at = 0;
    for (const piece of this.#pieces) {
      target.set(piece, at);
      at += piece.byteLength;
    }
    for (const pointer of this.#pointers) uintptr.set(target, pointer.at, address + pointer.to, '');
  }
}

/** The memory at the address that a member holds; nothing for NULL. */
export function behind(record: Struct, offset: number, bytes: number): Uint8Array | undefined {
  const address = uintptr.get(record, offset) as Pointer;
  return address === 0 || bytes === 0 ? undefined : memoryAt(address, bytes);
}
