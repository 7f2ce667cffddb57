/** Those who wait for one thing to happen, all of whom are told. */
export class Waiters {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it happens next. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Whether somebody waits. */
  get any(): boolean {
    return this.#waiting.length > 0;
  }

  /** It has happened. */
  tell(): void {
    if (!this.any) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
