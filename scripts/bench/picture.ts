/** The picture that the README shows: messages a second as a multiple of node:net's. */
import { escaped, SVG_STYLE, svgText } from '../../lib/tools/perf/report/svg-text.ts';
import { SCENARIOS } from './plan.ts';
import type { BenchResult } from './result.ts';

const WIDTH = 860;
const LEFT = 190;
const RIGHT = 60;
const TOP = 92;
const BAR = 14;
const GAP = 20;

/** In the order of the bars. */
const COLORS: Record<string, string> = {
  net: '#8a8f98',
  bun: '#c98a1b',
  wrapper: '#2f6fde',
  raw: '#86b1f7',
  c: '#3d9a5f',
};

/** The figures beside the bars. */
const STYLE = `${SVG_STYLE}
.value{font-size:10px;paint-order:stroke;stroke:#fff;stroke-width:3px}
@media(prefers-color-scheme:dark){.value{stroke:#161b22}}`;

function bar(x: number, y: number, width: number, color: string): string {
  const height = BAR - 2;
  return `<rect x="${x}" y="${y}" width="${width.toFixed(1)}" height="${height}" fill="${color}"/>`;
}

function legend(names: ReadonlyMap<string, string>): string[] {
  let x = 20;
  return Object.entries(COLORS).flatMap(([id, color]) => {
    const name = names.get(id) ?? id;
    const item = [bar(x, 62, 12, color), svgText(x + 18, 72, name)];
    x += 46 + name.length * 7;
    return item;
  });
}

/** The scenarios of `--quick` are enough for a picture. */
const SCENARIOS_SHOWN = new Set(SCENARIOS.filter(({ quick }) => quick).map(({ name }) => name));

/** @param names what the contenders are called */
export function picture(result: BenchResult, names: ReadonlyMap<string, string>): string {
  const { cells, rounds, seconds, date } = result;
  const order = Object.keys(COLORS);
  const shown = cells.filter(
    ({ contender, scenario, toNet }) =>
      order.includes(contender) && SCENARIOS_SHOWN.has(scenario) && toNet !== null,
  );
  const note =
    `Node.js 24 and Bun under Wine, one core for the server; medians of ${rounds} interleaved ` +
    `rounds of ${seconds} s, ${date.slice(0, 10)}. Lone message: by latency.`;
  const scenarios = [...new Set(shown.map(({ scenario }) => scenario))];
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(1, ...shown.map(({ toNet }) => toNet!));
  const bars: string[] = [];
  let y = TOP;
  for (const scenario of scenarios) {
    const group = shown
      .filter((cell) => cell.scenario === scenario)
      .sort((a, b) => order.indexOf(a.contender) - order.indexOf(b.contender));
    bars.push(svgText(LEFT - 12, y + (group.length * BAR) / 2 + 3, scenario, ' text-anchor="end"'));
    for (const { contender, toNet } of group) {
      const width = toNet! * scale;
      bars.push(bar(LEFT, y, width, COLORS[contender]!));
      bars.push(svgText(LEFT + width + 5, y + 10, toNet!.toFixed(2), ' class="value"'));
      y += BAR;
    }
    y += GAP;
  }
  const one = (LEFT + scale).toFixed(1);
  const title = "Messages per second, as a multiple of node:net's";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="benchmarks-title" font-family="sans-serif" font-size="12">`,
    `<title id="benchmarks-title">${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="panel" width="${WIDTH}" height="${y}" rx="8"/>`,
    svgText(20, 28, title, ' class="title"'),
    svgText(20, 46, note, ' class="note"'),
    ...legend(names),
    `<line x1="${one}" x2="${one}" y1="${TOP - 6}" y2="${y - GAP + 6}" stroke="#8a8f98" stroke-dasharray="3 3"/>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}
