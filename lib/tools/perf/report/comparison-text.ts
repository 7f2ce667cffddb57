/** A comparison of I/O models as tables. */
import type { Comparison, ScenarioResult } from '../models/compare.ts';
import { COMPARED_MODELS, MODEL_TITLES } from '../models/names.ts';
import { countText, durationText } from '../units.ts';

function scenarioText({ name, unit, results }: ScenarioResult): string[] {
  const isBytes = unit === 'bytes';
  const head = isBytes
    ? ['', 'MB a second', '±', 'µs CPU a MB']
    : ['', 'answers a second', '±', 'p50', 'p99', 'µs CPU each'];
  const rows = results.map(({ model, median, spread }) => {
    const off = `${(spread * 50).toFixed(0)} %`;
    const cpu = median.cpu.toFixed(1);
    if (isBytes) return [model, countText(median.rate / 1e6), off, cpu];
    return [
      model,
      countText(median.rate),
      off,
      durationText(median.p50),
      durationText(median.p99),
      cpu,
    ];
  });
  const width = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(width[at]! + 2) : cell.padStart(width[at]! + 3)))
      .join('')
      .trimEnd(),
  );
  return [name, ...lines.map((line) => `  ${line}`), ''];
}

export function comparisonText(comparison: Comparison): string {
  const { scenarios, lacking, rounds, seconds, runtime, client } = comparison;
  const shown = new Set(scenarios.flatMap(({ results }) => results.map(({ model }) => model)));
  return [
    ...scenarios.flatMap(scenarioText),
    ...COMPARED_MODELS.filter((model) => shown.has(model)).map(
      (model) => `${model.padEnd(12)}${MODEL_TITLES[model]}`,
    ),
    ...lacking.map(({ model, reason }) => `${model.padEnd(12)}not here: ${reason}`),
    '',
    `The best first; medians of ${rounds} interleaved rounds of ${seconds} s, ± half the distance of`,
    `the extremes. Servers and their load, on ${client}, share this machine; ${runtime}.`,
  ].join('\n');
}
