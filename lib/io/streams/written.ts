/** What was written to a connection and is not sent yet. */
import { byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import type { PooledBuffer } from '../calls/buffers.ts';
import { inThisContext, throwLater } from '../port/listeners.ts';
import { endLease, leaseOf } from '../sockets/lease.ts';

/** Called when the data was handed to the network, or could not be. */
export type SentCallback = (error?: Error) => void;

/** Data that waits to be sent, or is being sent. */
export interface Waiting {
  readonly data: Uint8Array;
  readonly address: number;
  /** How many bytes it had when it was written. */
  readonly length: number;
  /** The pooled memory it is in, where it was lent. */
  readonly lease: PooledBuffer | undefined;
  readonly callback: SentCallback | undefined;
  /** Sends something else than data, alone, when its turn has come. */
  readonly turn?: () => void;
}

export const NO_DATA = new Uint8Array(0);

/**
 * @param address where the data is: see `addressOfData`
 * @param callback is called in the context of now
 */
export function waitingOf(
  data: Uint8Array,
  address: number,
  callback: SentCallback | undefined,
): Waiting {
  return {
    data,
    address,
    length: byteLengthOf(data),
    lease: leaseOf(data),
    callback: callback && inThisContext(callback),
  };
}

/**
 * What a send has taken and what it has left. Memory that is taken goes back to whom it belongs.
 *
 * @param batch what was to be sent
 * @param bytes how many of its bytes were taken
 * @returns the callbacks of what is sent, and the rest
 */
export function split(
  batch: readonly Waiting[],
  bytes: number,
): { taken: SentCallback[]; left: Waiting[] } {
  const taken: SentCallback[] = [];
  const left: Waiting[] = [];
  let room = bytes;
  for (const one of batch) {
    if (room >= one.length) {
      room -= one.length;
      if (one.callback) taken.push(one.callback);
      if (one.lease) endLease(one.lease);
    } else {
      left.push(room === 0 ? one : restOf(one, room));
      room = 0;
    }
  }
  return { taken, left };
}

function restOf(one: Waiting, taken: number): Waiting {
  const data = one.data.subarray(taken, one.length);
  return { ...one, data, address: one.address + taken, length: one.length - taken };
}

/** Calls them all: an exception of one is uncaught, and keeps no other from being called. */
export function callAll(callbacks: readonly SentCallback[], error?: Error): void {
  for (const callback of callbacks) {
    try {
      if (error) callback(error);
      else callback();
    } catch (thrown) {
      throwLater(thrown);
    }
  }
}
