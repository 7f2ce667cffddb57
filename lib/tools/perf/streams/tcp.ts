/** Streams of TCP: sending at a rate or as fast as there can be, receiving, comparing. */
import { PerfError } from '../perf-error.ts';
import type { TestSettings } from '../settings.ts';
import type { Connection } from '../transport.ts';
import { Pacer } from './pacer.ts';
import { firstDifference, makePattern, patternAt } from './pattern.ts';
import type { Stream } from './stream.ts';

/** Writes in one turn of the event loop, so that timers and other streams have theirs. */
const WRITES_IN_A_TURN = 16;

/** Sends on a stream for as long as the test wants. */
export class TcpSender {
  readonly #stream: Stream;
  readonly #connection: Connection;
  readonly #settings: TestSettings;
  readonly #pacer: Pacer;
  readonly #pattern: Buffer;
  readonly #mayGo: () => boolean;
  #written = 0;
  #running = false;
  #stopped = false;
  #waiting = false;

  /** @param mayGo whether the test still wants a block */
  constructor(stream: Stream, settings: TestSettings, mayGo: () => boolean) {
    this.#stream = stream;
    this.#connection = stream.connection!;
    this.#settings = settings;
    this.#pacer = new Pacer(settings.rate, settings.burst);
    this.#pattern = makePattern(settings.blockSize);
    this.#mayGo = mayGo;
    this.#connection.onDrain(() => {
      this.#waiting = false;
      this.#pump();
    });
  }

  start(): void {
    this.#running = true;
    this.#pacer.start(performance.now());
    this.#pump();
  }

  /** Counts what the system has taken so far. */
  count(): void {
    if (this.#stopped) return;
    const { total } = this.#stream;
    total.bytes = this.#written - this.#connection.pendingBytes;
    total.blocks = Math.floor(total.bytes / this.#settings.blockSize);
  }

  /** Counts no further. Whether it goes on sending, the test says. */
  stop(): void {
    this.count();
    this.#stopped = true;
  }

  readonly #pump = (): void => {
    if (!this.#running || this.#waiting) return;
    const { blockSize } = this.#settings;
    const now = performance.now();
    const due = Math.min(WRITES_IN_A_TURN, this.#pacer.due(now, this.#written, blockSize));
    for (let done = 0; done < due; done++) {
      if (!this.#mayGo()) {
        this.#running = false;
        return;
      }
      const block = patternAt(this.#pattern, this.#written, blockSize);
      this.#written += blockSize;
      if (!this.#connection.write(block)) {
        this.#waiting = true;
        return;
      }
    }
    if (due > 0) setImmediate(this.#pump);
    else this.#pacer.wait(now, this.#written, this.#pump);
  };
}

/** Counts what comes on a stream, and compares it where that is asked for. */
export function receiveOn(stream: Stream, settings: TestSettings): (bytes: Uint8Array) => void {
  const { total } = stream;
  const { blockSize, verify } = settings;
  const pattern = verify ? makePattern(1 << 16) : undefined;
  return (bytes) => {
    if (pattern && stream.firstWrong === undefined) {
      const wrong = firstDifference(pattern, total.bytes, bytes);
      if (wrong >= 0) stream.firstWrong = total.bytes + wrong;
      else stream.verified += bytes.length;
    }
    total.bytes += bytes.length;
    total.blocks = Math.floor(total.bytes / blockSize);
  };
}

/** What a stream says whose connection was lost while the test ran. */
export function lostStream(stream: Stream, error: Error | undefined): PerfError {
  const why = error ? `: ${error.message}` : '';
  return new PerfError(`the connection of stream ${stream.id} was lost${why}`);
}
