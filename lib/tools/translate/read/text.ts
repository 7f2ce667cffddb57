const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
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

/** The text of a string literal. */
export function decodeString(literal: string): string {
  return unescaped(literal.replace(/^(?:L|u8|u|U)?"/, '').replace(/"$/, ''));
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
