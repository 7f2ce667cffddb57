/** The arguments of a call by their names, whether pointers are memory or plain addresses. */
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { viewOf as bufferOver, copyOf } from '../../../ffi/memory/copies.ts';
import { bytesOf, isMemory } from '../../../ffi/memory/memory.ts';
import { reach } from '../../../ffi/memory/views.ts';
import { WSABUF_LAYOUT as WSABUF, WSAMSG_LAYOUT as WSAMSG } from '../../../io/calls/layouts.g.ts';
import { POINTER_BYTES } from '../../../io/port/operation-layout.ts';

/** What an argument for a pointer is: memory, an address as a number, or NULL. */
export type PointerValue = unknown;

/** Memory at an address, as a view. The system must let it be read now; it is not to be kept. */
export function viewAt(address: number, bytes: number): Uint8Array {
  return new Uint8Array(bufferOver(address, bytes) ?? copyOf(address, bytes));
}

/** The first bytes behind a pointer, as a view; undefined for NULL, and where there are fewer. */
export function memoryOf(value: PointerValue, bytes: number): Uint8Array | undefined {
  if (typeof value === 'bigint') return memoryOf(Number(value), bytes);
  if (typeof value === 'number') return value === 0 ? undefined : viewAt(value, bytes);
  if (!isMemory(value)) return undefined;
  const memory = bytesOf(value);
  return memory.byteLength >= bytes ? memory.subarray(0, bytes) : reach(memory, 0, bytes);
}

/** All the bytes of an argument that is memory itself. */
export function wholeMemory(value: unknown): Uint8Array | undefined {
  return isMemory(value) ? bytesOf(value) : undefined;
}

/** The 32 bits behind a pointer. */
export function uint32At(value: PointerValue): number | undefined {
  const memory = memoryOf(value, 4);
  return memory && viewOf(memory).getUint32(0, true);
}

/** The pointer, or number as wide as one, behind a pointer. */
export function pointerAt(value: PointerValue): number | undefined {
  const memory = memoryOf(value, POINTER_BYTES);
  return memory && readPointer(memory, 0);
}

export function viewOf(memory: Uint8Array): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}

export function readPointer(memory: Uint8Array, at: number): number {
  const view = viewOf(memory);
  return POINTER_BYTES === 8
    ? Number(view.getBigUint64(at, true) & 0xffff_ffff_ffffn) + 0
    : view.getUint32(at, true);
}

/** A piece of memory that a call sends or receives. */
export interface Part {
  /** Memory, or an address. */
  readonly memory: PointerValue;
  /** In bytes. */
  readonly length: number;
}

/** The first bytes of some parts, one after the other, as a copy. */
export function contentsOf(parts: readonly Part[], bytes: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  let at = 0;
  for (const { memory, length } of parts) {
    const wanted = Math.min(length, bytes - at);
    if (wanted <= 0) break;
    const from = memoryOf(memory, wanted);
    if (!from) break;
    copy.set(from, at);
    at += wanted;
  }
  return at === bytes ? copy : copy.subarray(0, at);
}

export function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** No call has more of them. */
const MOST_PARTS = 65536;

/** The pieces of memory of an array of WSABUFs. */
export function partsOf(buffers: PointerValue, count: number): Part[] {
  const used = Math.min(count, MOST_PARTS);
  const array = used > 0 ? memoryOf(buffers, used * WSABUF.size) : undefined;
  if (!array) return [];
  return Array.from({ length: used }, (_, index) => {
    const at = index * WSABUF.size;
    return {
      memory: readPointer(array, at + WSABUF.buf),
      length: viewOf(array).getUint32(at + WSABUF.len, true),
    };
  });
}

/** What a WSAMSG refers to. */
export interface Message {
  readonly parts: readonly Part[];
  /** The sockaddr. */
  readonly name: Part;
  readonly flags: number;
}

export function messageOf(value: PointerValue): Message | undefined {
  const memory = memoryOf(value, WSAMSG.size);
  if (!memory) return undefined;
  const view = viewOf(memory);
  return {
    parts: partsOf(
      readPointer(memory, WSAMSG.lpBuffers),
      view.getUint32(WSAMSG.dwBufferCount, true),
    ),
    name: {
      memory: readPointer(memory, WSAMSG.name),
      length: view.getInt32(WSAMSG.namelen, true),
    },
    flags: view.getUint32(WSAMSG.dwFlags, true),
  };
}

/** Arguments by name. */
export class Arguments {
  readonly #parameters: readonly Parameter[];
  readonly #args: readonly unknown[];

  constructor(parameters: readonly Parameter[], args: readonly unknown[]) {
    this.#parameters = parameters;
    this.#args = args;
  }

  of(name: string): unknown {
    return this.#args[this.#parameters.findIndex((one) => one.name === name)];
  }

  /** A number; 0 for what is none. */
  number(name: string): number {
    const value = this.of(name);
    return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : 0;
  }

  all(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#parameters.map(({ name }, index) => [name, this.#args[index]]));
  }
}
