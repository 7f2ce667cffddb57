import { RIO_INVALID_BUFFERID } from '../../../defs/mswsockdef.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import type { RioFunctions } from '../calls/rio-functions.ts';
import { addressOfView } from '../ops/pieces.ts';

/**
 * JavaScript memory that is registered: locked, and known to the system, so that requests need only
 * say which part of it they mean. It stays alive until it is released. It must not be transferred
 * to another thread meanwhile.
 */
export class RioMemory {
  /** The memory: what is sent is written here, and what is received is read. */
  readonly bytes: Uint8Array;
  /** The RIO_BUFFERID. */
  readonly id: number;
  /** @internal Requests that use it. */
  requests = 0;
  readonly #functions: RioFunctions;
  readonly #owner: Set<RioMemory>;
  #released = false;

  /** @internal Memory comes from `RegisteredIo.register`. */
  constructor(functions: RioFunctions, owner: Set<RioMemory>, bytes: Uint8Array) {
    const address = addressOfView(bytes);
    if (bytes.byteLength === 0) throw new RangeError('there is no memory to register');
    this.id = functions.RIORegisterBuffer(address, bytes.byteLength);
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

  /** Ends the registration. No request may use the memory. */
  release(): void {
    if (this.#released) return;
    if (this.requests > 0) throw new Error(`${this.requests} requests still use the memory`);
    this.#released = true;
    this.#functions.RIODeregisterBuffer(this.id);
    this.#owner.delete(this);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** @internal Where a part begins and how long it is. */
  part(offset = 0, length = this.bytes.byteLength - offset): { offset: number; length: number } {
    if (this.#released) throw new Error('the memory has been released');
    const end = offset + length;
    const whole = Number.isInteger(offset) && Number.isInteger(length);
    if (!whole || offset < 0 || length < 0 || end > this.bytes.byteLength) {
      const { byteLength } = this.bytes;
      throw new RangeError(`${length} bytes from ${offset} on; the memory has ${byteLength}`);
    }
    return { offset, length };
  }
}
