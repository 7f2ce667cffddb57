/** Lines over time as SVG: panels below each other with a common axis of seconds. */
import { escaped, SVG_STYLE, svgText } from './svg-text.ts';

const WIDTH = 860;
const LEFT = 110;
const RIGHT = 30;
const TOP = 70;
const PANEL = 180;
const GAP = 58;
const TICKS = 4;

/** Colours that can be told apart in light and dark, also by the colour-blind. */
export const COLORS = ['#2f6fde', '#c98a1b', '#3d9a5f', '#b5476b'] as const;

export interface Series {
  readonly name: string;
  readonly color: string;
  /** Seconds and value, in the order of time. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly format: (value: number) => string;
  /** By powers of ten: for values that are far apart, and above zero. */
  readonly logarithmic?: true;
  readonly series: readonly Series[];
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line class="grid" x1="${a}" y1="${b}" x2="${c}" y2="${d}"/>`;
}

/** A step of 1, 2 or 5 times a power of ten that divides a range into few parts. */
function stepOf(range: number): number {
  const raw = Math.max(range, 1e-9) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw)!;
}

interface Scale {
  /** Where a value is: 0 at the bottom, 1 at the top. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

function linear(values: readonly number[]): Scale {
  const most = Math.max(0, ...values);
  const step = stepOf(most);
  const count = Math.max(1, Math.ceil(most / step));
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { at: (value) => value / (count * step), ticks };
}

function logarithmic(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0);
  const power = (value: number) => Math.log10(value);
  const lowest = Math.floor(power(Math.min(...positive)));
  const highest = Math.max(lowest + 1, Math.ceil(power(Math.max(...positive))));
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at));
  const at = (value: number) => (power(Math.max(value, ticks[0]!)) - lowest) / (highest - lowest);
  return { at, ticks };
}

function panelLines(panel: Panel, top: number, longest: number): string[] {
  const values = panel.series.flatMap(({ points }) => points.map(([, y]) => y));
  const isLogarithmic = panel.logarithmic && values.some((value) => value > 0);
  const scale = isLogarithmic ? logarithmic(values) : linear(values);
  const bottom = top + PANEL;
  const x = (seconds: number) => LEFT + (seconds / longest) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => bottom - scale.at(value) * PANEL;
  const lines = [svgText(LEFT, top - 12, panel.title, ' class="head"')];
  let legend = WIDTH - RIGHT;
  for (const { name, color } of [...panel.series].reverse()) {
    legend -= name.length * 6.6;
    lines.push(svgText(legend, top - 12, name));
    legend -= 18;
    lines.push(
      `<rect x="${legend.toFixed(1)}" y="${top - 22}" width="12" height="12" fill="${color}"/>`,
    );
    legend -= 14;
  }
  for (const value of scale.ticks) {
    lines.push(line(LEFT, y(value), WIDTH - RIGHT, y(value)));
    lines.push(svgText(LEFT - 8, y(value) + 4, panel.format(value), ' text-anchor="end"'));
  }
  const secondsStep = stepOf(longest);
  for (let seconds = 0; seconds <= longest + 1e-9; seconds += secondsStep) {
    const label = `${Number(seconds.toFixed(2))} s`;
    lines.push(svgText(x(seconds), bottom + 16, label, ' class="note" text-anchor="middle"'));
  }
  for (const { color, points } of panel.series) {
    const path = points.map(([sec, value]) => `${x(sec).toFixed(1)},${y(value).toFixed(1)}`);
    if (points.length === 1) {
      const [cx, cy] = path[0]!.split(',');
      lines.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`);
    } else if (points.length > 1) {
      const shape = `fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"`;
      lines.push(`<polyline points="${path.join(' ')}" ${shape}/>`);
    }
  }
  return lines;
}

export function chart(title: string, note: string, panels: readonly Panel[]): string {
  const shown = panels.filter(({ series }) => series.some(({ points }) => points.length > 0));
  const height = TOP + shown.length * (PANEL + GAP);
  const times = shown.flatMap(({ series }) =>
    series.flatMap(({ points }) => points.map(([x]) => x)),
  );
  const longest = Math.max(1, ...times);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<style>${SVG_STYLE}</style>`,
    `<rect class="panel" width="${WIDTH}" height="${height}" rx="8"/>`,
    svgText(20, 26, title, ' class="title"'),
    svgText(20, 44, note, ' class="note"'),
    ...shown.flatMap((panel, index) =>
      panelLines(panel, TOP + 20 + index * (PANEL + GAP), longest),
    ),
    '</svg>',
    '',
  ].join('\n');
}
