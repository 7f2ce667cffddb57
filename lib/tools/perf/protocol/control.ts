import { PerfError } from '../perf-error.ts';
import type { Connection } from '../transport.ts';
import { SERVER_ERRORS, State, stateName } from './states.ts';

/** Longest JSON that is taken from a peer, in bytes: results with its whole output may be long. */
const MOST_JSON = 4 << 20;

interface Reader {
  readonly bytes: number;
  resolve(bytes: Buffer): void;
  reject(error: Error): void;
}

/** The control connection of a test: states of one byte, and JSON behind a length of four. */
export class Control {
  readonly connection: Connection;
  /** Who is at the other end, for sentences: 'server' or 'client'. */
  readonly #peer: string;
  #buffered: Buffer = Buffer.alloc(0);
  #reader: Reader | undefined;
  #ended: Error | undefined;

  constructor(connection: Connection, peer: 'server' | 'client') {
    this.connection = connection;
    this.#peer = peer;
    connection.onData((bytes) => {
      if (this.#buffered.length > MOST_JSON) connection.destroy();
      else this.#buffered = Buffer.concat([this.#buffered, bytes]);
      this.#serve();
    });
    connection.onEnd((error) => {
      const why = error ? `: ${error.message}` : '';
      this.#ended = new PerfError(`the ${peer} has closed the connection${why}`);
      this.#serve();
    });
  }

  /**
   * The next bytes. One read at a time.
   *
   * @param timeout milliseconds; for ever where left out
   */
  read(bytes: number, what: string, timeout?: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer =
        timeout === undefined
          ? undefined
          : setTimeout(() => {
              this.#reader = undefined;
              const seconds = Math.round(timeout / 1000);
              reject(new PerfError(`the ${this.#peer} has sent no ${what} for ${seconds} s`));
            }, timeout);
      this.#reader = {
        bytes,
        resolve(found) {
          clearTimeout(timer);
          resolve(found);
        },
        reject(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#serve();
    });
  }

  /** Gives up a read that is under way; what comes is kept for the next. */
  abandonRead(): void {
    this.#reader = undefined;
  }

  /** What has come and was not read: the connection is somebody else's from here on. */
  takeRest(): Buffer {
    const rest = this.#buffered;
    this.#buffered = Buffer.alloc(0);
    return rest;
  }

  #serve(): void {
    const reader = this.#reader;
    if (!reader) return;
    if (this.#buffered.length >= reader.bytes) {
      this.#reader = undefined;
      const found = this.#buffered.subarray(0, reader.bytes);
      this.#buffered = this.#buffered.subarray(reader.bytes);
      reader.resolve(found);
    } else if (this.#ended) {
      this.#reader = undefined;
      reader.reject(this.#ended);
    }
  }

  /** The next state. What a server says instead of one, and what ends a test, is thrown. */
  async readState(timeout?: number): Promise<number> {
    const [byte = 0] = await this.read(1, 'state', timeout);
    const state = (byte << 24) >> 24;
    if (state === State.ACCESS_DENIED) {
      throw new PerfError('the server is busy with another test, or refuses this client');
    }
    if (state === State.SERVER_ERROR) throw await this.#serverError();
    if (state === State.SERVER_TERMINATE) throw new PerfError('the server was stopped');
    if (state === State.CLIENT_TERMINATE) throw new PerfError('the client was stopped');
    return state;
  }

  async #serverError(): Promise<PerfError> {
    const codes = await this.read(8, 'error code', 5000);
    const [own, system] = [codes.readInt32BE(0), codes.readInt32BE(4)];
    const meaning = SERVER_ERRORS[own];
    const what = meaning ? `: ${meaning}` : '';
    const why = system ? `, errno ${system} of its system` : '';
    return new PerfError(`the server has an error (iperf3's number ${own}${why})${what}`);
  }

  /** The next state, which must be this one. */
  async expectState(wanted: number, timeout?: number): Promise<void> {
    const state = await this.readState(timeout);
    if (state !== wanted) {
      throw new PerfError(
        `the ${this.#peer} does not keep to iperf3's protocol: ${stateName(state)} came where ${stateName(wanted)} was due`,
      );
    }
  }

  async readJson(what: string, timeout?: number): Promise<unknown> {
    const length = (await this.read(4, what, timeout)).readUInt32BE(0);
    if (length > MOST_JSON) {
      throw new PerfError(`the ${this.#peer} wants to send ${what} of ${length} bytes`);
    }
    const text = (await this.read(length, what, timeout)).toString('utf8');
    try {
      return JSON.parse(text) as unknown;
    } catch {
      const start = text.length > 40 ? `${text.slice(0, 40)} …` : text;
      throw new PerfError(`the ${this.#peer} has sent ${what} that is no JSON: ${start}`);
    }
  }

  writeState(state: number): void {
    this.connection.write(Buffer.from([state & 0xff]));
  }

  writeJson(value: unknown): void {
    const text = Buffer.from(JSON.stringify(value));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    this.connection.write(Buffer.concat([length, text]));
  }

  /** Tells a client why its test cannot be: iperf3's number and its system's. */
  writeServerError(code: number): void {
    const bytes = Buffer.alloc(9);
    bytes.writeInt8(State.SERVER_ERROR, 0);
    bytes.writeInt32BE(code, 1);
    this.connection.write(bytes);
  }
}
