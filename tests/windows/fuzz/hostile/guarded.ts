/**
 * Memory between pages that nobody may touch: whoever reads or writes one byte too far ends the process.
 * It is asked of Windows by koffi and not by the package, which is what is tested with it.
 */
import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { Random } from './random.ts';

const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;

const PAGE = 4096;
const GRANULARITY = 65536;
const MEM_COMMIT = 0x1000;
const MEM_RESERVE = 0x2000;
const PAGE_NOACCESS = 1;
const PAGE_READWRITE = 4;
const CANARY = Buffer.alloc(16 * PAGE, 0xa5);

const virtualAlloc = koffi
  .load('kernel32.dll')
  .func('int64_t __stdcall VirtualAlloc(int64_t, size_t, uint32_t, uint32_t)') as unknown as (
  address: number,
  bytes: number,
  type: number,
  protection: number,
) => number;

/** Pages that can be used, with pages around them that cannot. */
function guardedPages(bytes: number, margin: number): number {
  const region = virtualAlloc(0, bytes + 2 * margin, MEM_RESERVE, PAGE_NOACCESS);
  const address = region && virtualAlloc(region + margin, bytes, MEM_COMMIT, PAGE_READWRITE);
  if (!address) throw new Error(`no ${bytes} bytes between guard pages`);
  return address;
}

interface Slot {
  readonly whole: Buffer;
  /** Where the memory lies that was given out last. */
  start: number;
  end: number;
}

export class GuardedMemory {
  random = new Random(1);
  readonly #free = { small: [] as Slot[], large: [] as Slot[] };
  /** Given out since the last look. */
  #used: Slot[] = [];
  /** Of calls that the system may not be done with. */
  #held: Slot[] = [];
  #older: Slot[] = [];

  /** Zeroed memory that ends, or begins, where the process ends. */
  take(bytes: number): Uint8Array {
    const small = bytes <= PAGE;
    const size = small ? PAGE : 16 * PAGE;
    if (bytes > size) throw new RangeError(`${bytes} bytes are more than there is in a slot`);
    const slot = this.#free[small ? 'small' : 'large'].pop() ?? newSlot(size);
    this.#used.push(slot);
    CANARY.copy(slot.whole);
    slot.start = this.random.once(4) ? 0 : size - bytes;
    slot.end = slot.start + bytes;
    slot.whole.fill(0, slot.start, slot.end);
    return new Uint8Array(slot.whole.buffer, slot.whole.byteOffset + slot.start, bytes);
  }

  /** Whether what lies around the memory of a call is as it was. The memory can then be used again. */
  intact(held: boolean): boolean {
    const used = this.#used;
    this.#used = [];
    if (held) this.#held.push(...used);
    else this.#give(used);
    return used.every(isIntact);
  }

  /** Takes back what the system may have kept until sockets were closed, one renewal later. */
  renew(): boolean {
    const older = this.#older;
    this.#older = this.#held;
    this.#held = [];
    this.#give(older);
    return older.every(isIntact);
  }

  #give(slots: readonly Slot[]): void {
    for (const slot of slots) this.#free[slot.whole.length === PAGE ? 'small' : 'large'].push(slot);
  }
}

function newSlot(size: number): Slot {
  const address = guardedPages(size, PAGE);
  const whole = Buffer.from(koffi.view(BigInt(address), size));
  return { whole, start: 0, end: 0 };
}

function isIntact({ whole, start, end }: Slot): boolean {
  return (
    whole.compare(CANARY, 0, start, 0, start) === 0 &&
    whole.compare(CANARY, 0, whole.length - end, end) === 0
  );
}

/**
 * Has everything that is allocated by VirtualAlloc from now on lie between such pages: operations and
 * receive memory of winsock/io. To be called before the package makes its first call.
 */
export function guardNativeAllocations(): void {
  const { load } = koffi;
  const guarded = (_address: unknown, bytes: number) =>
    guardedPages(Math.ceil(bytes / PAGE) * PAGE, GRANULARITY);
  koffi.load = ((name, ...rest) => {
    const library = load.call(koffi, name, ...rest);
    const func = (...args: unknown[]) =>
      args[1] === 'VirtualAlloc' && /kernel32/i.test(name as string)
        ? guarded
        : (library.func as (...args: unknown[]) => unknown)(...args);
    return Object.create(library, { func: { value: func } });
  }) as typeof load;
}
