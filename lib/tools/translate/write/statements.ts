import type { Expr, Stmt, Sym, Variable } from '../ast.ts';
import { isPointer } from '../ctypes.ts';
import { constantOf, isNullLike } from '../read/values.ts';
import type { Report } from '../report.ts';
import { walk, walkExpr } from '../survey/visit.ts';
import { type Code, code, quote, Untranslatable } from './code.ts';
import {
  assignment,
  declarationOf,
  loopVariables,
  needsFunction,
  withoutValue,
} from './declarations.ts';
import { statementValue } from './expressions/assignments.ts';
import { condition, narrow } from './expressions/conditions.ts';
import { as } from './expressions/conversions.ts';
import { isNullable, value } from './expressions/values.ts';
import { endsIn, jumpsTo, leavesLoop } from './flow.ts';
import { type Labelled, labelAhead } from './labels.ts';
import { commentLines, Lines, todoLines } from './lines.ts';
import { enumValue, recordLines } from './records.ts';
import { returnLines } from './returns.ts';
import { switchText, withoutFallingThrough } from './switches.ts';
import { symType } from './types.ts';
import type { Writer } from './writer.ts';

/** Writes statements, in the order and with the comments and blank lines of the original. */
export class Statements {
  readonly #w: Writer;
  readonly #report: Report;
  readonly out: Lines;

  constructor(w: Writer, report: Report, out = new Lines()) {
    this.#w = w;
    this.#report = report;
    this.out = out;
  }

  list(stmts: readonly Stmt[]): void {
    this.#range(stmts, 0, stmts.length, undefined);
  }

  /** Statements from one index to another; labels among them become blocks. */
  #range(stmts: readonly Stmt[], from: number, to: number, previous: Stmt | undefined): void {
    for (let at = from; at < to; at++) {
      const stmt = stmts[at]!;
      const label = labelAhead(stmts, at, to, (name) => this.#isOpen(name));
      if (label) {
        this.#labelled(stmts, at, label);
        previous = stmts[label.end - 1];
        at = label.end - 1;
        continue;
      }
      this.#space(previous, stmt);
      this.#safely(stmt);
      previous = stmt;
    }
  }

  #isOpen(label: string): boolean {
    return this.#w.blocks.some((block) => block.label === label);
  }

  #labelled(stmts: readonly Stmt[], at: number, { label, how, end }: Labelled): void {
    const inside = stmts.slice(at, end);
    this.#space(stmts[at - 1], stmts[at]!);
    const usedLater = this.#usedIn(stmts.slice(end));
    const hoisted = new Set<Sym>();
    for (const stmt of inside) {
      if (stmt.k !== 'variables') continue;
      for (const { sym } of stmt.variables) if (usedLater.has(sym)) hoisted.add(sym);
    }
    for (const sym of hoisted) {
      sym.assigned = (sym.assigned ?? 0) + 1;
      this.#variable({ sym, init: undefined });
      this.#hoisted.add(sym);
    }
    const before = new Set(this.#w.narrowed);
    this.#w.blocks.push({ label, how });
    this.out.add(how === 'break' ? `${label}: {` : `${label}: while (true) {`);
    this.out.in();
    if (how === 'continue') {
      this.#w.narrowed = new Set();
      if (leavesLoop(inside))
        this.#todo('goto', 'a jump back over a break or continue', stmts[at]!);
    }
    this.#range(stmts, at, end, undefined);
    if (how === 'continue' && !endsIn(inside)) this.out.add('break;');
    this.out.out();
    this.out.add('}');
    this.#w.blocks.pop();
    this.#w.narrowed = intersection(before, this.#w.narrowed);
  }

  readonly #hoisted = new Set<Sym>();

  #usedIn(stmts: readonly Stmt[]): Set<Sym> {
    const used = new Set<Sym>();
    for (const stmt of stmts) walk(stmt, (e) => e.k === 'name' && used.add(e.sym));
    return used;
  }

  #space(previous: Stmt | undefined, stmt: Stmt): void {
    if (previous && stmt.row - previous.endRow > 1) this.out.blank();
  }

  #todo(topic: string, why: string, stmt: { text: string; row: number }): void {
    this.#report.todo(topic, why, stmt);
    this.out.add(todoLines(why, stmt.text));
  }

  #safely(stmt: Stmt): void {
    const before = this.out.lines.length;
    const narrowed = new Set(this.#w.narrowed);
    this.#w.row = stmt.row;
    try {
      this.#statement(stmt);
      this.#remark(stmt, before);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      this.out.lines.length = before;
      this.#w.narrowed = narrowed;
      this.#todo(error.topic, error.message, stmt);
      this.#instead(stmt);
    }
  }

  /** Puts in front of a statement what is to be looked at in it. */
  #remark(stmt: Stmt, at: number): void {
    for (const why of this.#w.remarks.splice(0)) {
      const head = stmt.text.split('\n')[0]!;
      this.#report.todo('thread', why, { text: head, row: stmt.row });
      const after = this.out.lines.splice(at);
      this.out.add(todoLines(why, head));
      this.out.lines.push(...after);
    }
  }

  /** The variables of a declaration. One that cannot be said is declared without its value. */
  #variables(stmt: Stmt & { k: 'variables' }): void {
    const at = this.out.lines.length;
    let lost: Untranslatable | undefined;
    for (const { sym, init } of stmt.variables) {
      try {
        this.#variable({ sym, init });
      } catch (error) {
        if (!(error instanceof Untranslatable)) throw error;
        lost ??= error;
        this.#withoutValue(sym);
      }
    }
    if (!lost) {
      this.#report.done();
      return;
    }
    const after = this.out.lines.splice(at);
    this.#todo(lost.topic, lost.message, stmt);
    this.out.lines.push(...after);
  }

  #withoutValue(sym: Sym): void {
    try {
      if (sym.isStatic || this.#hoisted.has(sym)) this.#variable({ sym, init: undefined });
      else this.out.add(withoutValue(this.#w, sym));
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      // So that what uses it still compiles.
      this.out.add(`let ${sym.id}!: any;`);
    }
  }

  /** What keeps the rest in order where a statement could not be translated. */
  #instead(stmt: Stmt): void {
    const set = stmt.k === 'expr' && stmt.e.k === 'assign' ? stmt.e.l : undefined;
    if (set?.k === 'name' && set.sym.slot?.nullable && !set.sym.addressTaken) {
      // Otherwise it would be NULL for all that TypeScript knows.
      this.#w.narrowed.delete(set.sym);
      const said = `${this.#w.imports.c('todo')}(${quote(stmt.text.replace(/\s+/g, ' '))})`;
      this.out.add(`${set.sym.id} = ${said} as ${symType(this.#w, set.sym)};`);
    }
    if (stmt.k === 'return') {
      this.out.add(
        `return ${this.#w.imports.c('todo')}(${quote(stmt.text.replace(/\s+/g, ' '))});`,
      );
    }
  }

  /** The condition of a statement; one that cannot be said is an error when it is reached. */
  #condition(e: Expr, stmt: Stmt): Code {
    try {
      return condition(this.#w, e);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      const head = stmt.text.split('\n')[0]!;
      this.#todo(error.topic, error.message, { text: head, row: stmt.row });
      return code(`${this.#w.imports.c('todo')}(${quote(head.trim())})`);
    }
  }

  #statement(stmt: Stmt): void {
    const w = this.#w;
    switch (stmt.k) {
      case 'comment':
        this.out.add(commentLines(stmt.text));
        return;
      case 'empty':
      case 'label':
        return;
      case 'todo':
        this.#todo('not understood', stmt.why, stmt);
        return;
      case 'type':
        // What C declares within a function stands in front of it: a macro is known behind it as well.
        if (stmt.record) w.before.push(...recordLines(w, stmt.record));
        for (const sym of stmt.items ?? [])
          w.before.push(`const ${sym.id} = ${enumValue(w, sym)};`);
        this.#report.done();
        return;
      case 'constant':
        w.before.push(`const ${stmt.sym.id} = ${value(w, stmt.e).text};`);
        this.#report.done();
        return;
      case 'expr': {
        const line = statementValue(w, stmt.e);
        // At the start of a statement a brace is a block.
        this.out.add(/^(?:\{|function\b)/.test(line.text) ? `(${line.text});` : `${line.text};`);
        this.#report.done();
        return;
      }
      case 'variables':
        this.#variables(stmt);
        return;
      case 'if':
        this.#if(stmt);
        return;
      case 'while':
        this.#while(stmt);
        return;
      case 'do':
        this.#do(stmt);
        return;
      case 'for':
        this.#for(stmt);
        return;
      case 'switch':
        this.#switch(stmt);
        return;
      case 'return':
        for (const line of returnLines(w, stmt.e)) this.out.add(line);
        this.#report.done();
        return;
      case 'break':
      case 'continue':
        this.out.add(`${stmt.k};`);
        this.#report.done();
        return;
      case 'goto': {
        const block = w.blocks.find(({ label }) => label === stmt.label);
        if (!block) throw new Untranslatable('goto', 'a jump that no block of TypeScript is');
        this.out.add(`${block.how} ${stmt.label === '__leave_label' ? 'leave' : stmt.label};`);
        this.#report.done();
        return;
      }
      case 'block':
        this.out.add('{');
        this.#body(stmt);
        this.out.add('}');
        return;
      case 'try':
        this.#try(stmt);
        return;
      default:
        throw new Untranslatable('statement', 'this within a function');
    }
  }

  /** `__try … __finally` or `__except`, out of which `__leave` jumps. */
  #try(stmt: Stmt & { k: 'try' }): void {
    const leaves = jumpsTo(stmt.body, '__leave_label');
    if (leaves) this.#w.blocks.push({ label: '__leave_label', how: 'break' });
    this.out.add(leaves ? 'leave: try {' : 'try {');
    this.#body(stmt.body);
    if (leaves) this.#w.blocks.pop();
    this.out.add(`} ${stmt.how} {`);
    this.#body(stmt.last);
    this.out.add('}');
  }

  /** The statements of a body, a step further in. */
  #body(stmt: Stmt): void {
    this.out.in();
    this.list(stmt.k === 'block' ? stmt.body : [stmt]);
    this.out.out();
  }

  #if(stmt: Stmt & { k: 'if' }): void {
    const w = this.#w;
    const c = this.#condition(stmt.c, stmt);
    this.#report.done();
    this.out.add(`if (${c.text}) {`);
    const after = new Set(w.narrowed);
    narrow(w, stmt.c, true);
    this.#body(stmt.then);
    const afterThen = w.narrowed;
    const thenEnds = endsIn([stmt.then]);
    w.narrowed = new Set(after);
    narrow(w, stmt.c, false);
    let otherwise = stmt.otherwise;
    let otherEnds = false;
    if (otherwise) {
      otherEnds = endsIn([otherwise]);
      if (otherwise.k === 'block' && otherwise.body.length === 1 && otherwise.body[0]!.k === 'if') {
        [otherwise] = otherwise.body;
      }
      if (otherwise!.k === 'if') {
        const inner = new Statements(w, this.#report);
        for (const sym of this.#hoisted) inner.#hoisted.add(sym);
        inner.#safely(otherwise!);
        const [first = '', ...rest] = inner.out.lines;
        if (first.startsWith('if (')) {
          this.out.add(`} else ${first}`);
          for (const line of rest) this.out.add(line);
        } else {
          this.out.add('} else {');
          this.out.in();
          for (const line of inner.out.lines) this.out.add(line);
          this.out.out();
          this.out.add('}');
        }
        this.#merge(afterThen, thenEnds, otherEnds);
        return;
      }
      this.out.add('} else {');
      this.#body(otherwise!);
    }
    this.out.add('}');
    this.#merge(afterThen, thenEnds, otherEnds);
  }

  /** What is not NULL behind both branches. */
  #merge(then: Set<Sym>, thenEnds: boolean, otherEnds: boolean): void {
    if (thenEnds) return;
    this.#w.narrowed = otherEnds ? then : intersection(then, this.#w.narrowed);
  }

  /** Pointers that a loop changes are not known to be there at its start. */
  #enterLoop(parts: readonly (Stmt | undefined)[], exprs: readonly (Expr | undefined)[]): void {
    const changed = new Set<Sym>();
    const see = (e: Expr) => {
      if (e.k === 'assign' && e.l.k === 'name') changed.add(e.l.sym);
    };
    for (const part of parts) walk(part, see);
    for (const e of exprs) walkExpr(e, see);
    this.#w.narrowed = new Set([...this.#w.narrowed].filter((sym) => !changed.has(sym)));
  }

  #while(stmt: Stmt & { k: 'while' }): void {
    const w = this.#w;
    this.#enterLoop([stmt.body], [stmt.c]);
    const outside = new Set(w.narrowed);
    const c = constantOf(stmt.c) ? code('true') : this.#condition(stmt.c, stmt);
    this.#report.done();
    if (stmt.body.k === 'empty') {
      this.out.add(`while (${c.text}) {}`);
      return;
    }
    this.out.add(`while (${c.text}) {`);
    narrow(w, stmt.c, true);
    this.#body(stmt.body);
    this.out.add('}');
    w.narrowed = outside;
  }

  #do(stmt: Stmt & { k: 'do' }): void {
    const w = this.#w;
    this.#report.done();
    this.#enterLoop([stmt.body], [stmt.c]);
    const outside = new Set(w.narrowed);
    if (constantOf(stmt.c) === 0 && !leavesLoop([stmt.body])) {
      // The `do … while (0)` of macros is a block.
      this.out.add('{');
      this.#body(stmt.body);
      this.out.add('}');
      return;
    }
    this.out.add('do {');
    this.#body(stmt.body);
    const known = constantOf(stmt.c);
    const c = known !== undefined ? code(known ? 'true' : 'false') : this.#condition(stmt.c, stmt);
    this.out.add(`} while (${c.text});`);
    w.narrowed = outside;
  }

  #for(stmt: Stmt & { k: 'for' }): void {
    const w = this.#w;
    this.#report.done();
    let init = '';
    if (stmt.init?.k === 'variables') {
      init = loopVariables(w, stmt.init.variables);
    } else if (stmt.init?.k === 'expr') {
      init = statementValue(w, stmt.init.e).text;
    }
    this.#enterLoop([stmt.body], [stmt.c, stmt.step]);
    const outside = new Set(w.narrowed);
    const known = stmt.c && constantOf(stmt.c);
    const c = stmt.c && !known ? this.#condition(stmt.c, stmt).text : '';
    if (stmt.c) narrow(w, stmt.c, true);
    const mark = this.out.lines.length;
    // The step is written where the body ends, for what is known there.
    this.out.add('');
    if (stmt.body.k !== 'empty') this.#body(stmt.body);
    const step = stmt.step ? statementValue(w, stmt.step).text.replace(/;\n/g, ', ') : '';
    const head =
      init === '' && c === '' && step === ''
        ? 'while (true) {'
        : `for (${init};${c && ` ${c}`};${step && ` ${step}`}) {`;
    this.#setLine(mark, head);
    if (stmt.body.k === 'empty' && this.out.lines.at(-1)!.length < 99) {
      this.out.lines.push(`${this.out.lines.pop()}}`);
    } else this.out.add('}');
    w.narrowed = outside;
  }

  #setLine(at: number, text: string): void {
    const rest = this.out.lines.splice(at);
    this.out.add(text);
    this.out.lines.push(...rest.slice(1));
  }

  /** One variable: `const` where it keeps its value. */
  #variable({ sym, init }: Variable): void {
    if (this.#hoisted.has(sym)) {
      if (init) this.out.add(`${assignment(this.#w, sym, init)};`);
      return;
    }
    if (sym.isStatic && !sym.isGlobal && init && needsFunction(init)) {
      this.#staticAtFirst(sym, init);
      return;
    }
    const line = declarationOf(this.#w, sym, init);
    if (sym.isStatic && !sym.isGlobal) {
      this.#w.before.push(line);
      return;
    }
    this.out.add(line);
    if (init && isPointer(sym.type) && sym.type.k === 'ptr' && !sym.addressTaken) {
      if (isNullLike(init) || isNullable(this.#w, init)) this.#w.narrowed.delete(sym);
      else this.#w.narrowed.add(sym);
    }
  }

  /** A static whose value comes from parameters, which C++ gives it when the function first runs. */
  #staticAtFirst(sym: Sym, init: Expr): void {
    const line = declarationOf(this.#w, sym, undefined);
    this.#w.before.push(line.replace(/^const (\w+)(?:: number)? = (?=-?\d)/, 'let $1 = '));
    this.#w.before.push(`let ${sym.id}IsSet = false;`);
    this.out.add(`if (!${sym.id}IsSet) {`);
    this.out.in();
    this.out.add(`${assignment(this.#w, sym, init)};`);
    this.out.add(`${sym.id}IsSet = true;`);
    this.out.out();
    this.out.add('}');
  }

  #switch(stmt: Stmt & { k: 'switch' }): void {
    const w = this.#w;
    const byText = switchText(w, stmt);
    const head = byText ?? value(w, stmt.e).text;
    this.#report.done();
    this.out.add(`switch (${head}) {`);
    this.out.in();
    const before = new Set(w.narrowed);
    let previous: { endRow: number } | undefined;
    stmt.cases.forEach((one, index) => {
      if (previous && one.row - previous.endRow > 1) this.out.blank();
      const labels = one.values.map((label) => {
        if (!label) return 'default:';
        if (byText && label.k === 'char')
          return `case ${quote(String.fromCharCode(label.value & 0xff))}:`;
        return `case ${as(w, label, stmt.e.type).text}:`;
      });
      for (const label of labels.slice(0, -1)) this.out.add(label);
      const isLast = index === stmt.cases.length - 1;
      const body = isLast ? [...one.body] : withoutFallingThrough(stmt.cases, index);
      const only = body.length === 1 && body[0]!.k === 'block' ? body[0]!.body : undefined;
      const declares = body.some(({ k }) => k === 'variables');
      const braces = declares || only !== undefined;
      this.out.add(`${labels.at(-1)}${braces ? ' {' : ''}`);
      this.out.in();
      w.narrowed = new Set(before);
      this.list(only ?? body);
      this.out.out();
      if (braces) this.out.add('}');
      previous = one.body.at(-1) ?? { endRow: one.row };
    });
    this.out.out();
    this.out.add('}');
    this.#enterLoop([stmt], []);
    w.narrowed = intersection(before, w.narrowed);
  }
}

function intersection(a: Set<Sym>, b: Set<Sym>): Set<Sym> {
  return new Set([...a].filter((sym) => b.has(sym)));
}
