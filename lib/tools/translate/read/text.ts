const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

function unescaped(text: string): string {
  return text.replace(
    /\\(?:\r?\n|x([0-9a-fA-F]+)|([0-7]{1,3})|u([0-9a-fA-F]{4})|(.))/g,
    (whole, hex?: string, octal?: string, unicode?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16) & 0xffff);
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
      if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
      if (letter === undefined) return '';
      return ESCAPES[letter] ?? whole.slice(1);
    },
  );
}

const contentOf = (literal: string) => literal.replace(/^(?:L|u8|u|U)?"/, '').replace(/"$/, '');

/** The text of a string literal. */
export function decodeString(literal: string): string {
  return unescaped(contentOf(literal));
}

/** Whether a string literal has bytes by their numbers which are no characters of ASCII. */
export function hasByteEscapes(literal: string): boolean {
  return /(?<!\\)(?:\\\\)*\\(?:x0*[89a-fA-F][0-9a-fA-F]|[2-3][0-7]{2})/.test(contentOf(literal));
}

/** The bytes of such a literal, each as a character. */
export function decodeBytes(literal: string): string {
  const encoded = contentOf(literal).replace(/[^\0-\x7f]+/g, (text) =>
    Buffer.from(text).toString('latin1'),
  );
  return unescaped(encoded);
}

/** The value of a character literal; of several characters the last are the low bytes. */
export function decodeCharacter(literal: string): number {
  const text = unescaped(literal.replace(/^[LuU]?'/, '').replace(/'$/, ''));
  let value = 0;
  for (const one of text) value = (value << 8) | one.charCodeAt(0);
  return text.length === 1 && !literal.startsWith('L') ? (value << 24) >> 24 : value;
}

/** C text without its comments. */
export function withoutComments(text: string): string {
  return text
    .replace(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\/\*[\s\S]*?\*\/|\/\/.*$/gm, '$1')
    .trim();
}
