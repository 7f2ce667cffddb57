import type { Case, Expr, Place, Stmt } from '../ast.ts';
import type { Syntax } from '../grammar.ts';
import type { ExpressionReader } from './expressions.ts';
import { unmarked } from './preprocess.ts';
import type { Scope } from './scope.ts';
import { Unreadable } from './unreadable.ts';
import { constantOf } from './values.ts';

export function placeOf(node: Syntax): Place {
  return { row: node.row, endRow: node.endRow, text: unmarked(node.text) };
}

/** The parts of a statement that are statements, which are judged by themselves. */
const BODIES: ReadonlySet<string> = new Set([
  'compound_statement',
  'case_statement',
  'expression_statement',
  'declaration',
  'if_statement',
  'else_clause',
  'while_statement',
  'do_statement',
  'for_statement',
  'switch_statement',
  'return_statement',
  'break_statement',
  'continue_statement',
  'goto_statement',
  'labeled_statement',
  'seh_try_statement',
  'seh_finally_clause',
  'seh_except_clause',
  'function_definition',
  'declaration_list',
]);

/** Whether something in a piece of C is none, outside of the statements that it contains. */
export function isBroken(node: Syntax): boolean {
  if (!node.broken) return false;
  if (node.type === 'ERROR' || node.type === 'MISSING') return true;
  return node.children.some((child) => !BODIES.has(child.type) && isBroken(child));
}

/** What of C++ a text has that is no C; undefined where it is not known. */
const OF_CPP: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^[^;{]*\([^;{]*\w\s*&\s*\w+\s*[,)=]/, 'a reference is passed'],
  [/^[^;{]*\([^;{]*\w\s*=\s*[^;{]*\)\s*[;{]/, 'a parameter has a value of its own'],
  [/\w\s*::\s*\w/, 'a name is in a scope'],
  [/\bnew\s+\w|\bdelete\s*(?:\[\s*\]\s*)?\w/, 'an object is made or taken away'],
  [
    /\b(?:auto\s+\w+\s*=|template\s*<|operator\s*\W|throw\b|try\s*\{|static_cast<|reinterpret_cast<)/,
    'this',
  ],
];

/** Says of what is not C what it is, where that can be told. */
export function notUnderstood(text: string): string {
  const found = OF_CPP.find(([pattern]) => pattern.test(text));
  return found ? `this is C++: ${found[1]}` : 'this is not understood as C';
}

const isRangeStart = (node: Syntax): boolean =>
  node.type === 'ERROR' && node.children.length === 1 && /\.\.\.$/.test(node.text);

/** Reads the statements of a function. What cannot be read becomes a TODO with its text. */
export class StatementReader {
  readonly #scope: Scope;
  readonly #expressions: ExpressionReader;
  readonly #declaration: (node: Syntax) => Stmt[];

  constructor(scope: Scope, expressions: ExpressionReader, declaration: (node: Syntax) => Stmt[]) {
    this.#scope = scope;
    this.#expressions = expressions;
    this.#declaration = declaration;
  }

  list(nodes: readonly Syntax[]): Stmt[] {
    return nodes.flatMap((node) => this.#safely(node));
  }

  #safely(node: Syntax): Stmt[] {
    try {
      if (isBroken(node)) throw new Unreadable(notUnderstood(node.text));
      return this.#statement(node);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return [{ k: 'todo', why: error.message, ...placeOf(node) }];
    }
  }

  /** One statement, as the body of another. */
  #one(node: Syntax | undefined): Stmt {
    if (!node) throw new Unreadable('a statement is missing');
    const all = this.#safely(node);
    if (all.length === 1) return all[0]!;
    return { k: 'block', body: all, ...placeOf(node) };
  }

  block(node: Syntax): Stmt[] {
    this.#scope.enter();
    const body = this.list(node.children);
    this.#scope.leave();
    return body;
  }

  #statement(node: Syntax): Stmt[] {
    const place = placeOf(node);
    // What is done under a condition is kept, whatever the condition is.
    const condition = () => this.#expressions.readOrNot(node.field('condition'));
    switch (node.type) {
      case 'comment':
        return [{ k: 'comment', ...place }];
      case 'compound_statement':
        return [{ k: 'block', body: this.block(node), ...place }];
      case 'expression_statement': {
        const inner = node.children.find(({ type }) => type !== 'comment');
        const comments = this.#commentsWithin(node);
        if (!inner) return [...comments, { k: 'empty', ...place }];
        return [...comments, { k: 'expr', e: this.#expressions.read(inner), ...place }];
      }
      case 'declaration':
        return [...this.#commentsWithin(node), ...this.#declaration(node)];
      case 'type_definition':
      case 'struct_specifier':
      case 'union_specifier':
      case 'enum_specifier':
      case 'preproc_def':
        return this.#declaration(node);
      case 'if_statement': {
        const c = condition();
        const then = this.#one(node.field('consequence'));
        const alternative = node.field('alternative');
        const inner = alternative?.children.filter(({ type }) => type !== 'comment') ?? [];
        const comments = alternative
          ? this.list(alternative.children.filter(({ type }) => type === 'comment'))
          : [];
        let otherwise = alternative ? this.#one(inner[0]) : undefined;
        // A comment between the closing brace and `else`.
        if (otherwise && comments.length) {
          const body = otherwise.k === 'block' ? otherwise.body : [otherwise];
          otherwise = { ...placeOf(alternative!), k: 'block', body: [...comments, ...body] };
        }
        return [{ k: 'if', c, then, otherwise, ...place }];
      }
      case 'while_statement':
        return [{ k: 'while', c: condition(), body: this.#one(node.field('body')), ...place }];
      case 'do_statement':
        return [{ k: 'do', c: condition(), body: this.#one(node.field('body')), ...place }];
      case 'for_statement':
        return [this.#for(node)];
      case 'switch_statement':
        return [this.#switch(node)];
      case 'return_statement': {
        const inner = node.children.find(({ type }) => type !== 'comment');
        return [{ k: 'return', e: inner && this.#expressions.read(inner), ...place }];
      }
      case 'break_statement':
        return [{ k: 'break', ...place }];
      case 'continue_statement':
        return [{ k: 'continue', ...place }];
      case 'goto_statement':
        return [{ k: 'goto', label: node.field('label')!.text, ...place }];
      case 'labeled_statement': {
        const label = node.field('label')!;
        const rest = node.children.filter((child) => child.start !== label.start);
        return [{ k: 'label', label: label.text, ...place }, ...this.list(rest)];
      }
      case 'seh_try_statement': {
        const body = this.#one(node.field('body'));
        const last = node.children.find(({ type }) => /^seh_(?:finally|except)_clause$/.test(type));
        const end = this.#one(last?.field('body'));
        if (last?.type === 'seh_finally_clause')
          return [{ k: 'try', body, how: 'finally', last: end, ...place }];
        if (constantOf(this.#expressions.read(last?.field('filter'))) !== 1)
          throw new Unreadable('__except with a condition of its own');
        return [{ k: 'try', body, how: 'catch', last: end, ...place }];
      }
      case 'case_statement':
        throw new Unreadable('a case outside of the block of its switch');
      default:
        throw new Unreadable(`${node.type.replaceAll('_', ' ')} is not understood`);
    }
  }

  #commentsWithin(node: Syntax): Stmt[] {
    const found: Stmt[] = [];
    const visit = (one: Syntax) => {
      if (one.type === 'comment') found.push({ k: 'comment', ...placeOf(one) });
      else if (one.endRow > one.row) one.children.forEach(visit);
    };
    if (node.endRow > node.row) node.children.forEach(visit);
    return found;
  }

  #for(node: Syntax): Stmt {
    this.#scope.enter();
    const initializer = node.field('initializer');
    let init: Stmt | undefined;
    if (initializer?.type === 'declaration') {
      [init] = this.#declaration(initializer);
    } else if (initializer) {
      init = { k: 'expr', e: this.#expressions.read(initializer), ...placeOf(initializer) };
    }
    const condition = node.field('condition');
    const update = node.field('update');
    const c = condition && this.#expressions.readOrNot(condition);
    const step = update && this.#expressions.read(update);
    const body = this.#one(node.field('body'));
    this.#scope.leave();
    return { k: 'for', init, c, step, body, ...placeOf(node) };
  }

  #switch(node: Syntax): Stmt {
    const e = this.#expressions.read(node.field('condition'));
    const body = node.field('body')!;
    if (body.type !== 'compound_statement') throw new Unreadable('a switch without a block');
    this.#scope.enter();
    const cases: { values: (Expr | undefined)[]; body: Stmt[]; row: number }[] = [];
    let before: Stmt[] = [];
    for (const child of body.children) {
      if (child.type !== 'case_statement') {
        const inner = this.#safely(child);
        if (cases.length === 0) before.push(...inner);
        else cases.at(-1)!.body.push(...inner);
        continue;
      }
      const declarations = before.filter(({ k }) => k === 'variables');
      this.#case(child, cases, declarations.length ? [] : before);
      if (declarations.length === 0) before = [];
    }
    this.#scope.leave();
    const place = placeOf(node);
    const stmt: Stmt = { k: 'switch', e, cases: cases satisfies Case[], ...place };
    // What is declared in front of the first case is known in all of them, and never initialised.
    const bare = before.map((one) =>
      one.k === 'variables'
        ? { ...one, variables: one.variables.map(({ sym }) => ({ sym, init: undefined })) }
        : one,
    );
    return bare.length ? { k: 'block', body: [...bare, stmt], ...place } : stmt;
  }

  /** The values of `case 1:`, or of `case 1 ... 3:`, whose start the grammar takes for an error. */
  #labels(value: Syntax, child: Syntax): Expr[] {
    const last = this.#expressions.read(value);
    const start = child.children.find((one) => isRangeStart(one));
    if (!start) return [last];
    const low = constantOf(this.#expressions.read(start.children[0]));
    const high = constantOf(last);
    if (low === undefined || high === undefined || high < low || high - low > 255)
      throw new Unreadable('a range of cases');
    return Array.from({ length: high - low + 1 }, (_, index): Expr => {
      const at = low + index;
      if (last.k === 'char') return { ...last, value: at };
      return { k: 'number', value: at, text: String(at), type: last.type };
    });
  }

  #case(
    child: Syntax,
    cases: { values: (Expr | undefined)[]; body: Stmt[]; row: number }[],
    before: readonly Stmt[],
  ): void {
    const value = child.field('value');
    const labels = value ? this.#labels(value, child) : [undefined];
    const last = cases.at(-1);
    const body = child.children.filter((one) => one.start !== value?.start && !isRangeStart(one));
    if (last && last.body.length === 0) last.values.push(...labels);
    else cases.push({ values: labels, body: [...before], row: child.row });
    for (const one of body) {
      // `case 1: case 2:` nests.
      if (one.type === 'case_statement') this.#case(one, cases, []);
      else cases.at(-1)!.body.push(...this.#safely(one));
    }
  }
}
