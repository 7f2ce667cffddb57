/** What a command answers: for people, and for programs. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** What was asked for does not exist, or not on this system. */
export class NotFound extends Error {}

export type Cell = string | number | undefined;

/** Lines of columns. Numbers stand at the right of their column. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const shown = rows.map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))));
  const width = header.map((title, column) =>
    Math.max(title.length, ...shown.map((row) => row[column]?.length ?? 0)),
  );
  const right = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const wide = width[column] ?? 0;
        return right[column] ? cell.padStart(wide) : cell.padEnd(wide);
      })
      .join('  ')
      .trimEnd();
  const rule = width.map((wide) => '─'.repeat(wide)).join('  ');
  return [line(header), rule, ...shown.map(line)].join('\n');
}

/** Where lines of text are broken. */
const WIDE = 90;

function wrap(line: string): string[] {
  if (line.length <= WIDE) return [line];
  const lines: string[] = [''];
  for (const word of line.split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (longer.length <= WIDE || lines[last] === '') lines[last] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A value for each of some words; what has none is left out. */
export function list(entries: readonly (readonly [label: string, value: Cell])[]): string {
  const given = entries.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...given.map(([label]) => label.length));
  return given
    .map(([label, value]) =>
      String(value)
        .split('\n')
        .flatMap(wrap)
        .map((line, index) => `${(index === 0 ? label : '').padEnd(width)}  ${line}`)
        .join('\n'),
    )
    .join('\n');
}

/** The names that resemble one that does not exist. */
export function similar(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const found: [distance: number, name: string][] = [];
  for (const one of known) {
    const lower = one.toLowerCase();
    const contains = wanted.length > 2 && lower.includes(wanted);
    const distance = contains ? 1 : editDistance(wanted, lower);
    if (distance <= Math.max(2, wanted.length / 4)) found.push([distance, one]);
  }
  found.sort(([a, x], [b, y]) => a - b || x.length - y.length || (x < y ? -1 : 1));
  return found.slice(0, 6).map(([, one]) => one);
}

export function notFound(what: string, name: string, known: Iterable<string>): NotFound {
  const near = similar(name, known);
  const hint = near.length > 0 ? ` Similar: ${near.join(', ')}.` : '';
  return new NotFound(`there is no ${what} ${name}.${hint}`);
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4) return Number.POSITIVE_INFINITY;
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, before[j]! + 1, row[j - 1]! + 1));
    }
    before = row;
  }
  return before[b.length]!;
}
