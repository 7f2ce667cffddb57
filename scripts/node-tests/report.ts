// What has come of a run of Node's tests, in words and figures.

import { EXPECTED, type Expected, type Kind } from './expected.ts';
import { PARTS } from './files.ts';
import type { Over, Result } from './run.ts';

const known = new Map(EXPECTED.map((one) => [one.file, one]));

/** The known failure that a result is. */
export function expectedOf({ file, over }: Result): Expected | undefined {
  const found = known.get(file.name);
  return found && (over === 'register' || found.kind === 'built-in') ? found : undefined;
}

/** Whether somebody has to look at a result. */
export function isUnexpected(result: Result): boolean {
  return result.outcome === 'failed' && !expectedOf(result);
}

/** One line for one file. */
export function lineOf(result: Result): string {
  const { file, over, outcome, seconds, reason } = result;
  const expected = expectedOf(result);
  const label = `${file.name} (${over})`;
  const time = `(${seconds.toFixed(1)} s)`;
  if (outcome === 'passed' && expected) return `! ${label} passes, and is listed ${time}`;
  if (outcome === 'passed') return `✓ ${label} ${time}`;
  if (outcome === 'skipped') return `- ${label} skips itself: ${reason} ${time}`;
  if (expected) return `- ${label} fails as is known: ${expected.kind}, ${expected.reason} ${time}`;
  return `✗ ${label} ${time}: ${reason}`;
}

/** The figures of one part, of the files that Node's own modules pass on this system. */
interface Figures {
  files: number;
  skipped: number;
  /** Those that Node's own modules pass, as the run has shown or the list says. */
  comparable: number;
  passed: number;
  /** As `comparable` and `passed`, without those that ask for what is below the modules. */
  documented: number;
  documentedPassed: number;
  kinds: Map<Kind | 'unexpected', number>;
}

/** A table with a line for each part, and one for all. */
export function tableOf(results: readonly Result[]): string {
  const over = (one: Over) => results.filter((result) => result.over === one);
  const builtIn = new Map(over('built-in').map((result) => [result.file.name, result]));
  const rows: [string, Figures][] = [];
  const all = over('register');
  for (const part of PARTS) {
    const own = all.filter(({ file }) => file.part === part);
    if (own.length > 0) rows.push([part, figuresOf(own, builtIn)]);
  }
  if (rows.length > 1) rows.push(['all', figuresOf(all, builtIn)]);
  const lines = rows.map(([name, figures]) => rowOf(name, figures));
  return [HEAD, ...lines].map((cells) => cells.map((cell) => cell.padEnd(14)).join('')).join('\n');
}

const HEAD = ['part', 'files', 'skipped', 'built-in', 'register', 'documented', 'failures by kind'];

function rowOf(name: string, figures: Figures): string[] {
  const { files, skipped, comparable, passed, documented, documentedPassed, kinds } = figures;
  const share = (some: number, of: number) =>
    of === 0 ? '-' : `${some} ${((100 * some) / of).toFixed(1)} %`;
  const failures = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    name,
    String(files),
    String(skipped),
    String(comparable),
    share(passed, comparable),
    `${share(documentedPassed, documented)}`,
    failures || 'none',
  ];
}

function figuresOf(results: readonly Result[], builtIn: ReadonlyMap<string, Result>): Figures {
  const figures: Figures = {
    files: results.length,
    skipped: 0,
    comparable: 0,
    passed: 0,
    documented: 0,
    documentedPassed: 0,
    kinds: new Map(),
  };
  for (const result of results) {
    if (result.outcome === 'skipped') {
      figures.skipped += 1;
      continue;
    }
    const passed = result.outcome === 'passed';
    const expected = expectedOf(result);
    if (!passed) {
      const kind = expected?.kind ?? 'unexpected';
      figures.kinds.set(kind, (figures.kinds.get(kind) ?? 0) + 1);
    }
    const own = builtIn.get(result.file.name)?.outcome;
    const comparable = own ? own === 'passed' : passed || expected?.kind !== 'built-in';
    if (!comparable) continue;
    figures.comparable += 1;
    if (passed) figures.passed += 1;
    if (result.file.internals || expected?.kind === 'internals') continue;
    figures.documented += 1;
    if (passed) figures.documentedPassed += 1;
  }
  return figures;
}
