import type { Api } from '../api.ts';
import type { Expr, Program, Sym } from '../ast.ts';
import { type CType, isRecord } from '../ctypes.ts';
import { type Code, code, LEVEL, Untranslatable } from './code.ts';
import { Imports } from './names.ts';

/** Writes any expression; a character read from bytes as it is there. */
export type ExpressionWriter = (w: Writer, e: Expr) => Code;

/** What is known while the output is written. */
export class Writer {
  readonly api: Api;
  readonly imports: Imports;
  readonly program: Program;
  /** Names of variables that are not NULL at this place, as TypeScript sees it. */
  narrowed = new Set<Sym>();
  function: Sym | undefined;
  /** Where the function has the arguments behind its parameters. */
  rest = 'args';
  /** Labels that `break` leaves, and loops that `continue` starts again. */
  readonly blocks: { label: string; how: 'break' | 'continue' }[] = [];
  /** Lines that go before the function that is written: its statics. */
  readonly before: string[] = [];
  /** What is to be said of the statement that is written, though it is translated. */
  readonly remarks: string[] = [];
  /** Functions that run as threads. */
  readonly threads = new Set<Sym>();
  /** Callbacks that the system keeps: their constants by function. */
  readonly registered = new Map<string, { id: string; type: string; sym: Sym }>();
  /** The row of the statement that is written. */
  row = 0;
  /** Functions that are declared, but not in these files, and where each is first used. */
  readonly elsewhere = new Map<Sym, number>();
  /** Functions that were called and that the package lacks. */
  readonly missing = new Map<string, number>();

  /** The name of the module. */
  readonly home: string;
  /** `expressions.ts`, for the files that it imports: an expression has others within it. */
  readonly expression: ExpressionWriter;

  constructor(api: Api, program: Program, home: string, expression: ExpressionWriter) {
    this.home = home;
    this.api = api;
    this.imports = new Imports(api);
    this.program = program;
    this.expression = expression;
  }

  /** The name of a function or global, imported where another file has it. */
  symName(sym: Sym): string {
    if (sym.kind === 'function' && !sym.defined && !this.elsewhere.has(sym)) {
      this.elsewhere.set(sym, this.row);
    }
    if (sym.exported && sym.home !== undefined && sym.home !== this.home) {
      this.imports.file(sym.id, sym.home);
    }
    return sym.id;
  }

  /** The name of a C type as a value, for `ref`, `sizeof` and `cast`. */
  typeValue(type: CType): string {
    switch (type.k) {
      case 'int': {
        const entry = this.api.entryOf(type.name);
        return this.imports.value(entry ? type.name : canonical(type));
      }
      case 'float':
        return this.imports.value(type.bits === 32 ? 'float32' : 'float64');
      case 'record':
        return type.api ? this.imports.value(type.name) : this.#own(type);
      case 'ptr': {
        const { to } = type;
        const ptr = this.imports.value('ptr');
        return isRecord(to) && to.name !== 'FILE' ? `${ptr}(${this.typeValue(to)})` : `${ptr}()`;
      }
      case 'array':
        return `${this.imports.value('array')}(${this.typeValue(type.of)}, ${this.lengthOf(type).text})`;
      default:
        return this.imports.value('pvoid');
    }
  }

  /** The name of a record as a type. */
  recordType(type: CType & { k: 'record' }): string {
    if (type.name === 'FILE' && !type.api) return this.imports.type('FILE', 'winsock/c');
    if (type.name === 'tm' && !type.api) return this.imports.type('tm', 'winsock/c');
    return type.api ? this.imports.type(type.name) : this.#own(type);
  }

  #own(type: CType & { k: 'record' }): string {
    if (type.lost) throw new Untranslatable('type', `${type.name} could not be translated`);
    if (!type.fields) {
      const name = type.name || 'this structure';
      throw new Untranslatable('type', `what ${name} is, is not known`);
    }
    return type.name;
  }

  /** A length that is named by constants keeps their names where they are the package's or the program's. */
  lengthOf(type: CType & { k: 'array' }): Code {
    const { code: written, length } = type;
    if (written && /^[\w\s+*()-]+$/.test(written) && !/\bsizeof\b/.test(written)) {
      const names = written.match(/[A-Za-z_]\w*/g) ?? [];
      const isKnown = (name: string) =>
        this.imports.own.has(name) || this.api.constant(name) !== undefined;
      if (names.every(isKnown)) {
        for (const name of names) if (!this.imports.own.has(name)) this.imports.value(name);
        return code(written, /^\w+$/.test(written) ? LEVEL.primary : LEVEL.assign);
      }
    }
    if (length === undefined)
      throw new Untranslatable('array', `an array of ${written ?? 'unknown'} elements`);
    return code(String(length));
  }
}

function canonical(type: CType & { k: 'int' }): string {
  if (type.bits === 64) {
    if (type.number) return type.signed ? 'INT_PTR' : 'ULONG_PTR';
    return type.signed ? 'int64' : 'uint64';
  }
  if (type.text) return type.bits === 8 ? 'char' : 'WCHAR';
  return `${type.signed ? 'int' : 'uint'}${type.bits}`;
}
