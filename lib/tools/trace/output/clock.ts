/** Times of a trace: what `process.hrtime` tells, as the time of day. */

/** The time of day when `process.hrtime` is 0, in nanoseconds since 1970. */
const ORIGIN =
  BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n -
  process.hrtime.bigint();

/** A time of `process.hrtime` in nanoseconds since 1970. */
export function timeOfDay(at: bigint): bigint {
  return ORIGIN + at;
}

const NANOSECONDS = 1_000_000_000n;

/** `12:34:56.123456`, in local time. */
function absolute(at: bigint): string {
  const time = timeOfDay(at);
  const date = new Date(Number(time / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const fraction = String((time % NANOSECONDS) / 1000n).padStart(6, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction} `;
}

function seconds(nanoseconds: bigint): string {
  return (Number(nanoseconds) / 1e9).toFixed(6).padStart(10);
}

/**
 * What stands at the beginning of a line.
 *
 * @param time the time of day, seconds since the first line, or seconds since the line before
 */
export function clockText(
  time: 'none' | 'absolute' | 'relative' | 'delta',
): (at: bigint) => string {
  let first: bigint | undefined;
  let last: bigint | undefined;
  return (at) => {
    if (time === 'none') return '';
    if (time === 'absolute') return absolute(at);
    first ??= at;
    const since = time === 'relative' ? first : (last ?? at);
    last = at;
    return `${seconds(at - since)} `;
  };
}
