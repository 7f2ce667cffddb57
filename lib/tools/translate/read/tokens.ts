/** The tokens of the preprocessor: enough to replace macros and to leave text and comments alone. */

export interface Token {
  readonly kind: 'space' | 'comment' | 'text' | 'number' | 'name' | 'mark';
  readonly text: string;
}

const TOKEN =
  /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|((?:\b(?:L|u8|u|U))?"(?:\\[\s\S]|[^"\\\n])*"|(?:\b[LuU])?'(?:\\[\s\S]|[^'\\\n])+')|(\.?\d(?:[eEpP][+-]|[\w.])*)|([A-Za-z_]\w*)|(\s+)|(##|->|\+\+|--|<<=?|>>=?|&&|\|\||[-+*/%&|^=!<>]=|\.\.\.|[\s\S])/g;

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [all, comment, literal, number, name, space] = match;
    const kind = comment
      ? 'comment'
      : literal
        ? 'text'
        : number
          ? 'number'
          : name
            ? 'name'
            : space
              ? 'space'
              : 'mark';
    tokens.push({ kind, text: all });
  }
  return tokens;
}

export const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');

/** C with the white space that the grammar knows: what is copied from a page has spaces that do not break lines. */
export function plainSpaces(text: string): string {
  if (!/(?![ \t-\r])\s/.test(text)) return text;
  return tokenize(text)
    .map((token) =>
      token.kind === 'space' ? token.text.replace(/(?![ \t-\r])\s/g, ' ') : token.text,
    )
    .join('');
}

export const isBlank = (token: Token | undefined): boolean =>
  token?.kind === 'space' || token?.kind === 'comment';

/** The index of the next token from `at` on that is no white space; the length where there is none. */
export function nextSolid(tokens: readonly Token[], at: number): number {
  let index = at;
  while (index < tokens.length && isBlank(tokens[index])) index++;
  return index;
}

/** The number that a literal is, without its suffixes. */
export function numberOf(text: string): bigint | undefined {
  const digits = text.replace(/(?:[uUlL]|i64|I64)+$/, '').replace(/'/g, '');
  if (/^0[xX][0-9a-fA-F]+$/.test(digits) || /^0[bB][01]+$/.test(digits)) return BigInt(digits);
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
}
