// Reads the type spellings that clang prints, such as `const struct sockaddr *` or
// `int (*)(SOCKET, LPWSABUF) __attribute__((stdcall))`.

import type { BaseName, CType } from '../model/ir.ts';

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

type Tag = 'struct' | 'union' | 'enum';

/** Parses an abstract declarator. An unnamed inline record becomes the name `@`. */
export function parseType(spelling: string): CType {
  return new TypeReader(spelling).whole();
}

class TypeReader {
  readonly #spelling: string;
  readonly #tokens: string[];
  readonly #cdecl: boolean;
  #at = 0;

  constructor(spelling: string) {
    this.#spelling = spelling;
    this.#cdecl = !/stdcall/.test(spelling);
    const clean = spelling
      .replace(/__attribute__\(\(.*?\)\)/g, '')
      .replace(/\b(struct|union|enum)\s+[\w:]*\((?:anonymous|unnamed)[^)]*\)/g, '@')
      .replace(/\b(?:volatile|__restrict|restrict|__unaligned|__ptr32|__ptr64|_Nullable)\b/g, '');
    this.#tokens = clean.match(/@|\.\.\.|[A-Za-z_]\w*|\d+|[*()[\],]/g) ?? [];
  }

  whole(): CType {
    const result = this.#type();
    if (this.#at < this.#tokens.length) throw this.#unreadable();
    return result;
  }

  #unreadable(): Error {
    return new Error(`cannot read the C type '${this.#spelling}'`);
  }

  #type(): CType {
    return this.#declarator(this.#specifiers());
  }

  #specifiers(): CType {
    let isConst = false;
    let tag: Tag | undefined;
    let name: string | undefined;
    const words: string[] = [];
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at] as string;
      if (token === 'const') isConst = true;
      else if (token === 'struct' || token === 'union' || token === 'enum') tag = token;
      else if (WORDS.has(token) || token === 'void' || token === '_Bool') words.push(token);
      else if (/^[@A-Za-z_]/.test(token) && name === undefined && words.length === 0) name = token;
      else break;
    }
    const result = this.#specified(words, name, tag);
    return isConst ? { k: 'const', of: result } : result;
  }

  #specified(words: string[], name: string | undefined, tag: Tag | undefined): CType {
    if (words.length === 0) {
      if (name === '@') return { k: 'inline', index: -1 };
      if (name) return tag ? { k: 'name', name, tag } : { k: 'name', name };
    }
    if (words.length === 0 || name) throw this.#unreadable();
    // C lets `int` be left out beside `short`, `long`, `signed` and `unsigned`.
    const rest = words.filter((word) => word !== 'int' && word !== 'signed');
    const spelled =
      words.includes('char') && words.includes('signed') ? 'signed char' : rest.join(' ');
    const key = spelled === '' ? 'int' : spelled === 'unsigned' ? 'unsigned int' : spelled;
    const found = BASES[key];
    if (!found) throw new Error(`unknown C type '${this.#spelling}'`);
    return { k: 'base', name: found };
  }

  /** A declarator is read outside in and applied inside out, as C defines it. */
  #declarator(base: CType): CType {
    let result = base;
    for (let token = this.#tokens[this.#at]; token === '*' || token === 'const'; ) {
      result = token === '*' ? { k: 'ptr', to: result } : { k: 'const', of: result };
      token = this.#tokens[++this.#at];
    }
    const next = this.#tokens[this.#at + 1];
    if (this.#tokens[this.#at] !== '(' || (next !== '*' && next !== '(')) {
      return this.#suffixes(result);
    }
    const start = ++this.#at;
    this.#skipTo(')');
    const end = this.#at++;
    const outer = this.#suffixes(result);
    const resume = this.#at;
    this.#at = start;
    const applied = this.#declarator(outer);
    if (this.#at !== end) throw this.#unreadable();
    this.#at = resume;
    return applied;
  }

  #suffixes(base: CType): CType {
    if (this.#tokens[this.#at] === '[') {
      const isOpen = this.#tokens[this.#at + 1] === ']';
      const length = isOpen ? 0 : Number(this.#tokens[this.#at + 1]);
      this.#at += isOpen ? 2 : 3;
      return { k: 'array', of: this.#suffixes(base), length };
    }
    return this.#tokens[this.#at] === '(' ? this.#parameters(base) : base;
  }

  #parameters(ret: CType): CType {
    this.#at++;
    const params: CType[] = [];
    while (this.#at < this.#tokens.length && this.#tokens[this.#at] !== ')') {
      if (this.#tokens[this.#at] === '...') {
        throw new Error(`variadic functions are not supported: '${this.#spelling}'`);
      }
      if (this.#tokens[this.#at] === ',') this.#at++;
      else params.push(this.#type());
    }
    this.#at++;
    const none = params.length === 1 && params[0]?.k === 'base' && params[0].name === 'void';
    const list = none ? [] : params.map((type, i) => ({ name: `p${i}`, type, facts: {} }));
    return { k: 'fn', ret, params: list, cdecl: this.#cdecl };
  }

  #skipTo(close: string): void {
    for (let depth = 0; this.#at < this.#tokens.length; this.#at++) {
      if (this.#tokens[this.#at] === close && depth === 0) return;
      if (this.#tokens[this.#at] === '(') depth++;
      if (this.#tokens[this.#at] === ')') depth--;
    }
  }
}
