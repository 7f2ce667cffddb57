/** What keeps the process alive, and what happens at the end of a thread. */

/** In milliseconds: the longest time that a timer takes. */
const LONGEST_TIMER = 0x7fffffff;

/** Keeps the process alive while something is pending that shall keep it alive. */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout;
  #holders = 0;
  #enabled = true;
  #forced = false;
  #active = false;

  constructor() {
    this.#timer = setInterval(() => undefined, LONGEST_TIMER);
    this.#timer.unref();
  }

  /** One more holder. */
  hold(): void {
    if (++this.#holders === 1) this.update();
  }

  /** One holder less. Takes effect with the next `update()`: often another holder comes at once. */
  drop(): void {
    this.#holders--;
  }

  /** Adds a number of holders, or takes them away where it is negative. */
  change(holders: number): void {
    this.#holders += holders;
    this.update();
  }

  /** Whether holders count. */
  enable(enabled: boolean): void {
    this.#enabled = enabled;
    this.update();
  }

  /** Keeps the process alive whoever holds. */
  force(): void {
    this.#forced = true;
    this.update();
  }

  update(): void {
    const wanted = this.#forced || (this.#enabled && this.#holders > 0);
    if (wanted === this.#active) return;
    this.#active = wanted;
    if (wanted) this.#timer.ref();
    else this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** Whoever must know that its thread ends. */
export interface Abandonable {
  /** The thread ends: nothing more will be delivered. */
  abandon(): void;
}

const open = new Set<Abandonable>();
let hooked = false;

/**
 * The end of a thread waits for its own poller threads, and they wait in a native call: without a
 * word they would wait for ever.
 */
function onExit(): void {
  for (const one of open) one.abandon();
}

/** Has somebody told when this thread ends. */
export function atExit(one: Abandonable): void {
  if (!hooked) {
    hooked = true;
    // First of all listeners: one that throws would keep those behind it from being called.
    process.prependListener('exit', onExit);
  }
  open.add(one);
}

/** Takes back `atExit`. */
export function notAtExit(one: Abandonable): void {
  open.delete(one);
}
