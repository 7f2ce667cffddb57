/** The lines of the output, with their indentation. */
export class Lines {
  readonly lines: string[] = [];
  #depth = 0;

  add(text: string): void {
    for (const line of text.split('\n')) {
      this.lines.push(line === '' ? '' : `${'  '.repeat(this.#depth)}${line}`);
    }
  }
  in(): void {
    this.#depth++;
  }
  out(): void {
    this.#depth--;
  }
  blank(): void {
    const last = this.lines.at(-1);
    if (last !== undefined && last !== '' && !/[{[(]$/.test(last)) this.lines.push('');
  }
  /** Puts a comment behind the last line. */
  append(text: string): void {
    const last = this.lines.pop() ?? '';
    this.lines.push(last === '' ? text : `${last} ${text}`);
  }
}

/** A comment of C, at the depth of its place. */
export function commentLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .map((line, index) => (index > 0 && line.startsWith('*') ? ` ${line}` : line))
    .join('\n')
    .replaceAll('\t', '  ');
}

/** The comment in place of what could not be translated. */
export function todoLines(why: string, text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/\s+$/, ''));
  const least = Math.min(
    ...lines
      .slice(1)
      .filter((line) => line !== '')
      .map((line) => line.search(/\S/)),
  );
  const shown = lines.map((line, index) =>
    index > 0 && Number.isFinite(least) ? line.slice(least) : line,
  );
  return [
    `// TODO(translate): ${why.replace(/\s+/g, ' ').trim()}:`,
    ...shown.map((line) => `//   ${line}`.trimEnd()),
  ].join('\n');
}
