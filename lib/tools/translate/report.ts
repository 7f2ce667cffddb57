/** What became of a program, statement by statement. */
export interface ReportData {
  readonly file: string;
  readonly output?: string;
  readonly statements: number;
  readonly translated: number;
  readonly todos: readonly {
    readonly line: number;
    readonly topic: string;
    readonly why: string;
    readonly text: string;
  }[];
  /** Functions that are called and that the package lacks, with how often. */
  readonly missing: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

export class Report {
  #statements = 0;
  #lost = 0;
  readonly #rows: readonly number[];
  readonly #todos: { line: number; topic: string; why: string; text: string }[] = [];
  readonly notes: string[] = [];

  /** @param rows the line of the file that each row of the text that was read is from */
  constructor(rows: readonly number[]) {
    this.#rows = rows;
  }

  done(): void {
    this.#statements++;
  }

  /** Something that is a TODO now; of a whole function, all its statements. */
  todo(topic: string, why: string, { text, row }: { text: string; row: number }): void {
    const count = Math.max(1, (text.match(/;/g) ?? []).length);
    this.#statements += count;
    this.#lost += count;
    this.#todos.push({ line: (this.#rows[row] ?? row) + 1, topic, why, text });
  }

  data(file: string, missing: ReadonlyMap<string, number>): ReportData {
    return {
      file,
      statements: this.#statements,
      translated: this.#statements - this.#lost,
      todos: this.#todos,
      missing: Object.fromEntries(missing),
      notes: this.notes,
    };
  }
}

/** The report as lines. */
export function reportText(data: ReportData): string {
  const { statements, translated, todos, missing, notes } = data;
  const percent = statements ? ((100 * translated) / statements).toFixed(1) : '100.0';
  const lines = [
    `${data.file}${data.output ? ` → ${data.output}` : ''}: ${translated} of ${statements} statements (${percent} %)`,
  ];
  const topics = new Map<string, number>();
  for (const { topic } of todos) topics.set(topic, (topics.get(topic) ?? 0) + 1);
  if (todos.length) {
    lines.push(
      `  TODO: ${[...topics]
        .sort((a, b) => b[1] - a[1])
        .map(([topic, count]) => `${topic} ${count}`)
        .join(', ')}`,
    );
    for (const { line, why } of todos) lines.push(`    line ${line}: ${why}`);
  }
  const names = Object.entries(missing);
  if (names.length) {
    lines.push(
      `  not in the package: ${names.map(([name, count]) => (count > 1 ? `${name} (${count})` : name)).join(', ')}`,
    );
  }
  for (const note of notes) lines.push(`  ${note}`);
  return lines.join('\n');
}
