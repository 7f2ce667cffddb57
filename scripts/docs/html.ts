// HTML as text: what is put into a template is escaped, unless it is HTML itself.

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Part = Html | string | number | undefined | null | false | readonly Part[];

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function unescaped(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#x27;', "'")
    .replaceAll('&amp;', '&');
}

function show(part: Part): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(show).join('');
  return escaped(String(part));
}

export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(texts.map((text, index) => text + show(parts[index])).join(''));
}

/** A heading that can be linked. */
export function heading(level: 2 | 3, id: string, title: Part, text = title): Html {
  const tag = `h${level}`;
  return html`<${new Html(tag)} id="${id}">${title}<a class="anchor" href="#${id}" aria-label="Link to ${text}">#</a></${new Html(tag)}>`;
}

/** A table that scrolls by itself where the page is narrow. */
export function table(head: readonly Part[], rows: readonly (readonly Part[])[]): Html {
  return tableOf('table', head, rows);
}

/** A table of names and what they are, whose rows are paragraphs where the page is narrow. */
export function stack(head: readonly Part[], rows: readonly (readonly Part[])[]): Html {
  return tableOf('table stack', head, rows);
}

function tableOf(kind: string, head: readonly Part[], rows: readonly (readonly Part[])[]): Html {
  // Numbers stand at the right of their column, below each other.
  const numbers = head.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const at = (column: number) => numbers[column] && html` class="number"`;
  // Where a row is a paragraph, what stands behind its second cell says what it is.
  const label = (column: number) =>
    column > 1 && /stack/.test(kind) && html` data-label="${head[column]}"`;
  return html`<div class="${kind}"><table><thead><tr>${head.map(
    (cell, column) => html`<th scope="col"${at(column)}>${cell}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, column) => html`<td${at(column)}${label(column)}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}
