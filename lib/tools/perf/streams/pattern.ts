/** What is sent: bytes that tell their own place in the stream, so that a wrong one is seen. */

/** A prime number: no size of a block or of a segment divides it. */
const PERIOD = 65_521;
const MULTIPLIER = 1_664_525;
const INCREMENT = 1_013_904_223;

/**
 * The pattern, from where any block of up to `longest` bytes is contiguous memory.
 *
 * @param longest bytes
 */
export function makePattern(longest: number): Buffer {
  const pattern = Buffer.from(new ArrayBuffer(PERIOD + longest));
  let seed = 1;
  for (let at = 0; at < PERIOD; at++) {
    seed = (Math.imul(seed, MULTIPLIER) + INCREMENT) >>> 0;
    pattern[at] = seed >>> 24;
  }
  for (let at = PERIOD; at < pattern.length; at += PERIOD) pattern.copy(pattern, at, 0, PERIOD);
  return pattern;
}

/** The bytes of the stream from `offset` on. */
export function patternAt(pattern: Buffer, offset: number, length: number): Buffer {
  const start = offset % PERIOD;
  return pattern.subarray(start, start + length);
}

/** Where the first byte differs from the stream at `offset`, or -1. */
export function firstDifference(pattern: Buffer, offset: number, bytes: Uint8Array): number {
  const longest = pattern.length - PERIOD;
  for (let done = 0; done < bytes.length; done += longest) {
    const part = bytes.subarray(done, done + longest);
    const wanted = patternAt(pattern, offset + done, part.length);
    if (wanted.compare(part) === 0) continue;
    return done + part.findIndex((byte, at) => byte !== wanted[at]);
  }
  return -1;
}
