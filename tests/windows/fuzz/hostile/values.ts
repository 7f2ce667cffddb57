/** What programs get wrong, whatever is asked for. */
import { runInNewContext } from 'node:vm';
import type { GuardedMemory } from './guarded.ts';
import type { Random } from './random.ts';

export const SIZES = [0, 1, 2, 4, 8, 14, 15, 16, 28, 64, 128, 372, 408, 520, 628, 1024, 4096];

/** Numbers at the edges of what C's types hold. */
const EDGES = [
  0, 1, 2, 4, 6, 16, 17, 23, 28, 64, 128, 255, 256, 0xffff, 0x7fffffff, 0xffffffff, -1, -2,
];
const BEYOND = [2 ** 32, 2 ** 32 + 16, 2 ** 53 - 1, 2 ** 63, -(2 ** 31), -(2 ** 63), -0];

export class Values {
  readonly random: Random;
  readonly guarded: GuardedMemory;
  readonly #owned: ArrayBuffer[] = [];

  constructor(random: Random, guarded: GuardedMemory) {
    this.random = random;
    this.guarded = guarded;
  }

  /** An integer, or what is none. */
  integer(): unknown {
    const { random } = this;
    if (random.once(5)) return this.wrongType();
    if (random.once(6)) return random.pick(BEYOND);
    if (random.once(12)) return BigInt(random.pick(EDGES));
    return random.pick(EDGES);
  }

  /** A number that nobody can take for an address, nor for a handle that the run time may have. */
  noAddress(): unknown {
    return this.random.pick([0, 1, 2, 3, 0xffff, -1, -2, 1.5, Number.NaN, 2 ** 53]);
  }

  wrongType(): unknown {
    return this.random.pick([
      undefined,
      null,
      {},
      [],
      'text',
      Symbol('s'),
      true,
      Number.NaN,
      1.5,
      Infinity,
      2n ** 80n,
      () => 0,
      new Date(0),
      Object.create(null),
      new Proxy({}, {}),
    ]);
  }

  text(): unknown {
    return this.random.pick([
      null,
      '',
      'localhost',
      '127.0.0.1',
      '::1',
      '7',
      'tcp',
      'a\0b',
      'x'.repeat(300),
      'x'.repeat(70_000),
      '\ud800',
      this.guarded.take(16),
      terminated(this.guarded.take(16)),
      new Uint8Array([65, 66]),
      new Uint16Array([65, 66, 0]),
      undefined,
      5.5,
      {},
    ]);
  }

  /** Memory of every kind, most of it between guard pages. */
  memory(size = this.random.pick(SIZES)): unknown {
    const { random } = this;
    if (!random.once(3)) return this.guarded.take(size);
    switch (random.below(10)) {
      case 0:
        return detached();
      case 9:
        return this.#taking(size);
      case 1:
        return new Uint8Array(new SharedArrayBuffer(size));
      case 2:
        return new Uint8Array(resizable(size));
      case 3:
        return this.guarded.take(size).subarray(size >> 1);
      case 4:
        return new DataView(new ArrayBuffer(size));
      case 5:
        return new Uint16Array(size >> 1);
      case 6:
        return lyingAbout(this.guarded.take(size));
      case 7:
        return ofAnotherRealm(size);
      default:
        return this.#own(new ArrayBuffer(size));
    }
  }

  /** Notes memory of JavaScript's own, which code of the program's may take away. */
  #own(buffer: ArrayBuffer): ArrayBuffer {
    this.#owned.push(buffer);
    if (this.#owned.length > 8) this.#owned.shift();
    return buffer;
  }

  /** Memory that takes other arguments away as soon as somebody asks what it is. */
  #taking(size: number): Uint8Array {
    const take = () => {
      for (const buffer of this.#owned.splice(0)) {
        try {
          structuredClone(buffer, { transfer: [buffer] });
        } catch {
          // It is where native code has it.
        }
      }
    };
    const memory = new Uint8Array(this.#own(new ArrayBuffer(size)));
    const prototype = new Proxy(Uint8Array.prototype, {
      getPrototypeOf: (target) => {
        take();
        return Reflect.getPrototypeOf(target);
      },
      get: (target, name, receiver) => {
        take();
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    return Object.setPrototypeOf(memory, prototype) as Uint8Array;
  }

  /** Anything at all. */
  anything(): unknown {
    const { random } = this;
    switch (random.below(6)) {
      case 0:
        return this.noAddress();
      case 1:
        return this.text();
      case 2:
      case 3:
        return this.memory();
      case 4:
        return this.options();
      default:
        return this.wrongType();
    }
  }

  /** An object with members that somebody may ask for. */
  options(more: Readonly<Record<string, unknown>> = {}): unknown {
    const { random } = this;
    const names = random.shuffle(NAMES).slice(0, random.below(4));
    const result: Record<string, unknown> = random.once(8) ? Object.create({ timeout: -1 }) : {};
    for (const name of names) {
      result[name] = random.pick<() => unknown>([
        () => this.noAddress(),
        () => this.wrongType(),
        () => this.text(),
        () => '127.0.0.1',
        () => random.pick([0, 1, 5]),
        () => random.pick(Object.values(more)),
      ])();
    }
    if (random.once(20)) {
      Object.defineProperty(result, random.pick(NAMES), {
        enumerable: true,
        get() {
          throw new RangeError('a getter of the program');
        },
      });
    }
    return result;
  }
}

/** Members of the options of winsock/io, and some that are none. */
const NAMES = [
  'accepts',
  'address',
  'allowHalfOpen',
  'backlog',
  'completionPort',
  'exclusive',
  'family',
  'flags',
  'from',
  'head',
  'highWaterMark',
  'host',
  'ipv6Only',
  'kind',
  'length',
  'linger',
  'maxPending',
  'noDelay',
  'offset',
  'path',
  'port',
  'receives',
  'reuseAddress',
  'signal',
  'size',
  'skipOnSuccess',
  'tail',
  'timeout',
  'type',
  'unknown',
];

function terminated(memory: Uint8Array): Uint8Array {
  return memory.fill(0x61, 0, memory.length - 1);
}

function detached(): Uint8Array {
  const memory = new Uint8Array(64);
  structuredClone(memory.buffer, { transfer: [memory.buffer] });
  return memory;
}

function resizable(size: number): ArrayBuffer {
  return new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(size, {
    maxByteLength: 2 * size + 1,
  });
}

/** A typed array whose own property says that it is longer. */
function lyingAbout(memory: Uint8Array): Uint8Array {
  Object.defineProperty(memory, 'byteLength', { value: 1_000_000 });
  Object.defineProperty(memory, 'length', { value: 1_000_000 });
  return memory;
}

function ofAnotherRealm(size: number): Uint8Array {
  return runInNewContext('new Uint8Array(size)', { size }) as Uint8Array;
}
