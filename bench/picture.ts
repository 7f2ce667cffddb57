/** The picture that the README shows: messages a second as a multiple of node:net's. */
import type { Cell } from './report.ts';

const BAR = 14;
const GAP = 22;
const LEFT = 190;
const WIDTH = 860;
const COLORS: Record<string, string> = {
  net: '#8a8f98',
  bun: '#d9a441',
  wrapper: '#2f6fde',
  raw: '#86b1f7',
  c: '#3d9a5f',
};

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

export function picture(cells: readonly Cell[], names: ReadonlyMap<string, string>): string {
  const shown = cells.filter(({ contender, toNet }) => contender in COLORS && toNet !== null);
  const scenarios = [...new Set(shown.map(({ scenario }) => scenario))];
  const most = Math.max(1, ...shown.map(({ toNet }) => toNet!));
  const scale = (WIDTH - LEFT - 60) / most;
  const parts: string[] = [];
  let y = 56;
  for (const scenario of scenarios) {
    const bars = shown.filter((cell) => cell.scenario === scenario);
    const middle = y + (bars.length * BAR) / 2 + 4;
    parts.push(
      `<text x="${LEFT - 12}" y="${middle}" text-anchor="end">${escaped(scenario)}</text>`,
    );
    for (const { contender, toNet } of bars) {
      const width = (toNet! * scale).toFixed(1);
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR - 2}" fill="${COLORS[contender]}"/>`,
        `<text class="value" x="${(LEFT + Number(width) + 5).toFixed(1)}" y="${y + 10}">${toNet!.toFixed(2)}</text>`,
      );
      y += BAR;
    }
    y += GAP;
  }
  const one = (LEFT + scale).toFixed(1);
  let x = LEFT;
  const legend = Object.entries(COLORS).map(([id, color]) => {
    const name = names.get(id) ?? id;
    const item = `<rect x="${x}" y="14" width="12" height="12" fill="${color}"/><text x="${x + 17}" y="24">${escaped(name)}</text>`;
    x += 40 + name.length * 7;
    return item;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12">
<style>text{fill:#333}.value{font-size:10px}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
<line x1="${one}" x2="${one}" y1="44" y2="${y - GAP}" stroke="#8a8f98" stroke-dasharray="3 3"/>
${legend.join('\n')}
${parts.join('\n')}
</svg>
`;
}
