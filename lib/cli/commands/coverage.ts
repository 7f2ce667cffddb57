import { headerName, type Item, readHeaders } from '../data.ts';
import { type Answer, table } from '../output.ts';

/** The kinds of names, as columns. */
const COLUMNS: Record<string, readonly string[]> = {
  functions: ['function'],
  macros: ['macro', 'inline'],
  structures: ['struct', 'union'],
  types: ['typedef', 'callback', 'handle', 'enum', 'alias'],
  constants: ['constant', 'guid', 'variable'],
  'left out': ['left out'],
};

function counts(items: readonly Item[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(COLUMNS).map(([column, kinds]) => {
      const chosen = items.filter(({ kind }) => kinds.includes(kind));
      const members = items.flatMap(({ members: own }) => Object.keys(own ?? {}));
      return [column, chosen.length + (column === 'constants' ? members.length : 0)];
    }),
  );
}

/** How many names of each header the package has, and what was left out, with the reason. */
export function coverage(): Answer {
  const headers = readHeaders().map(([name, items]) => ({
    header: headerName(name),
    ...counts(items),
  }));
  const all = readHeaders().flatMap(([, items]) => items);
  const total = { header: 'all', ...counts(all) };
  const leftOut = all
    .filter(({ kind }) => kind === 'left out')
    .map(({ name, reason = '' }) => ({ name, reason }));
  const names = table(
    ['header', ...Object.keys(COLUMNS)],
    [...headers, total].map((row) => Object.values(row)),
  );
  const reasons = table(
    ['left out', 'because'],
    leftOut.map(({ name, reason }) => [name, reason]),
  );
  return { text: `${names}\n\n${reasons}`, data: { headers, total, leftOut } };
}
