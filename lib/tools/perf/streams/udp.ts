/** Streams of datagrams: sending at a rate, and telling what was lost, late or delayed. */
import type { TestSettings } from '../settings.ts';
import type { Datagrams, Endpoint } from '../transport.ts';
import { Pacer } from './pacer.ts';
import { firstDifference, makePattern, patternAt } from './pattern.ts';
import type { Stream } from './stream.ts';
import { headerBytes, readHeader, timeOfDay, writeHeader } from './udp-header.ts';

/** Datagrams that are handed over before anybody else has a turn. */
const SENDS_IN_A_TURN = 32;

/** How far the content of a datagram is from that of the one before. */
const PATTERN_STEP = 31;

/** Sends datagrams on a stream until it is stopped, or has sent what it should. */
export class UdpSender {
  readonly #stream: Stream;
  readonly #socket: Datagrams;
  readonly #to: Endpoint | undefined;
  readonly #settings: TestSettings;
  readonly #pacer: Pacer;
  readonly #pattern: Buffer;
  readonly #mayGo: () => boolean;
  readonly #blocks: Buffer[];
  #running = false;
  #handedOver = 0;

  /** @param mayGo whether the test still wants a datagram */
  constructor(
    stream: Stream,
    socket: Datagrams,
    to: Endpoint | undefined,
    settings: TestSettings,
    mayGo: () => boolean,
  ) {
    this.#stream = stream;
    this.#socket = socket;
    this.#to = to;
    this.#settings = settings;
    this.#pacer = new Pacer(settings.rate, settings.burst);
    this.#pattern = makePattern(settings.blockSize);
    this.#mayGo = mayGo;
    // Each belongs to the system until its send has ended.
    this.#blocks = Array.from({ length: SENDS_IN_A_TURN }, () =>
      Buffer.from(new ArrayBuffer(settings.blockSize)),
    );
    for (const block of this.#blocks) patternAt(this.#pattern, 0, block.length).copy(block);
  }

  start(): void {
    this.#running = true;
    this.#pacer.start(performance.now());
    this.#pump();
  }

  count(): void {
    // Each send counts where it ends.
  }

  stop(): void {
    this.#running = false;
  }

  async #pump(): Promise<void> {
    const { blockSize } = this.#settings;
    while (this.#running) {
      const now = performance.now();
      const due = this.#pacer.due(now, this.#handedOver, blockSize);
      if (due === 0) {
        await new Promise<void>((next) => this.#pacer.wait(now, this.#handedOver, next));
        continue;
      }
      const sends: Promise<void>[] = [];
      for (let at = 0; at < Math.min(due, SENDS_IN_A_TURN) && this.#mayGo(); at++) {
        sends.push(this.#send(this.#blocks[at]!));
      }
      if (sends.length === 0) return;
      await Promise.all(sends);
      await new Promise((next) => setImmediate(next));
    }
  }

  async #send(block: Buffer): Promise<void> {
    const { total } = this.#stream;
    const { wideCounters, verify } = this.#settings;
    const number = ++total.packets;
    this.#handedOver += block.length;
    writeHeader(block, timeOfDay(), number, wideCounters);
    if (verify) {
      const header = headerBytes(wideCounters);
      patternAt(this.#pattern, number * PATTERN_STEP, block.length - header).copy(block, header);
    }
    try {
      await this.#socket.send(block, this.#to);
      total.bytes += block.length;
      total.blocks++;
    } catch (error) {
      // A datagram that was refused is one that is lost; the peer will miss it.
      this.#stream.failure ??= error as Error;
    }
  }
}

/** Counts the datagrams of a stream. */
export function receiveDatagramsOn(
  stream: Stream,
  settings: TestSettings,
): (bytes: Buffer) => void {
  const { total } = stream;
  const { wideCounters, verify } = settings;
  const header = headerBytes(wideCounters);
  const pattern = verify ? makePattern(1 << 16) : undefined;
  let lastTransit: number | undefined;
  return (bytes) => {
    if (bytes.length < header) return;
    const { time, number } = readHeader(bytes, wideCounters);
    total.bytes += bytes.length;
    total.blocks++;
    if (number > total.packets) {
      total.lost += number - total.packets - 1;
      total.packets = number;
    } else {
      total.outOfOrder++;
      // It had been taken for lost.
      if (total.lost > 0) total.lost--;
    }
    const transit = timeOfDay() - time;
    const change = lastTransit === undefined ? 0 : Math.abs(transit - lastTransit);
    lastTransit = transit;
    stream.jitter += (change - stream.jitter) / 16;
    if (pattern && stream.firstWrong === undefined) {
      const body = bytes.subarray(header);
      const wrong = firstDifference(pattern, number * PATTERN_STEP, body);
      if (wrong >= 0) stream.firstWrong = total.bytes - body.length + wrong;
      else stream.verified += body.length;
    }
  };
}
