/** Drives one end of a connection from state to state, and notes what it saw. */
import type { Random } from '../hostile/random.ts';
import { Content, LARGEST_WRITE } from './content.ts';
import type { End, Numbers } from './ends.ts';

/** What an end has seen, for the comparison with the other. Goes from thread to thread. */
export interface Report {
  readonly key: number;
  readonly side: 'client' | 'server';
  readonly kind: string;
  /** Bytes given to `write`. */
  readonly written: number;
  /** Bytes of them whose callback came without an error. */
  readonly taken: number;
  readonly received: number;
  readonly sawEnd: boolean;
  readonly numbers: Numbers | undefined;
  /** What it did to make the connection end early. */
  readonly cut: string | undefined;
  readonly error: string | undefined;
  /** What must not be, whatever the other end did. */
  readonly faults: readonly string[];
  readonly steps: readonly string[];
}

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How many of a hundred connections are cut by an end, and how. */
const CUTS = ['destroy', 'reset', 'destroy in a listener', 'destroy with a write before'] as const;

/** Thrown by listeners on purpose, and expected as uncaught. */
export class OnPurpose extends Error {}

export class Actor {
  readonly #end: End;
  readonly #random: Random;
  readonly #key: number;
  readonly #side: 'client' | 'server';
  readonly #sends: Content;
  readonly #expects: Content;
  readonly #steps: string[] = [];
  readonly #faults: string[] = [];
  #written = 0;
  #taken = 0;
  #received = 0;
  #callbacks = 0;
  #sawEnd = false;
  #askedToEnd = false;
  #cut: string | undefined;
  #cutAt = Infinity;
  #hasCut = false;
  #greeting: Uint8Array;
  #error: Error | undefined;
  #closes = 0;
  readonly #closed: Promise<void>;

  /** @param greeting what has been written before, and is not counted; it comes back where the end is its own peer */
  constructor(
    end: End,
    random: Random,
    key: number,
    side: 'client' | 'server',
    cuts: number,
    greeting: Uint8Array = new Uint8Array(),
  ) {
    this.#end = end;
    this.#greeting = greeting;
    this.#random = random;
    this.#key = key;
    this.#side = side;
    this.#sends = new Content(side === 'client' ? key : key + 1);
    this.#expects = new Content(side === 'client' ? key + 1 : key);
    if (random.below(100) < cuts) {
      this.#cut = random.pick(CUTS);
      this.#cutAt = random.below(12);
    }
    end.on('data', (chunk) => this.take(chunk));
    end.on('end', () => {
      if (this.#sawEnd) this.#faults.push("'end' came twice");
      this.#sawEnd = true;
    });
    end.on('error', (error) => {
      if (this.#error) this.#faults.push(`a second error: ${error.message}`);
      this.#error = error;
    });
    this.#closed = new Promise((resolve) => {
      end.on('close', () => {
        if (++this.#closes > 1) this.#faults.push("'close' came twice");
        resolve();
      });
    });
  }

  /** From the first step until everything is over. */
  async run(): Promise<Report> {
    const count = this.#random.below(12);
    for (let step = 0; step < count && this.#closes === 0; step++) {
      if (step === this.#cutAt) break;
      this.#step();
      await this.#breathe();
    }
    this.#end.resume();
    if (this.#cut && this.#closes === 0) this.#cutShort(this.#cut);
    else this.#finish();
    await this.#closed;
    // Callbacks may come after it.
    for (let waited = 0; this.#callbacks > 0 && waited < 200; waited++) await turn();
    if (this.#callbacks > 0) this.#faults.push(`${this.#callbacks} callbacks did not come`);
    return this.report();
  }

  report(): Report {
    return {
      key: this.#key,
      side: this.#side,
      kind: this.#end.kind,
      written: this.#written,
      taken: this.#taken,
      received: this.#received,
      sawEnd: this.#sawEnd,
      numbers: this.#end.numbers(),
      cut: this.#hasCut ? this.#cut : undefined,
      error: this.#error && `${this.#error.name}: ${this.#error.message}`,
      faults: this.#faults,
      steps: this.#steps,
    };
  }

  /** Looks at what came. What came before there was an actor is given to it. */
  take(chunk: Buffer): void {
    if (this.#sawEnd) this.#faults.push("'data' after 'end'");
    if (this.#closes > 0) this.#faults.push("'data' after 'close'");
    const data = this.#withoutGreeting(chunk);
    const expected = isItself(this.#end.numbers()) ? this.#sends : this.#expects;
    if (!expected.matches(this.#received, data)) {
      this.#faults.push(`wrong bytes from ${this.#received} on`);
    }
    this.#received += data.length;
    if (this.#cut === 'destroy in a listener' && this.#steps.length >= this.#cutAt) {
      this.#hasCut = true;
      this.#steps.push('destroy in a listener');
      this.#end.destroy();
    }
  }

  /** What came, without what was written before the first step, where that comes back. */
  #withoutGreeting(chunk: Buffer): Buffer {
    if (!isItself(this.#end.numbers())) return chunk;
    const back = chunk.subarray(0, this.#greeting.length);
    if (!back.equals(this.#greeting.subarray(0, back.length))) {
      this.#faults.push('another greeting came back');
    }
    this.#greeting = this.#greeting.subarray(back.length);
    return chunk.subarray(back.length);
  }

  #write(length: number): void {
    if (!this.#end.writable() || this.#askedToEnd) return;
    const data = this.#sends.at(this.#written, length);
    this.#written += length;
    this.#callbacks++;
    let called = 0;
    this.#end.write(data, (error) => {
      this.#callbacks--;
      if (++called > 1) this.#faults.push('a callback came twice');
      if (!error) this.#taken += length;
    });
  }

  #step(): void {
    const random = this.#random;
    const step = random.pick(['write', 'write', 'much', 'burst', 'pause', 'resume', 'wait', 'end']);
    this.#steps.push(step);
    if (step === 'write') this.#write(random.below(3000));
    else if (step === 'much') this.#write(random.below(LARGEST_WRITE));
    else if (step === 'burst') {
      for (let i = random.below(6); i >= 0; i--) this.#write(random.below(9000));
    } else if (step === 'pause') this.#end.pause();
    else if (step === 'resume') this.#end.resume();
    else if (step === 'end' && random.once(3)) this.#finish();
  }

  async #breathe(): Promise<void> {
    const random = this.#random;
    const how = random.below(8);
    if (how < 3) return;
    if (how < 7) await turn();
    else await pause(random.below(4));
  }

  #finish(): void {
    if (this.#askedToEnd) return;
    this.#askedToEnd = true;
    this.#steps.push('end of ours');
    let called = 0;
    this.#end.end(() => {
      if (++called > 1) this.#faults.push('the callback of end came twice');
    });
  }

  #cutShort(how: string): void {
    this.#hasCut = true;
    this.#steps.push(how);
    if (how === 'reset') this.#end.reset();
    else {
      if (how === 'destroy with a write before') this.#write(this.#random.below(9000));
      this.#end.destroy();
    }
  }
}

/** What is wrong with a connection, by what both ends say of it. */
export function compare(one: Report, other: Report, lost: boolean): string[] {
  return [
    ...one.faults,
    ...other.faults,
    ...direction(one, other, lost),
    ...direction(other, one, lost),
  ];
}

/** Whether a connection leads to itself: the number that it connected to became its own, as nobody listened there. */
export function isItself(numbers: Numbers | undefined): boolean {
  return numbers !== undefined && numbers[0] === numbers[1];
}

/** What is wrong with a connection that leads to itself. */
export function compareWithItself(report: Report, lost: boolean): string[] {
  return [...report.faults, ...direction(report, report, lost)];
}

function direction(from: Report, to: Report, lost: boolean): string[] {
  const faults: string[] = [];
  const way = `${from.side} (${from.kind}) to ${to.side} (${to.kind})`;
  if (to.received > from.written) faults.push(`${way}: ${to.received} came of ${from.written}`);
  if (lost || from.cut || to.cut) return faults;
  // Nobody has cut it short: all of it, to the end, and no error.
  if (from.error) faults.push(`${way}: ${from.error}`);
  if (from.taken !== from.written) faults.push(`${way}: ${from.taken} taken of ${from.written}`);
  if (to.received !== from.written) faults.push(`${way}: ${to.received} came of ${from.written}`);
  if (!to.sawEnd) faults.push(`${way}: no end`);
  return faults;
}
