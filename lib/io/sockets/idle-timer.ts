import { LONGEST_TIMEOUT } from '../ops/give-up.ts';

/** Calls when nothing has happened for as long as was asked. It keeps no process alive. */
export class IdleTimer {
  #timer: NodeJS.Timeout | undefined;

  /** @param milliseconds 0, or more than timers take: never */
  start(milliseconds: number, idle: () => void): void {
    this.stop();
    if (milliseconds === 0 || milliseconds > LONGEST_TIMEOUT) return;
    this.#timer = setTimeout(idle, milliseconds);
    this.#timer.unref();
  }

  /** Something has happened: the time begins anew. */
  active(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
