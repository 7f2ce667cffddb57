/** Received data in memory of the program's own: the option `onread` of node:net. */
import type { Duplex } from 'node:stream';
import { byteLengthOf, isUint8Array, setBytes } from '../../ffi/memory/intrinsics.ts';
import { throwLater } from '../port/listeners.ts';
import { invalidType } from './argument-errors.ts';

/** Where what comes is put, and who is told. */
export interface OnRead {
  /** The memory, or what gives it for each time. */
  buffer: Uint8Array | (() => Uint8Array);
  /** Is told how many bytes are in it; where it gives false, or pauses the stream, nothing comes until `resume`. */
  callback(bytesWritten: number, buffer: Uint8Array): boolean | undefined;
}

/** Whether something can be put there: of memory that was transferred nothing is left. */
const hasRoom = (memory: unknown): memory is Uint8Array =>
  isUint8Array(memory) && byteLengthOf(memory) > 0;

const noRoom = (memory: unknown) =>
  invalidType('options.onread.buffer', ['Uint8Array', 'function'], memory);

/** Puts what comes where the program wants it, piece by piece. */
export class ReadTarget {
  readonly #onRead: OnRead;
  /** The stream, which is `this` in what is called. */
  readonly #stream: Duplex;
  #paused = false;
  /** What the program gave: memory may be transferred, and a function gives anything. */
  #memory: unknown;
  /** What came, and did not fit before the program wanted no more. */
  #rest: Uint8Array | undefined;

  /** @throws TypeError with Node's code for what is no such option */
  constructor(stream: Duplex, onRead: OnRead) {
    this.#stream = stream;
    if (typeof onRead.callback !== 'function') {
      throw invalidType('options.onread.callback', 'function', onRead.callback);
    }
    this.#onRead = onRead;
    const { buffer } = onRead;
    this.#memory = typeof buffer === 'function' ? buffer() : buffer;
    if (!hasRoom(this.#memory)) throw noRoom(buffer);
  }

  /** @returns whether more is wanted; where the memory is gone, the stream is destroyed with a TypeError */
  take(chunk: Uint8Array): boolean {
    let left = chunk;
    while (left.length > 0) {
      if (this.#paused) {
        this.#rest = left;
        return false;
      }
      const memory = this.#memory;
      if (!hasRoom(memory)) {
        this.#paused = true;
        this.#stream.destroy(noRoom(memory));
        return false;
      }
      const piece = left.subarray(0, byteLengthOf(memory));
      setBytes(memory, piece);
      left = left.subarray(piece.length);
      const { buffer } = this.#onRead;
      const wantsMore = this.#tell(piece.length, memory);
      if (typeof buffer === 'function') this.#memory = buffer();
      if (wantsMore === false) this.#paused = true;
    }
    return !this.#paused;
  }

  /** @returns what the program says; what it throws is uncaught, and what came beside is handed on, as in node:net */
  #tell(length: number, memory: Uint8Array): boolean | undefined {
    try {
      return this.#onRead.callback.call(this.#stream, length, memory);
    } catch (error) {
      throwLater(error);
      return undefined;
    }
  }

  /** Holds back what comes. */
  pause(): void {
    this.#paused = true;
  }

  /** Gives what was held back. @returns whether more is wanted */
  resume(): boolean {
    this.#paused = false;
    const rest = this.#rest;
    this.#rest = undefined;
    return rest === undefined || this.take(rest);
  }
}
