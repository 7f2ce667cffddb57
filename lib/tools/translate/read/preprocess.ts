import type { Api } from '../api.ts';
import { evaluate, withoutDefined } from './condition.ts';
import { defineMacro, expand, isApart, type Macro } from './macros.ts';
import { isBlank, nextSolid, plainSpaces, type Token, textOf, tokenize } from './tokens.ts';
import { ANNOTATION, WINDOWS_MACROS } from './windows-macros.ts';

export interface Preprocessed {
  /** C without directives but `#define` of constants. */
  readonly text: string;
  /** The row of the file that each row of the text is from. */
  readonly rows: readonly number[];
  readonly includes: readonly string[];
  /** From which row on structures are packed to how many bytes. */
  readonly packs: readonly { readonly row: number; readonly pack: number | undefined }[];
  readonly warnings: readonly { readonly row: number; readonly text: string }[];
}

export interface PreprocessOptions {
  readonly api: Api;
  /** By -D. */
  readonly defines: Readonly<Record<string, string>>;
  /** A file that is included by "name" from a folder; undefined where there is none. */
  include(name: string, from: string | undefined): Included | undefined;
}

export interface Included {
  readonly text: string;
  /** The folder it is in, from which what it includes is looked for; and the file, of which each is read once. */
  readonly folder: string;
  readonly file: string;
}

/** What the compiler defines that the programs are compared with: mingw's gcc for 64-bit Windows. */
const PREDEFINED: Readonly<Record<string, string>> = {
  _WIN32: '1',
  WIN32: '1',
  _WIN64: '1',
  WIN64: '1',
  __WIN32__: '1',
  __MINGW32__: '1',
  __MINGW64__: '1',
  __GNUC__: '14',
  __STDC__: '1',
  __STDC_VERSION__: '201710',
  _WIN32_WINNT: '0x0A00',
  WINVER: '0x0A00',
  WIN32_LEAN_AND_MEAN: '',
};

/** Headers of Windows and of C, whose names some programs put in quotes. */
const SYSTEM =
  /^(?:win\w+|ws\w+|mswsock|iphlpapi|icmpapi|mstcpip|in6addr|std\w+|string|time|errno|ctype|math|signal|limits|process|conio|io|fcntl|assert|tchar|strsafe|memory|malloc|sys[\\/]\w+)\.h$/i;

interface Branch {
  /** Whether the lines are those of a branch that is taken. */
  active: boolean;
  /** Whether a branch has been taken already. */
  taken: boolean;
  readonly outer: boolean;
}

export class Preprocessor {
  readonly #options: PreprocessOptions;
  readonly #macros = new Map<string, Macro>();
  /** Macros that stay names in the output. */
  readonly #constants = new Set<string>();
  /** What those are in the output, to the end of the file. */
  readonly #written = new Map<string, string>();
  readonly #typedefs = new Set<string>();
  readonly #includes: string[] = [];
  readonly #packs: { row: number; pack: number | undefined }[] = [];
  readonly #warnings: { row: number; text: string }[] = [];
  readonly #packStack: (number | undefined)[] = [];
  readonly #included = new Set<string>();
  /** Of the file that is read. */
  #folder: string | undefined;
  readonly #lines: string[] = [];
  readonly #rows: number[] = [];

  constructor(options: PreprocessOptions) {
    this.#options = options;
    const { defines } = options;
    const unicode = 'UNICODE' in defines || '_UNICODE' in defines;
    for (const [name, body] of Object.entries({ ...PREDEFINED, ...defines })) {
      this.#define(`${name} ${body}`, true);
    }
    for (const text of WINDOWS_MACROS(unicode)) this.#define(text, true);
  }

  run(source: string): Preprocessed {
    this.#file(source, true);
    return {
      text: this.#lines.join('\n'),
      rows: this.#rows,
      includes: this.#includes,
      packs: this.#packs,
      warnings: this.#warnings,
    };
  }

  #define(text: string, silent = false): 'kept' | 'expanded' {
    const macro = defineMacro(text);
    if (!macro) return 'expanded';
    // One that the headers have, or that was no constant before, is replaced wherever it stands.
    const isOther = this.#macros.has(macro.name) && !this.#written.has(macro.name);
    this.#macros.set(macro.name, macro);
    this.#constants.delete(macro.name);
    if (silent || isOther || macro.params || !this.#isConstant(macro.body)) return 'expanded';
    const body = textOf(expand(macro.body, this.#replaced));
    const written = this.#written.get(macro.name);
    // A name has one value in TypeScript: with another, it is replaced from here on.
    if (written !== undefined && written !== body) return 'expanded';
    this.#constants.add(macro.name);
    this.#written.set(macro.name, body);
    return written === undefined ? 'kept' : 'expanded';
  }

  /** Whether a macro is a value that a `const` can be: numbers, text, other constants, operators. */
  #isConstant(body: readonly Token[]): boolean {
    const solid = body.filter((token) => !isBlank(token));
    if (solid.length === 0) return false;
    if (!solid.some(({ kind, text }) => kind !== 'mark' && !this.#isType(text))) return false;
    if (solid.every(({ kind }) => kind === 'text'))
      return solid.length === 1 || !solid.some((t) => t.text.startsWith("'"));
    return solid.every((token, index) => {
      if (token.kind === 'number') return true;
      if (token.kind === 'text') return token.text.startsWith("'") || token.text.startsWith("L'");
      if (token.kind === 'mark') return /^(?:[-+*/%&|^~()<>]|<<|>>)$/.test(token.text);
      if (this.#constants.has(token.text)) return true;
      if (solid[index + 1]?.text === '(') return false;
      const value = this.#options.api.constant(token.text);
      if (value !== undefined) return value !== true;
      return this.#isType(token.text);
    });
  }

  #isType(name: string): boolean {
    return (
      this.#typedefs.has(name) ||
      /^(?:unsigned|signed|int|short|long|char)$/.test(name) ||
      this.#options.api.type(name) !== undefined
    );
  }

  /**
   * Macros that are replaced in the text: all but constants, and those as well where C reads what stands in
   * them apart, as `SUM * 2` of `#define SUM 2 + 3`.
   */
  readonly #replaced = (
    name: string,
    before: Token | undefined,
    after: Token | undefined,
  ): Macro | undefined => {
    const macro = this.#macros.get(name);
    if (!macro && ANNOTATION.test(name)) return annotation(name, after);
    if (!macro || !this.#constants.has(name)) return macro;
    return isApart(macro.body, before, after) ? macro : undefined;
  };

  /** Writes the lines of a file, and of what it includes, to the output. */
  #file(source: string, isMain: boolean): void {
    this.#findTypes(source);
    const lines = plainSpaces(source).split('\n');
    const branches: Branch[] = [];
    let pending: string[] = [];
    let first = 0;
    let inComment = false;
    const flush = () => {
      if (pending.length === 0) return;
      const expanded = this.#expand(pending.join('\n'), first).split('\n');
      for (const [index, line] of expanded.entries())
        this.#add(line, isMain ? first + index : undefined);
      pending = [];
    };
    for (let row = 0; row < lines.length; row++) {
      let line = lines[row]!;
      const directive: RegExpExecArray | null = inComment ? null : /^\s*#\s*(\w*)/.exec(line);
      let extra = 0;
      if (!directive) {
        const active = branches.every((branch) => branch.active);
        // A line goes on behind a backslash; one of a comment is drawn with it.
        while (
          !inComment &&
          /\\$/.test(line) &&
          row + 1 < lines.length &&
          !endsInComment(line, false)
        ) {
          line = `${line.slice(0, -1)}${lines[++row]}`;
          extra++;
        }
        inComment = endsInComment(line, inComment);
        if (pending.length === 0) first = row - extra;
        pending.push(active ? line : '');
        for (let i = 0; i < extra; i++) pending.push('');
        continue;
      }
      // A directive goes on through a comment that does not end on its line, too.
      while (row + 1 < lines.length && (/\\\s*$/.test(line) || endsInComment(line, false))) {
        line = `${line.replace(/\\\s*$/, ' ')}\n${lines[++row]}`;
        extra++;
      }
      flush();
      const start = row - extra;
      const rest = line.slice(directive[0].length);
      const kept = this.#directive(directive[1]!, rest, branches);
      if (kept !== undefined) this.#add(kept.replace(/\n/g, ' '), isMain ? start : undefined);
      for (let i = kept === undefined ? 1 : 0; i < extra; i++)
        this.#add('', isMain ? start : undefined);
    }
    flush();
  }

  /** One line of output; what a header has belongs to the line that includes it. */
  #add(line: string, row: number | undefined): void {
    this.#lines.push(line);
    this.#rows.push(row ?? this.#rows.at(-1) ?? 0);
  }

  /** The names that a file gives to types, which tell casts from calls. */
  #findTypes(source: string): void {
    const patterns = [
      /\b(?:struct|union|enum)\s+(\w+)\s*\{/g,
      /\btypedef\b[^;{]*?(\w+)\s*;/g,
      /\}\s*\*?(\w+)\s*(?:,[^;]*)?;/g,
      /\}[^;]*?,\s*\*\s*(\w+)\s*;/g,
    ];
    for (const pattern of patterns) {
      for (const match of source.matchAll(pattern)) this.#typedefs.add(match[1]!);
    }
  }

  /** What a directive leaves in the text; undefined where it has put its own lines there. */
  #directive(name: string, rest: string, branches: Branch[]): string | undefined {
    const tokens = tokenize(rest);
    const word = tokens[nextSolid(tokens, 0)]?.text ?? '';
    const active = branches.every((branch) => branch.active);
    const push = (holds: boolean) => branches.push({ active: holds, taken: holds, outer: active });
    const top = branches.at(-1);
    switch (name) {
      case 'ifdef':
        push(this.#isDefined(word));
        return '';
      case 'ifndef':
        push(!this.#isDefined(word));
        return '';
      case 'if':
        push(active ? this.#condition(tokens) : false);
        return '';
      case 'elif':
        if (top) {
          top.active = !top.taken && top.outer && this.#condition(tokens);
          top.taken ||= top.active;
        }
        return '';
      case 'else':
        if (top) {
          top.active = !top.taken;
          top.taken = true;
        }
        return '';
      case 'endif':
        branches.pop();
        return '';
    }
    if (!active) return '';
    switch (name) {
      case 'define': {
        if (this.#define(rest) === 'expanded') return '';
        const comments = tokens.filter(({ kind }) => kind === 'comment').map(({ text }) => text);
        return [`#define ${word} ${this.#written.get(word)}`, ...comments].join(' ');
      }
      case 'undef':
        this.#macros.delete(word);
        this.#constants.delete(word);
        return '';
      case 'include':
        return this.#include(rest);
      case 'error':
        this.#warn(`the program asks to stop here: #error ${rest.trim()}`);
        return '';
      case 'pragma':
        this.#pragma(rest);
        return '';
      default:
        return '';
    }
  }

  #isDefined(name: string): boolean {
    return this.#macros.has(name) || this.#options.api.constant(name) !== undefined;
  }

  #condition(tokens: readonly Token[]): boolean {
    const numberFor = (name: string): bigint => {
      const value = this.#options.api.constant(name);
      return typeof value === 'number' ? BigInt(value) : typeof value === 'bigint' ? value : 0n;
    };
    // What `defined` asks for is a name, whatever it stands for.
    const asked = expand(
      withoutDefined(tokens, (name) => this.#isDefined(name)),
      (name) => this.#macros.get(name),
    );
    const holds = evaluate(asked, numberFor);
    if (holds === undefined) {
      this.#warn(`the condition ${textOf(tokens).trim()} was taken to be false`);
    }
    return holds ?? false;
  }

  #warn(text: string): void {
    this.#warnings.push({ row: this.#rows.at(-1) ?? 0, text });
  }

  #include(rest: string): string | undefined {
    const [, angled, quoted] = /<([^>]+)>|"([^"]+)"/.exec(rest) ?? [];
    const name = angled ?? quoted ?? '';
    const found = quoted ? this.#options.include(quoted, this.#folder) : undefined;
    if (found) {
      if (this.#included.has(found.file)) return '';
      this.#included.add(found.file);
      const outer = this.#folder;
      this.#folder = found.folder;
      this.#file(found.text, false);
      this.#folder = outer;
      return undefined;
    }
    if (quoted && !SYSTEM.test(quoted)) {
      this.#warn(`${quoted} was not found`);
    }
    this.#includes.push(name);
    return '';
  }

  #pragma(rest: string): void {
    const row = this.#lines.length;
    const pack = /^\s*pack\s*\(([^)]*)\)/.exec(rest);
    if (!pack) return;
    const words = pack[1]!.split(',').map((one) => one.trim());
    const number = words.map(Number).find((one) => one > 0);
    const current = this.#packs.at(-1)?.pack;
    if (words.includes('push')) this.#packStack.push(current);
    const next = words.includes('pop') ? this.#packStack.pop() : number;
    this.#packs.push({ row, pack: words.includes('push') ? (number ?? current) : next });
  }

  #expand(text: string, first: number): string {
    const tokens = numbered(expand(tokenize(text), this.#replaced), first + 1);
    return textOf(markCasts(withoutScopes(tokens), (name) => this.#isType(name)));
  }
}

/** C++ has `::socket` for the function of the system: `::` behind no name. */
function withoutScopes(tokens: readonly Token[]): Token[] {
  return tokens.filter((token, at) => {
    if (token.text !== ':') return true;
    const first = tokens[at - 1]?.text === ':' ? at - 1 : at;
    const isPair = tokens[first + 1]?.text === ':' && tokens[first + 2]?.kind === 'name';
    const before = tokens.slice(0, first).findLast((one) => !isBlank(one));
    return !isPair || /^[\w>]/.test(startOf(before));
  });
}

/** A macro for nothing, with what stands in parentheses behind it. */
const annotation = (name: string, after: Token | undefined): Macro => ({
  name,
  params: after?.text === '(' ? ['...'] : undefined,
  body: [],
});

/** `__LINE__` is the number of its line. */
function numbered(tokens: readonly Token[], first: number): Token[] {
  let line = first;
  return tokens.map((token) => {
    const at = line;
    line += token.text.split('\n').length - 1;
    return token.text === '__LINE__' ? { kind: 'number', text: String(at) } : token;
  });
}

function endsInComment(line: string, inComment: boolean): boolean {
  let inside = inComment;
  const marks = /\/\*|\*\/|\/\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;
  for (const [mark] of line.matchAll(marks)) {
    if (inside) inside = mark !== '*/' && !mark.endsWith('*/');
    else if (mark === '//') return false;
    else if (mark === '/*') inside = true;
  }
  return inside;
}

/** What tells the `struct` of this file's own from the program's: two spaces. */
const CAST_MARK = '  ';

/** C text as the program has it. */
export const unmarked = (text: string): string => text.replaceAll(`(struct${CAST_MARK}`, '(');

/**
 * `(DWORD)-1` is a cast or a subtraction, which only the names of types tell: the grammar does not know
 * them. `(struct DWORD)` can be a cast only.
 */
function markCasts(tokens: readonly Token[], isType: (name: string) => boolean): Token[] {
  const result: Token[] = [];
  let before: Token | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    result.push(token);
    if (token.text === '(') {
      const inner = nextSolid(tokens, at + 1);
      const close = nextSolid(tokens, inner + 1);
      const after = tokens[nextSolid(tokens, close + 1)];
      const name = tokens[inner];
      const isCast =
        name?.kind === 'name' &&
        tokens[close]?.text === ')' &&
        !/^[A-Za-z_)\]]/.test(startOf(before)) &&
        after !== undefined &&
        !/^[;,)\]{}=?:.]/.test(after.text) &&
        isType(name.text) &&
        !/^(?:unsigned|signed|int|short|long|char|void|float|double)$/.test(name.text);
      if (isCast) {
        result.push({ kind: 'name', text: 'struct' }, { kind: 'space', text: CAST_MARK });
      }
    }
    if (isPointerDeclaration(tokens, at, before, isType)) {
      result.splice(-1, 0, { kind: 'name', text: 'const' }, { kind: 'space', text: ' ' });
    }
    if (!isBlank(token)) before = token;
  }
  return result;
}

/**
 * Whether `HANDLE (*f)(…)` starts here, a pointer to functions: the grammar, which does not know the names of
 * types, takes it for a call unless a word stands before it.
 */
function isPointerDeclaration(
  tokens: readonly Token[],
  at: number,
  before: Token | undefined,
  isType: (name: string) => boolean,
): boolean {
  const token = tokens[at]!;
  if (token.kind !== 'name' || !/^(?:|[;{}])$/.test(before?.text ?? '') || !isType(token.text)) {
    return false;
  }
  let next = at;
  const words = ['(', '*', undefined, ')', '('];
  return words.every((word) => {
    next = nextSolid(tokens, next + 1);
    const found = tokens[next];
    return word === undefined ? found?.kind === 'name' : found?.text === word;
  });
}

/** What stands before a parenthesis decides whether it is a call's; `return` is no function. */
function startOf(token: Token | undefined): string {
  if (!token) return '';
  return /^(?:return|case|else|do|goto)$/.test(token.text) ? '' : token.text;
}
