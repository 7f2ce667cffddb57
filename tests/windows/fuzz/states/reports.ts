import type { Report } from './actor.ts';

/** Who has the servers that a connection came to: a round, or the other thread. */
export interface ServersOwner {
  /** Whether it has cut its connections, or they were cut with it. */
  readonly cut: boolean;
}

/**
 * What the servers' ends have seen, of all rounds that are under way: the system gives the number of a port that a
 * round has closed to whoever asks next, so a client may come to the server of another round.
 */
export class Reports {
  readonly #seen = new Map<number, { readonly report: Report; readonly owner: ServersOwner }>();

  add(report: Report, owner: ServersOwner): void {
    this.#seen.set(report.key, { report, owner });
  }

  get(key: number): { readonly report: Report; readonly owner: ServersOwner } | undefined {
    return this.#seen.get(key);
  }

  delete(key: number): void {
    this.#seen.delete(key);
  }
}
