import { similarText } from '../ffi/errors/similar.ts';

/** What a command answers: for people, and for programs. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** What was asked for does not exist, or not on this system. */
export class NotFound extends Error {}

export type Cell = string | number | undefined;

/**
 * Lines of columns. Numbers stand at the right of their column. In a terminal the last column is
 * broken where the line would be; programs that read the lines get each row on one.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  terminal: number | undefined = process.stdout.columns,
): string {
  const shown = rows.map((row) => row.map((cell) => (cell === undefined ? '' : String(cell))));
  const last = header.length - 1;
  const width = header.map((title, column) =>
    Math.max(title.length, ...shown.map((row) => row[column]?.length ?? 0)),
  );
  const indent = width.slice(0, last).reduce((sum, wide) => sum + wide + 2, 0);
  const room = Math.max(NARROWEST, (terminal ?? Number.POSITIVE_INFINITY) - indent);
  width[last] = Math.min(width[last] ?? 0, room);
  const right = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const wide = width[column] ?? 0;
        return right[column] ? cell.padStart(wide) : cell.padEnd(wide);
      })
      .join('  ')
      .trimEnd();
  const lines = (cells: readonly string[]) => {
    const [first = '', ...more] = wrap(cells[last] ?? '', room);
    return [
      line([...cells.slice(0, last), first]),
      ...more.map((text) => ' '.repeat(indent) + text),
    ];
  };
  const rule = width.map((wide) => '─'.repeat(wide)).join('  ');
  return [line(header), rule, ...shown.flatMap(lines)].join('\n');
}

/** The width at which lines of text are broken, and the least that a column has, in characters. */
const WIDE = 90;
const NARROWEST = 24;

function wrap(line: string, room: number): string[] {
  if (line.length <= room) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [''];
  for (const word of line.trimStart().split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? indent + word : `${lines[last]} ${word}`;
    if (longer.length <= room || lines[last] === '') lines[last] = longer;
    else lines.push(indent + (indent && '  ') + word);
  }
  return lines;
}

/** Text of which long lines are broken where the terminal ends; the rest stands below the last column of its line. */
export function fitted(
  text: string,
  terminal: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const fit = (line: string) => {
    const column = (/^.*\S {2,}(?=\S)/.exec(line) ?? /^ */.exec(line))![0].length;
    const [first = '', ...more] = wrap(line.slice(column), Math.max(NARROWEST, terminal - column));
    return [line.slice(0, column) + first, ...more.map((one) => ' '.repeat(column) + one)];
  };
  const lines = text.split('\n');
  return lines.flatMap((line) => (line.length > terminal ? fit(line) : [line])).join('\n');
}

/** A value for each of some words; what has none is left out. */
export function list(entries: readonly (readonly [label: string, value: Cell | false])[]): string {
  const given = entries.filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  );
  const width = Math.max(...given.map(([label]) => label.length));
  const terminal = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  const room = Math.max(NARROWEST, Math.min(WIDE, terminal - width - 2));
  return given
    .map(([label, value]) =>
      String(value)
        .split('\n')
        .flatMap((line) => wrap(line, room))
        .map((line, index) => `${(index === 0 ? label : '').padEnd(width)}  ${line}`)
        .join('\n'),
    )
    .join('\n');
}

export function notFound(what: string, name: string, known: Iterable<string>): NotFound {
  return new NotFound(`there is no ${what} ${name}.${similarText(name, known)}`);
}
