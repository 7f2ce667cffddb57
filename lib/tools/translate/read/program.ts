import type { Api } from '../api.ts';
import type { Expr, Program, Stmt, Sym, Variable } from '../ast.ts';
import { type CType, decay, INT, isRecord, type Parameter } from '../ctypes.ts';
import type { Syntax } from '../grammar.ts';
import { ExpressionReader } from './expressions.ts';
import type { Preprocessed } from './preprocess.ts';
import { Scope } from './scope.ts';
import { isBroken, notUnderstood, placeOf, StatementReader } from './statements.ts';
import { withoutComments } from './text.ts';
import { TypeReader } from './types.ts';
import { Unreadable } from './unreadable.ts';
import { constantOf } from './values.ts';

/** Reads the tree of a file: declarations in their order, with everything typed. */
export class ProgramReader {
  readonly scope: Scope;
  readonly #expressions: ExpressionReader;
  readonly #statements: StatementReader;
  readonly #types: TypeReader;
  readonly #source: Preprocessed;
  #pending: Stmt[] = [];
  #place!: Syntax;

  constructor(api: Api, source: Preprocessed, encodedLength: (text: string) => number) {
    this.scope = new Scope(api, encodedLength);
    this.#source = source;
    this.#expressions = new ExpressionReader(this.scope);
    this.#statements = new StatementReader(this.scope, this.#expressions, (node) =>
      this.#declaration(node),
    );
    this.#types = new TypeReader(
      this.scope,
      (node) => this.#length(node),
      (row) => this.#source.packs.findLast((pack) => pack.row <= row)?.pack,
      (body) => this.#enumItems(body),
      (record) => {
        this.scope.records.push(record);
        this.#pending.push({ k: 'type', record, ...placeOf(this.#place) });
      },
      (items) => this.#pending.push({ k: 'type', items, ...placeOf(this.#place) }),
    );
    this.#types.onDefine = (one) => this.#pending.push(...this.#constant(one));
    this.#expressions.types = this.#types;
  }

  read(root: Syntax): Program {
    const items = this.#items(root.children);
    return {
      items,
      functions: [...this.scope.functions.values()],
      globals: this.scope.globals,
      records: this.scope.records,
    };
  }

  #items(nodes: readonly Syntax[]): Stmt[] {
    return nodes.flatMap((node) => {
      try {
        return this.#item(node);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        if (node.type === 'function_definition') this.#lose(node);
        const before = this.#takePending();
        return [...before, { k: 'todo', why: error.message, ...placeOf(node) } satisfies Stmt];
      }
    });
  }

  #item(node: Syntax): Stmt[] {
    if (isBroken(node)) throw new Unreadable(notUnderstood(node.text));
    switch (node.type) {
      case 'comment':
        return [{ k: 'comment', ...placeOf(node) }];
      case 'function_definition':
        return this.#function(node);
      case 'linkage_specification': {
        const body = node.field('body')!;
        return this.#items(body.type === 'declaration_list' ? body.children : [body]);
      }
      case 'declaration_list':
        return this.#items(node.children);
      case 'ERROR':
        throw new Unreadable(notUnderstood(node.text));
      case 'expression_statement':
        if (node.text.trim() === ';') return [];
        throw new Unreadable('a statement outside of a function');
      case 'preproc_call':
      case ';':
        return [];
      default:
        return this.#declaration(node);
    }
  }

  #takePending(): Stmt[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  #declaration(node: Syntax): Stmt[] {
    const outer = this.#place;
    this.#place = node;
    try {
      switch (node.type) {
        case 'preproc_def':
          return this.#constant(node);
        case 'type_definition':
          return this.#typedef(node);
        case 'struct_specifier':
        case 'union_specifier':
        case 'enum_specifier':
          this.#types.base(node);
          return this.#takePending();
        case 'declaration':
          return this.#variables(node);
        default:
          throw new Unreadable(`${node.type.replaceAll('_', ' ')} is not understood`);
      }
    } catch (error) {
      if (error instanceof Unreadable && node.type === 'declaration') this.#lose(node);
      throw error;
    } finally {
      this.#place = outer;
    }
  }

  /** What a declaration declares that is not understood stands for nothing else. */
  #lose(node: Syntax): void {
    for (const declarator of node.fields('declarator')) {
      let inner: Syntax | undefined = declarator;
      while (inner && inner.type !== 'identifier')
        inner =
          inner.field('declarator') ??
          inner.children.find((one) => /declarator$|identifier$/.test(one.type));
      if (!inner || this.scope.isDeclaredHere(inner.text)) continue;
      this.scope.declare({
        name: inner.text,
        id: inner.text,
        kind: 'unknown',
        type: INT,
        lost: true,
      });
    }
  }

  #constant(node: Syntax): Stmt[] {
    const name = node.field('name')!.text;
    const text = withoutComments(node.field('value')?.text ?? '');
    if (!text) return [];
    const e = this.#constantText(text);
    if (!e) throw new Unreadable(node.text);
    const sym = this.scope.declareMacro({
      name,
      id: name,
      kind: 'constant',
      type: decay(e.type),
      isGlobal: true,
      expression: e,
    });
    const comments = this.#trailing(node);
    return [{ k: 'constant', sym, e, ...placeOf(node), endRow: node.row }, ...comments];
  }

  readonly constantTexts = new Map<string, Syntax>();

  #constantText(text: string): Expr | undefined {
    const node = this.constantTexts.get(text);
    return node && this.#expressions.read(node);
  }

  /** The comment behind a `#define`, which the grammar takes for a part of it. */
  #trailing(node: Syntax): Stmt[] {
    const comment = /\/\*.*?\*\/|\/\/.*$/.exec(node.text.trim())?.[0];
    return comment ? [{ k: 'comment', ...placeOf(node), endRow: node.row, text: comment }] : [];
  }

  #enumItems(body: Syntax): readonly Sym[] {
    let next = 0;
    const items: Sym[] = [];
    for (const child of body.children) {
      if (child.type !== 'enumerator') continue;
      const name = child.field('name')!.text;
      const value = child.field('value');
      const e = value && this.#expressions.read(value);
      const known = e ? constantOf(e) : next;
      if (known === undefined) throw new Unreadable(body.text);
      next = known + 1;
      const sym: Sym = {
        name,
        id: name,
        kind: 'constant',
        type: INT,
        value: known,
        isGlobal: true,
      };
      if (e) sym.expression = e;
      items.push(this.scope.declare(sym));
    }
    return items;
  }

  #length(node: Syntax): { value: number | undefined; code: string | undefined } {
    const e = this.#expressions.read(node);
    return { value: constantOf(e), code: node.type === 'number_literal' ? undefined : node.text };
  }

  #typedef(node: Syntax): Stmt[] {
    const specifier = node.field('type')!;
    const declarators = node.fields('declarator');
    const first = declarators.find((one) => one.type === 'type_identifier')?.text;
    const base = this.#types.base(specifier, first);
    const isBody = specifier.field('body') !== undefined;
    for (const declarator of declarators) {
      const { name, type } = this.#types.declarator(declarator, base);
      // A structure that was only declared gets the name that the program will use.
      if (isRecord(type) && !type.api && !isBody && type.name === '') type.name = name;
      this.scope.declareType(name, type);
    }
    return this.#takePending();
  }

  #variables(node: Syntax): Stmt[] {
    const storage = node.children.find(({ type }) => type === 'storage_class_specifier')?.text;
    const base = this.#types.base(node.field('type')!);
    const variables: Variable[] = [];
    const before = this.#takePending();
    for (const declarator of node.fields('declarator')) {
      const declared = this.#types.declarator(declarator, base);
      if (declared.type.k === 'function') {
        this.#functionSym(declared.name, declared.type, undefined);
        continue;
      }
      const isGlobal = this.scope.isGlobal;
      const value = declarator.type === 'init_declarator' ? declarator.field('value') : undefined;
      if (storage === 'extern' && !value) {
        const api = this.scope.api.constant(declared.name);
        if (api !== undefined) continue;
      }
      const sym: Sym = {
        name: declared.name,
        id: declared.name,
        kind: 'variable',
        type: declared.type,
        isGlobal,
        isStatic: storage === 'static',
        isExtern: storage === 'extern' && !value,
        owner: this.scope.owner,
      };
      this.scope.declare(sym);
      if (isGlobal) this.scope.globals.push(sym);
      let init: Expr | undefined;
      if (value?.type === 'initializer_list') init = this.#expressions.list(value, sym.type);
      else if (value) init = this.#expressions.readOrNot(value, sym.type);
      if (sym.type.k === 'array' && sym.type.length === undefined) sym.type = sized(sym.type, init);
      variables.push({ sym, init });
    }
    if (variables.length === 0) return before;
    return [...before, { k: 'variables', variables, ...placeOf(node) }];
  }

  #functionSym(
    name: string,
    type: CType & { k: 'function' },
    params: readonly Sym[] | undefined,
  ): Sym {
    const known = this.scope.functions.get(name);
    if (known && !params) return known;
    if (known) {
      known.type = type;
      Object.assign(known, { params });
      return known;
    }
    const made = params ?? type.params.map((one) => parameterSym(one));
    const sym: Sym = { name, id: name, kind: 'function', type, params: made, isGlobal: true };
    // The prototype of a function of the system is no function of the program's.
    if (!params && this.scope.name(name).kind !== 'unknown') return this.scope.name(name);
    this.scope.functions.set(name, sym);
    this.scope.declare(sym);
    return sym;
  }

  /** Parameters that are declared behind their list: `int f(a, b) int a; char *b; { … }`. */
  #oldParameters(node: Syntax): Parameter[] | undefined {
    let head = node.field('declarator');
    while (head && head.type !== 'function_declarator') head = head.field('declarator');
    const list = head?.field('parameters')?.children ?? [];
    const names = list.filter(({ type }) => type === 'identifier').map(({ text }) => text);
    if (names.length === 0) return undefined;
    const types = new Map<string, CType>();
    for (const child of node.children) {
      if (child.type !== 'declaration') continue;
      const base = this.#types.base(child.field('type')!);
      for (const declarator of child.fields('declarator')) {
        const { name, type } = this.#types.declarator(declarator, base);
        types.set(name, decay(type));
      }
    }
    return names.map((name) => ({ name, type: types.get(name) ?? INT }));
  }

  #function(node: Syntax): Stmt[] {
    this.#place = node;
    const specifier = node.field('type');
    const base = specifier ? this.#types.base(specifier) : INT;
    const declared = this.#types.declarator(node.field('declarator'), base);
    if (declared.type.k !== 'function') throw new Unreadable('the head of a function');
    const params = (this.#oldParameters(node) ?? declared.params ?? []).map((one) =>
      parameterSym(one),
    );
    const sym = this.#functionSym(declared.name, declared.type, params);
    sym.defined = true;
    const before = this.#takePending();
    this.scope.enter();
    this.scope.owner = sym;
    for (const param of params) {
      param.owner = sym;
      this.scope.declare(param);
    }
    const body = this.#statements.list(node.field('body')!.children);
    this.scope.owner = undefined;
    this.scope.leave();
    return [...before, { k: 'function', sym, body, ...placeOf(node) }];
  }
}

function parameterSym({ name, type, constant }: Parameter): Sym {
  return { name, id: name, kind: 'parameter', type, ...(constant && { constant }) };
}

/** An array whose initialiser says how long it is. */
function sized(type: CType & { k: 'array' }, init: Expr | undefined): CType {
  if (init?.k === 'string') return { ...type, length: init.size };
  if (init?.k !== 'list') return type;
  const only = init.items[0]?.value;
  if (init.items.length === 1 && only?.k === 'string' && type.of.k === 'int') {
    return { ...type, length: only.size };
  }
  const indexes = init.items.map(({ path }) => (typeof path[0] === 'number' ? path[0] : 0));
  return { ...type, length: Math.max(-1, ...indexes) + 1 };
}
