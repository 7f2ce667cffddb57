/** When the next block is due, where a rate is asked for. */

/** Timers come late by up to this, in milliseconds, so the rest is waited for turn by turn. */
const TIMER_LATENESS = 20;

export class Pacer {
  readonly #bytesPerMillisecond: number;
  readonly #burst: number;
  #start = 0;

  /**
   * @param rate bits in a second; 0 for no limit
   * @param burst blocks that are sent together
   */
  constructor(rate: number, burst: number) {
    this.#bytesPerMillisecond = rate / 8000;
    this.#burst = Math.max(1, burst);
  }

  start(now: number): void {
    this.#start = now;
  }

  get limited(): boolean {
    return this.#bytesPerMillisecond > 0;
  }

  /** How many blocks may be sent now, after so many bytes. What was missed is made up for. */
  due(now: number, sent: number, blockSize: number): number {
    if (!this.limited) return Number.POSITIVE_INFINITY;
    const behind = this.#bytesPerMillisecond * (now - this.#start) - sent;
    if (behind < 0) return 0;
    // A block goes as soon as the average is below the rate, so the first goes at once.
    return Math.max(this.#burst, Math.floor(behind / blockSize) + 1);
  }

  /** Calls back when something is due again, or somewhat earlier. */
  wait(now: number, sent: number, callback: () => void): void {
    const due = this.#start + sent / this.#bytesPerMillisecond;
    const left = due - now;
    if (left > TIMER_LATENESS) setTimeout(callback, left - TIMER_LATENESS);
    else setImmediate(callback);
  }
}
