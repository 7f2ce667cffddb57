/**
 * The lanes of sockets in a timeline. What happens at the same time on one socket is in lanes beside each other:
 * slices of one lane must not overlap.
 */
import { Bounded } from '../calls/bounded.ts';

/** Lanes of sockets have the numbers of their sockets from here on; those below are of threads. */
export const FIRST_SOCKET_LANE = 10_000_000;
/** How far the numbers of the lanes of one socket are apart. */
export const SLOT = 100_000_000;
/** How many lanes a socket has; what more is under way at the same time has none. */
export const MOST_SLOTS = 4;

const MOST_SOCKETS = 65536;

/** A place in a lane, until its end. */
export interface Lane {
  readonly handle: number;
  readonly slot: number;
  end(at: bigint): void;
}

export class SocketLanes {
  /** Of each socket, when its lanes are free again; undefined while they are not. */
  readonly #free = new Bounded<number, (bigint | undefined)[]>(MOST_SOCKETS);

  /** A lane of a socket that is free from a time on; undefined where there is none. */
  take(handle: number, started: bigint): Lane | undefined {
    const free = this.#free.get(handle) ?? [];
    this.#free.set(handle, free);
    for (let slot = 0; slot < MOST_SLOTS; slot++) {
      const from = slot in free ? free[slot] : 0n;
      if (from === undefined || from > started) continue;
      free[slot] = undefined;
      const end = (at: bigint) => {
        free[slot] = at;
      };
      return { handle, slot, end };
    }
    return undefined;
  }
}
