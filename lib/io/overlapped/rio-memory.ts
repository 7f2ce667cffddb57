import { RIO_INVALID_BUFFERID } from '../../../defs/mswsockdef.g.ts';
import { WSAEALREADY, WSAEFAULT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { bufferOf, byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import { pin } from '../../ffi/memory/pinned.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import { describe } from '../../ffi/types/describe.ts';
import { type NativeBlock, takeBlock } from '../calls/buffers.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { stateError } from '../calls/check.ts';
import type { RioFunctions } from '../calls/rio-functions.ts';
import { addressOfView, bytesOfMemory } from '../ops/pieces.ts';
import { checkLength } from '../port/operation-layout.ts';
import { OURS, type Ours, requireOurs } from '../port/ours.ts';

/** What only Registered I/O may do with its memory. */
interface PackageSide {
  /**
   * @param owner all memory of one Registered I/O
   * @param what memory of JavaScript's own, or how many bytes of the system's
   */
  register(functions: RioFunctions, owner: Set<RioMemory>, what: Uint8Array | number): RioMemory;
  /**
   * Where a part begins and how long it is.
   *
   * @throws TypeError for what is no registered memory, RangeError where the memory has no such part, WinsockError where it was released
   */
  part(memory: RioMemory, offset?: number, length?: number): { offset: number; length: number };
  /** One request more uses it, or one less. */
  count(memory: RioMemory, change: 1 | -1): void;
}

export let rioMemories: PackageSide;

/**
 * Memory that is registered: locked, and known to the system, so that requests need only say which part
 * of it they mean. It stays alive until it is released, and cannot be transferred to another thread. See
 * `RegisteredIo.register`.
 */
export class RioMemory {
  /** The memory: what is sent is written here, and what is received is read. */
  readonly bytes: Uint8Array;
  /** The RIO_BUFFERID. */
  readonly id: number;
  readonly #block: NativeBlock | undefined;
  readonly #length: number;
  readonly #functions: RioFunctions;
  readonly #owner: Set<RioMemory>;
  /** Requests that use it. */
  #requests = 0;
  #released = false;

  static {
    rioMemories = {
      register: (functions, owner, what) => new this(OURS, functions, owner, what),
      part: (memory, offset, length) => {
        if (memory instanceof this) return memory.#part(offset, length);
        throw new TypeError(`a request uses memory of register(), got ${describe(memory)}`);
      },
      count: (memory, change) => {
        memory.#requests += change;
      },
    };
  }

  private constructor(
    key: Ours,
    functions: RioFunctions,
    owner: Set<RioMemory>,
    what: Uint8Array | number,
  ) {
    requireOurs(key, 'RioMemory');
    this.#block = typeof what === 'number' ? zeroedBlock(what) : undefined;
    const bytes = typeof what === 'number' ? this.#block!.bytes.subarray(0, what) : ownMemory(what);
    this.#length = byteLengthOf(bytes);
    this.id = functions.RIORegisterBuffer(
      this.#block?.address ?? addressOfView(bytes),
      this.#length,
    );
    // Where a pointer has 32 bits, that is all of them.
    if (this.id === RIO_INVALID_BUFFERID || this.id === -1) {
      const code = WSAGetLastError();
      this.#block?.give();
      throw new WinsockError(code, 'RIORegisterBuffer');
    }
    this.bytes = bytes;
    this.#functions = functions;
    this.#owner = owner;
    owner.add(this);
  }

  /** Whether it was given back. */
  get released(): boolean {
    return this.#released;
  }

  /**
   * Ends the registration.
   *
   * @throws WinsockError where a request still uses the memory
   */
  release(): void {
    if (this.#released) return;
    if (this.#requests > 0) {
      const why = `${this.#requests} requests still use the memory`;
      throw stateError(WSAEALREADY, 'RIODeregisterBuffer', why);
    }
    this.#released = true;
    this.#functions.RIODeregisterBuffer(this.id);
    this.#owner.delete(this);
    this.#block?.give();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #part(offset = 0, length = this.#length - offset): { offset: number; length: number } {
    if (this.#released) {
      throw stateError(WSAEFAULT, 'RIORegisterBuffer', 'the memory has been released');
    }
    const end = offset + length;
    const whole = Number.isInteger(offset) && Number.isInteger(length);
    if (!whole || offset < 0 || length < 0 || end > this.#length) {
      throw new RangeError(`${length} bytes from ${offset} on; the memory has ${this.#length}`);
    }
    return { offset, length };
  }
}

/** Memory of the system's, which outlives whatever thread has registered it. */
function zeroedBlock(bytes: number): NativeBlock {
  if (!Number.isInteger(bytes) || bytes < 1) {
    throw new RangeError(`memory to register has at least one byte, got ${bytes}`);
  }
  const block = takeBlock(checkLength(bytes));
  block.bytes.fill(0);
  return block;
}

/** Memory of JavaScript's own, which from now on stays where it is. */
function ownMemory(view: Uint8Array): Uint8Array {
  const bytes = bytesOfMemory(view);
  if (!isMainThread()) {
    throw new TypeError(
      'the memory of a worker ends with it, whatever is under way; register a number of bytes there',
    );
  }
  if (checkLength(byteLengthOf(bytes)) === 0)
    throw new RangeError('there is no memory to register');
  void addressOfView(bytes);
  pin(bufferOf(bytes));
  return bytes;
}
