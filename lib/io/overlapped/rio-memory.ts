import { RIO_INVALID_BUFFERID } from '../../../defs/mswsockdef.g.ts';
import { WSAEALREADY, WSAEFAULT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { stateError } from '../calls/check.ts';
import type { RioFunctions } from '../calls/rio-functions.ts';
import { addressOfView } from '../ops/pieces.ts';
import { checkLength } from '../port/operation-layout.ts';

/** What only Registered I/O may do with its memory. */
interface PackageSide {
  /** @param owner all memory of one Registered I/O */
  register(functions: RioFunctions, owner: Set<RioMemory>, bytes: Uint8Array): RioMemory;
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
 * JavaScript memory that is registered: locked, and known to the system, so that requests need only
 * say which part of it they mean. It stays alive until it is released. It must not be transferred
 * to another thread meanwhile. See `RegisteredIo.register`.
 */
export class RioMemory {
  /** The memory: what is sent is written here, and what is received is read. */
  readonly bytes: Uint8Array;
  /** The RIO_BUFFERID. */
  readonly id: number;
  readonly #functions: RioFunctions;
  readonly #owner: Set<RioMemory>;
  /** Requests that use it. */
  #requests = 0;
  #released = false;

  static {
    rioMemories = {
      register: (functions, owner, bytes) => new this(functions, owner, bytes),
      part: (memory, offset, length) => {
        if (memory instanceof this) return memory.#part(offset, length);
        throw new TypeError(`a request uses memory of register(), got ${describe(memory)}`);
      },
      count: (memory, change) => {
        memory.#requests += change;
      },
    };
  }

  private constructor(functions: RioFunctions, owner: Set<RioMemory>, bytes: Uint8Array) {
    const address = addressOfView(bytes);
    if (bytes.byteLength === 0) throw new RangeError('there is no memory to register');
    this.id = functions.RIORegisterBuffer(address, checkLength(bytes.byteLength));
    // Where a pointer has 32 bits, that is all of them.
    if (this.id === RIO_INVALID_BUFFERID || this.id === -1) {
      throw new WinsockError(WSAGetLastError(), 'RIORegisterBuffer');
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
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #part(offset = 0, length = this.bytes.byteLength - offset): { offset: number; length: number } {
    if (this.#released) {
      throw stateError(WSAEFAULT, 'RIORegisterBuffer', 'the memory has been released');
    }
    const end = offset + length;
    const whole = Number.isInteger(offset) && Number.isInteger(length);
    if (!whole || offset < 0 || length < 0 || end > this.bytes.byteLength) {
      const { byteLength } = this.bytes;
      throw new RangeError(`${length} bytes from ${offset} on; the memory has ${byteLength}`);
    }
    return { offset, length };
  }
}
