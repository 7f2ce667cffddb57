/** The overlapped operations that are under way, and how they end. */
import { STATUS_PENDING } from '../../../../defs/kernel.g.ts';
import { isForeign } from '../../../ffi/memory/foreign.ts';
import { bufferOf } from '../../../ffi/memory/intrinsics.ts';
import { addressOf } from '../../../ffi/memory/memory.ts';
import { OVERLAPPED_LAYOUT as OVERLAPPED } from '../../../ffi/windows.g.ts';
import { codeOfStatus } from '../../../io/calls/status.ts';
import type { Operation } from '../seen.ts';
import { memoryOf, type Part, viewOf, wholeMemory } from './arguments.ts';
import { Bounded } from './bounded.ts';
import type { Transfer } from './meaning.ts';

const MOST_OPERATIONS = 65536;

/** An operation, and what is needed to tell of its end. */
export interface Pending extends Operation {
  /** What it carries; undefined where it carries nothing, or has told of it already. */
  readonly transfer: Transfer | undefined;
  readonly parts: readonly Part[];
  /** What it sends, as it was when it began. */
  readonly contents: Uint8Array | undefined;
  readonly hidden: string | undefined;
  readonly flags: number;
  /** Whether the call has said already that it was over at once. */
  readonly isTold: boolean;
  /** Of its OVERLAPPED; 0 where it has none. */
  readonly address: number;
  /** The OVERLAPPED, where it is memory of JavaScript's and may be looked at any time. */
  readonly memory: Uint8Array | undefined;
}

/** How an operation has ended. */
export interface End {
  readonly pending: Pending;
  readonly code: number;
  readonly bytes: number;
}

/** The address of an OVERLAPPED; 0 for none. */
export function overlappedAt(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  const memory = wholeMemory(value);
  return memory ? addressOf(memory) : 0;
}

/** The OVERLAPPED of a call, where it is memory of JavaScript's, which is there as long as it is referenced. */
export function ownedOverlapped(value: unknown): Uint8Array | undefined {
  const memory = wholeMemory(value);
  return memory && !isForeign(bufferOf(memory)) ? memory : undefined;
}

export class Operations {
  readonly #pending = new Bounded<number, Pending>(MOST_OPERATIONS);
  #number = 0;

  nextNumber(): number {
    this.#number++;
    return this.#number;
  }

  begin(address: number, pending: Pending): void {
    this.#pending.set(address, pending);
  }

  /**
   * The end of the operation of an OVERLAPPED that the system has given back.
   *
   * @param bytes how many it has carried, where the caller knows
   */
  end(address: number, bytes?: number): End | undefined {
    const pending = this.#pending.get(address);
    if (!pending) return undefined;
    const memory = pending.memory ?? memoryOf(address, OVERLAPPED.size);
    return memory && this.#end(address, pending, memory, bytes);
  }

  /** Those that have ended without anybody having been told: by an event, or by a completion routine. */
  swept(): End[] {
    const ended: End[] = [];
    for (const [address, pending] of this.#pending.entries()) {
      const end = pending.memory && this.#end(address, pending, pending.memory);
      if (end) ended.push(end);
    }
    return ended;
  }

  #end(address: number, pending: Pending, memory: Uint8Array, bytes?: number): End | undefined {
    if (memory.byteLength < OVERLAPPED.size) {
      // Transferred to somebody else.
      this.#pending.delete(address);
      return undefined;
    }
    const view = viewOf(memory);
    const status = view.getUint32(OVERLAPPED.Internal, true);
    if (status === STATUS_PENDING) return undefined;
    this.#pending.delete(address);
    return {
      pending,
      code: codeOfStatus(status),
      bytes: bytes ?? view.getUint32(OVERLAPPED.InternalHigh, true),
    };
  }
}
