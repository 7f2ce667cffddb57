/** Lines over time as SVG: panels below each other with a common axis of seconds. */

const WIDTH = 860;
const LEFT = 110;
const RIGHT = 30;
const TOP = 70;
const PANEL = 180;
const GAP = 58;
const TICKS = 4;

/** Colours that can be told apart in light and dark, also by the colour-blind. */
export const COLORS = ['#2f6fde', '#c98a1b', '#3d9a5f', '#b5476b'] as const;

const STYLE = `
.panel{fill:#fff}text{fill:#24292f}.title{font-size:16px;font-weight:600}.head{font-weight:600}
.note{fill:#57606a}.grid{stroke:#8a8f98;stroke-opacity:.35}
@media(prefers-color-scheme:dark){.panel{fill:#161b22}text{fill:#e6edf3}.note{fill:#9aa4af}}`;

export interface Series {
  readonly name: string;
  readonly color: string;
  /** Seconds and value, in the order of time. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly series: readonly Series[];
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes}>${escaped(content)}</text>`;
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

function panelLines(panel: Panel, top: number, longest: number): string[] {
  const values = panel.series.flatMap(({ points }) => points.map(([, y]) => y));
  const step = stepOf(Math.max(0, ...values));
  const highest = step * Math.max(1, Math.ceil(Math.max(0, ...values) / step));
  const bottom = top + PANEL;
  const x = (seconds: number) => LEFT + (seconds / longest) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => bottom - (value / highest) * PANEL;
  const lines = [text(LEFT, top - 12, panel.title, ' class="head"')];
  let legend = WIDTH - RIGHT;
  for (const { name, color } of [...panel.series].reverse()) {
    legend -= name.length * 6.6;
    lines.push(text(legend, top - 12, name));
    legend -= 18;
    lines.push(
      `<rect x="${legend.toFixed(1)}" y="${top - 22}" width="12" height="12" fill="${color}"/>`,
    );
    legend -= 14;
  }
  for (let value = 0; value <= highest + step / 2; value += step) {
    lines.push(line(LEFT, y(value), WIDTH - RIGHT, y(value)));
    lines.push(text(LEFT - 8, y(value) + 4, panel.format(value), ' text-anchor="end"'));
  }
  const secondsStep = stepOf(longest);
  for (let seconds = 0; seconds <= longest + 1e-9; seconds += secondsStep) {
    const label = `${Number(seconds.toFixed(2))} s`;
    lines.push(text(x(seconds), bottom + 16, label, ' class="note" text-anchor="middle"'));
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
    `<style>${STYLE}</style>`,
    `<rect class="panel" width="${WIDTH}" height="${height}" rx="8"/>`,
    text(20, 26, title, ' class="title"'),
    text(20, 44, note, ' class="note"'),
    ...shown.flatMap((panel, index) =>
      panelLines(panel, TOP + 20 + index * (PANEL + GAP), longest),
    ),
    '</svg>',
    '',
  ].join('\n');
}
