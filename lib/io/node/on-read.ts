/** Received data in memory of the program's own: the option `onread` of node:net. */
import { invalidType } from './argument-errors.ts';

/** Where what comes is put, and who is told. */
export interface OnRead {
  /** The memory, or what gives it for each time. */
  buffer: Uint8Array | (() => Uint8Array);
  /** Is told how many bytes are in it; where it gives false nothing comes until `resume`. */
  callback(bytesWritten: number, buffer: Uint8Array): boolean;
}

/** Puts what comes where the program wants it, piece by piece. */
export class ReadTarget {
  readonly #onRead: OnRead;
  #memory: Uint8Array;
  /** What came, and did not fit before the program wanted no more. */
  #rest: Uint8Array | undefined;

  /** @throws TypeError with Node's code for what is no such option */
  constructor(onRead: OnRead) {
    if (typeof onRead.callback !== 'function') {
      throw invalidType('options.onread.callback', 'function', onRead.callback);
    }
    this.#onRead = onRead;
    const { buffer } = onRead;
    this.#memory = typeof buffer === 'function' ? buffer() : buffer;
    if (!(this.#memory instanceof Uint8Array) || this.#memory.length === 0) {
      throw invalidType('options.onread.buffer', ['Uint8Array', 'function'], buffer);
    }
  }

  /** @returns whether more is wanted */
  take(chunk: Uint8Array): boolean {
    let left = chunk;
    while (left.length > 0) {
      const piece = left.subarray(0, this.#memory.length);
      this.#memory.set(piece);
      left = left.subarray(piece.length);
      const filled = this.#memory;
      const { buffer } = this.#onRead;
      if (typeof buffer === 'function') this.#memory = buffer();
      if (this.#onRead.callback(piece.length, filled) === false) {
        this.#rest = left;
        return false;
      }
    }
    return true;
  }

  /** Gives what was held back. @returns whether more is wanted */
  resume(): boolean {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest === undefined || this.take(rest);
  }
}
