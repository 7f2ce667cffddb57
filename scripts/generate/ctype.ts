// Reads the type spellings that clang prints, such as `const struct sockaddr *` or
// `int (*)(SOCKET, LPWSABUF) __attribute__((stdcall))`.

import type { BaseName, CType } from './ir.ts';

const BASES: Record<string, BaseName> = {
  void: 'void',
  char: 'char',
  'signed char': 'int8',
  'unsigned char': 'uint8',
  short: 'int16',
  'unsigned short': 'uint16',
  int: 'int32',
  'unsigned int': 'uint32',
  long: 'int32',
  'unsigned long': 'uint32',
  'long long': 'int64',
  'unsigned long long': 'uint64',
  float: 'float32',
  double: 'float64',
  'long double': 'float64',
  _Bool: 'uint8',
};

const WORDS = new Set(['unsigned', 'signed', 'char', 'short', 'int', 'long', 'float', 'double']);

/** Parses an abstract declarator. An unnamed inline record becomes the name `@`. */
export function parseType(spelling: string): CType {
  const cdecl = !/stdcall/.test(spelling);
  const clean = spelling
    .replace(/__attribute__\(\(.*?\)\)/g, '')
    .replace(/\b(struct|union|enum)\s+[\w:]*\((?:anonymous|unnamed)[^)]*\)/g, '@')
    .replace(/\b(?:volatile|__restrict|restrict|__unaligned|__ptr32|__ptr64|_Nullable)\b/g, '');
  const tokens = clean.match(/@|\.\.\.|[A-Za-z_]\w*|\d+|[*()[\],]/g) ?? [];
  let at = 0;

  function type(): CType {
    const base = specifiers();
    return declarator(base);
  }

  function specifiers(): CType {
    let isConst = false;
    let tag: 'struct' | 'union' | 'enum' | undefined;
    let name: string | undefined;
    const words: string[] = [];
    for (; at < tokens.length; at++) {
      const token = tokens[at] as string;
      if (token === 'const') isConst = true;
      else if (token === 'struct' || token === 'union' || token === 'enum') tag = token;
      else if (WORDS.has(token)) words.push(token);
      else if (token === 'void' || token === '_Bool') words.push(token);
      else if (/^[@A-Za-z_]/.test(token) && name === undefined && words.length === 0) name = token;
      else break;
    }
    let result: CType;
    if (words.length > 0 && name) throw new Error(`cannot read the C type '${spelling}'`);
    if (words.length > 0) {
      // C lets `int` be left out beside `short`, `long`, `signed` and `unsigned`.
      const rest = words.filter((word) => word !== 'int' && word !== 'signed');
      const spelled =
        words.includes('char') && words.includes('signed') ? 'signed char' : rest.join(' ');
      const key = spelled === '' ? 'int' : spelled === 'unsigned' ? 'unsigned int' : spelled;
      const found = BASES[key];
      if (!found) throw new Error(`unknown C type '${spelling}'`);
      result = { k: 'base', name: found };
    } else if (name === '@') result = { k: 'inline', index: -1 };
    else if (name) result = tag ? { k: 'name', name, tag } : { k: 'name', name };
    else throw new Error(`cannot read the C type '${spelling}'`);
    return isConst ? { k: 'const', of: result } : result;
  }

  // A declarator is read outside in and applied inside out, as C defines it.
  function declarator(base: CType): CType {
    let result = base;
    while (tokens[at] === '*' || tokens[at] === 'const') {
      result = tokens[at] === '*' ? { k: 'ptr', to: result } : { k: 'const', of: result };
      at++;
    }
    let inner: ((t: CType) => CType) | undefined;
    if (tokens[at] === '(' && (tokens[at + 1] === '*' || tokens[at + 1] === '(')) {
      const start = ++at;
      skipTo(')');
      const end = at++;
      inner = (t) => {
        const resume = at;
        at = start;
        const applied = declarator(t);
        if (at !== end) throw new Error(`cannot read the C type '${spelling}'`);
        at = resume;
        return applied;
      };
    }
    result = suffixes(result);
    return inner ? inner(result) : result;
  }

  function suffixes(base: CType): CType {
    if (tokens[at] === '[') {
      const length = tokens[at + 1] === ']' ? 0 : Number(tokens[at + 1]);
      at += tokens[at + 1] === ']' ? 2 : 3;
      return { k: 'array', of: suffixes(base), length };
    }
    if (tokens[at] === '(') {
      at++;
      const params: CType[] = [];
      while (at < tokens.length && tokens[at] !== ')') {
        if (tokens[at] === ',') at++;
        else if (tokens[at] === '...')
          throw new Error(`variadic functions are not supported: '${spelling}'`);
        else params.push(type());
      }
      at++;
      const none = params.length === 1 && params[0]?.k === 'base' && params[0].name === 'void';
      const list = none ? [] : params.map((t, i) => ({ name: `p${i}`, type: t }));
      return { k: 'fn', ret: base, params: list, cdecl };
    }
    return base;
  }

  function skipTo(close: string): void {
    for (let depth = 0; at < tokens.length; at++) {
      if (tokens[at] === close && depth === 0) return;
      if (tokens[at] === '(') depth++;
      if (tokens[at] === ')') depth--;
    }
  }

  const result = type();
  if (at < tokens.length) throw new Error(`cannot read the C type '${spelling}'`);
  return result;
}

export function unconst(type: CType): CType {
  return type.k === 'const' ? unconst(type.of) : type;
}

/** The function type that a pointer or a typedef's own text spells out. */
export function functionOf(type: CType): Extract<CType, { k: 'fn' }> | undefined {
  const plain = unconst(type);
  if (plain.k === 'fn') return plain;
  return plain.k === 'ptr' ? functionOf(plain.to) : undefined;
}

/** A type as C writes it, with an array's length after it. */
export function spell(type: CType): string {
  switch (type.k) {
    case 'base':
      return type.name;
    case 'name':
      return type.tag ? `${type.tag} ${type.name}` : type.name;
    case 'const':
      return type.of.k === 'ptr' ? `${spell(type.of)} const` : `const ${spell(type.of)}`;
    case 'ptr':
      return `${spell(type.to)} *`;
    case 'array':
      return `${spell(type.of)}[${type.length}]`;
    case 'fn':
      return `${spell(type.ret)} (${type.params.map((param) => spell(param.type)).join(', ')})`;
    case 'inline':
      return '{}';
  }
}
