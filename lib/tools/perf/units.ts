/** Numbers as people write and read them: sizes count by 1024, rates by 1000, as iperf3 does. */

const LETTERS = 'kmgt';

function parseSuffixed(text: string, base: number): number | undefined {
  const [, digits, letter] = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const power = letter ? LETTERS.indexOf(letter.toLowerCase()) + 1 : 0;
  return Math.round(Number(digits) * base ** power);
}

/** '128K' → 131072; `undefined` for what is no size. */
export function parseSize(text: string): number | undefined {
  return parseSuffixed(text, 1024);
}

/** '10M' → 10000000; `undefined` for what is no rate. */
export function parseRate(text: string): number | undefined {
  return parseSuffixed(text, 1000);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let power = 0;
  let rest = value;
  // What would be rounded up to four digits is one of the next unit.
  while (rest >= base * 0.9995 && power < units.length - 1) {
    rest /= base;
    power++;
  }
  const digits = rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(power === 0 ? 0 : digits)} ${units[power]}`;
}

/** '1.87 GBytes' */
export function bytesText(bytes: number): string {
  return scaled(bytes, 1024, ['Bytes', 'KBytes', 'MBytes', 'GBytes', 'TBytes']);
}

/** '8.04 Gbits/sec' */
export function rateText(bitsPerSecond: number): string {
  const units = ['bits/sec', 'Kbits/sec', 'Mbits/sec', 'Gbits/sec', 'Tbits/sec'];
  return scaled(bitsPerSecond, 1000, units);
}

/** '38 µs', '1.52 ms': from microseconds. */
export function durationText(microseconds: number): string {
  return scaled(microseconds, 1000, ['µs', 'ms', 's']);
}

/** '12,345' */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
