/** Data that goes as several datagrams: taken apart by the system where it can, which costs one call. */

import { WinsockError } from '../../ffi/errors/errors.ts';
import { byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import { getOption } from '../sockets/socket-options.ts';
import { LONGEST_PAYLOAD } from './send-control.ts';

/** What goes with one call: bytes of the whole, and whether the system takes them apart. */
export interface Portion {
  readonly begin: number;
  readonly end: number;
  /** In bytes; undefined where it is one datagram. */
  readonly segmentSize: number | undefined;
}

/** How many datagrams are made of one call at most; others found no more to work. */
const MOST_SEGMENTS = 512;

let segments: boolean | undefined;

/** Whether the system takes data apart that goes out (UDP_SEND_MSG_SIZE, Windows 10 2004). */
export function takesApart(socket: number): boolean {
  if (segments === undefined) {
    try {
      getOption(socket, 'sendSegment');
      segments = true;
    } catch (error) {
      if (!(error instanceof WinsockError)) throw error;
      segments = false;
    }
  }
  return segments;
}

/**
 * The calls that send some data as datagrams of one size.
 *
 * @param bytes how many there are
 * @param segmentSize in bytes
 * @param bySystem whether the system takes data apart
 */
export function portionsOf(bytes: number, segmentSize: number, bySystem: boolean): Portion[] {
  const atOnce = bySystem
    ? Math.max(1, Math.min(MOST_SEGMENTS, Math.floor(LONGEST_PAYLOAD / segmentSize)))
    : 1;
  const found: Portion[] = [];
  for (let begin = 0; begin < bytes; begin += atOnce * segmentSize) {
    const end = Math.min(bytes, begin + atOnce * segmentSize);
    const isOne = end - begin <= segmentSize;
    found.push({ begin, end, segmentSize: isOne ? undefined : segmentSize });
  }
  return found;
}

/**
 * Datagrams in groups, each of which the system can make of one call: all of one length, but for a shorter
 * one at its end.
 */
export function groupsOf(
  datagrams: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer>[][] {
  const groups: Uint8Array<ArrayBuffer>[][] = [];
  let group: Uint8Array<ArrayBuffer>[] = [];
  /** Of the first, of the last and of all in the group, in bytes. */
  let [size, last, bytes] = [0, 0, 0];
  for (const one of datagrams) {
    const length = byteLengthOf(one);
    const isWhole = group.length > 0 && last === size;
    const fits = bytes + length <= LONGEST_PAYLOAD && group.length < MOST_SEGMENTS;
    if (!isWhole || !fits || length > size || length === 0) {
      group = [];
      groups.push(group);
      [size, bytes] = [length, 0];
    }
    group.push(one);
    last = length;
    bytes += length;
  }
  return groups;
}
