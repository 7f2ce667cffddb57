/** The lines of the output, with their indentation. */
export class Lines {
  readonly lines: string[] = [];
  #depth = 0;

  add(text: string): void {
    const indent = '  '.repeat(this.#depth);
    for (const line of text.split('\n')) {
      const parts = isComment(line) ? [line] : wrapped(line, LONGEST - indent.length);
      for (const part of parts) this.lines.push(part === '' ? '' : `${indent}${part}`);
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

/** The longest line of the house. */
const LONGEST = 100;

const isComment = (line: string) => /^\s*(?:\/\/|\/\*|\*)/.test(line);

/** A line that is too long, broken at the arguments of its outermost call or at `&&` and `||`. */
export function wrapped(line: string, room: number): string[] {
  if (line.length <= room) return [line];
  const text = textLines(line);
  if (text) return text;
  const loop = /^for \((.*)\) \{$/.exec(line);
  if (loop) {
    const parts = split(loop[1]!, ';').map(
      (part, index) => `${part.trim()}${index < 2 ? ';' : ''}`,
    );
    return ['for (', ...parts.map((part) => `  ${part}`), ') {'];
  }
  const group = outermost(line) ?? longest(line);
  if (!group) return [line];
  const { open, close } = group;
  const content = line.slice(open + 1, close);
  const isList = line[open] === '{' || line[open] === '[';
  const commas = split(content, ',');
  // Behind the last of what is no list of arguments there is no comma.
  const isSequence = line[open] === '(' && !/[\w$)\]!>]$/.test(line.slice(0, open));
  const pieces =
    commas.length > 1
      ? commas.map((part, index) =>
          isSequence && index === commas.length - 1 ? part.trim() : `${part.trim()},`,
        )
      : operands(content).map((part) => part.trim());
  if (pieces.length < 2 && !isList && content.length < room / 2) return [line];
  return [
    line.slice(0, open + 1),
    ...pieces.flatMap((piece) => wrapped(piece, room - 2)).map((piece) => `  ${piece}`),
    line.slice(close),
  ];
}

/** A string alone, as the parts that end with the end of a line of what it prints. */
function textLines(line: string): string[] | undefined {
  const [, quoted, comma = ''] = /^('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(,?)$/.exec(line) ?? [];
  if (quoted === undefined) return undefined;
  const quote = quoted[0]!;
  const parts = quoted.slice(1, -1).match(/(?:\\[^n]|[^\\])*(?:\\n)+|(?:\\[^n]|[^\\])+/g) ?? [];
  if (parts.length < 2) return undefined;
  return parts.map((part, index) => {
    const end = index < parts.length - 1 ? ' +' : comma;
    return `${index ? '  ' : ''}${quote}${part}${quote}${end}`;
  });
}

/** The operands of `&&` and `||`, each with the operator behind it. */
function operands(content: string): string[] {
  for (const operator of ['||', '&&']) {
    const parts = split(content, operator);
    if (parts.length > 1) {
      return parts.map((part, index) =>
        index < parts.length - 1 ? `${part.trimEnd()} ${operator}` : part,
      );
    }
  }
  return [content];
}

/** The last group in parentheses that goes to the end of the line. */
function outermost(line: string): { open: number; close: number } | undefined {
  const end = /(?:[)\]}])+[;,]?(?: \{)?(?:\s*(?:&&|\|\|))?$/.exec(line);
  if (!end) return undefined;
  const stack: number[] = [];
  let found: { open: number; close: number } | undefined;
  scan(line, (at, character) => {
    if ('([{'.includes(character)) stack.push(at);
    else if (')]}'.includes(character)) {
      const open = stack.pop();
      if (
        open !== undefined &&
        at >= end.index &&
        line[open] === '(' &&
        (!found || open < found.open)
      ) {
        found = { open, close: at };
      }
    }
  });
  return found;
}

/** The longest group of arguments of a line. */
function longest(line: string): { open: number; close: number } | undefined {
  const stack: number[] = [];
  let found: { open: number; close: number } | undefined;
  scan(line, (at, character) => {
    if (character === '(') stack.push(at);
    else if (character === ')') {
      const open = stack.pop();
      if (open === undefined || (found && found.close - found.open > at - open)) return;
      if (split(line.slice(open + 1, at), ',').length > 1) found = { open, close: at };
    }
  });
  return found;
}

/** The parts of a text between separators that are in no brackets or strings. */
function split(content: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  scan(content, (at, character) => {
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (depth === 0 && content.startsWith(separator, at) && at >= start) {
      parts.push(content.slice(start, at));
      start = at + separator.length;
    }
  });
  parts.push(content.slice(start));
  return parts;
}

/** Calls `see` with each character that is in no string. */
function scan(text: string, see: (at: number, character: string) => void): void {
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote) {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"' || character === '`') quote = character;
    else see(at, character);
  }
}
