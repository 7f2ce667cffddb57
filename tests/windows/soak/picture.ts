/** What a long run has held, as a picture: a band for each kind, each with a scale of its own from zero. */

export interface Line {
  readonly name: string;
  readonly unit: string;
  readonly values: number[];
}

const WIDTH = 860;
const BAND = 110;
const LEFT = 20;
const TOP = 26;

/** @param times minutes since the beginning, one for each value */
export function picture(times: readonly number[], lines: readonly Line[]): string {
  const end = Math.max(...times, 1 / 60);
  const height = lines.length * BAND + TOP;
  const bands = lines.map(({ name, unit, values }, index) => {
    const top = index * BAND + TOP;
    const most = Math.max(...values, 1) * 1.1;
    const points = values.map((value, at) => {
      const x = LEFT + (times[at]! / end) * (WIDTH - 2 * LEFT);
      const y = top + (BAND - 30) * (1 - value / most);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    const bottom = top + BAND - 30;
    const range = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)} ${unit}`;
    return [
      `<text x="${LEFT}" y="${top - 6}">${name}: ${range}</text>`,
      `<path d="M${LEFT} ${bottom}H${WIDTH - LEFT}" stroke="#999" fill="none"/>`,
      `<polyline points="${points.join(' ')}" stroke="#2f6fde" fill="none"/>`,
    ].join('');
  });
  const style = '<style>text{font:12px sans-serif;fill:#444}</style>';
  const scale = `<text x="${LEFT}" y="${height - 6}">0 to ${end.toFixed(0)} minutes</text>`;
  const size = `width="${WIDTH}" height="${height}"`;
  const title = '<title>What a long run has held</title>';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${title}${style}${bands.join('')}${scale}</svg>\n`;
}
