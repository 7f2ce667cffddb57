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

  hold(): void {
    if (++this.#holders === 1) this.update();
  }

  /** Takes effect with the next `update()`: often another holder comes at once. */
  drop(): void {
    this.#holders--;
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
