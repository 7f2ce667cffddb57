import type { Expr, Stmt, Sym } from '../../ast.ts';
import type { Report } from '../../report.ts';
import { walk } from '../../survey/visit.ts';
import { type Code, code, quote, Untranslatable } from '../code.ts';
import { statementValue } from '../expressions/assignments.ts';
import { condition } from '../expressions/conditions.ts';
import { value } from '../expressions/values.ts';
import { commentLines, Lines, todoLines } from '../lines.ts';
import { enumValue, recordLines } from '../records.ts';
import { symType } from '../types.ts';
import type { Writer } from '../writer.ts';
import { writeIf, writeTry } from './branches.ts';
import { type Context, intersection } from './context.ts';
import { endsIn, leavesLoop } from './flow.ts';
import { type Labelled, labelAhead } from './labels.ts';
import { writeDo, writeFor, writeWhile } from './loops.ts';
import { returnLines } from './returns.ts';
import { writeSwitch } from './switches.ts';
import { writeVariable, writeVariables } from './variables.ts';

/** Writes statements, in the order and with the comments and blank lines of the original. */
export class Statements implements Context {
  readonly w: Writer;
  readonly report: Report;
  readonly out: Lines;
  readonly hoisted = new Set<Sym>();

  constructor(w: Writer, report: Report, out = new Lines()) {
    this.w = w;
    this.report = report;
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
    return this.w.blocks.some((block) => block.label === label);
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
      writeVariable(this, { sym, init: undefined });
      this.hoisted.add(sym);
    }
    const before = new Set(this.w.narrowed);
    this.w.blocks.push({ label, how });
    this.out.add(how === 'break' ? `${label}: {` : `${label}: while (true) {`);
    this.out.in();
    if (how === 'continue') {
      this.w.narrowed = new Set();
      if (leavesLoop(inside)) this.todo('goto', 'a jump back over a break or continue', stmts[at]!);
    }
    this.#range(stmts, at, end, undefined);
    if (how === 'continue' && !endsIn(inside)) this.out.add('break;');
    this.out.out();
    this.out.add('}');
    this.w.blocks.pop();
    this.w.narrowed = intersection(before, this.w.narrowed);
  }

  #usedIn(stmts: readonly Stmt[]): Set<Sym> {
    const used = new Set<Sym>();
    for (const stmt of stmts) walk(stmt, (e) => e.k === 'name' && used.add(e.sym));
    return used;
  }

  #space(previous: Stmt | undefined, stmt: Stmt): void {
    if (previous && stmt.row - previous.endRow > 1) this.out.blank();
  }

  todo(topic: string, why: string, stmt: { text: string; row: number }): void {
    this.report.todo(topic, why, stmt);
    this.out.add(todoLines(why, stmt.text));
  }

  #safely(stmt: Stmt): void {
    const before = this.out.lines.length;
    const narrowed = new Set(this.w.narrowed);
    this.w.row = stmt.row;
    try {
      this.#statement(stmt);
      this.#remark(stmt, before);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      this.out.lines.length = before;
      this.w.narrowed = narrowed;
      this.todo(error.topic, error.message, stmt);
      this.#instead(stmt);
    }
  }

  /** Puts in front of a statement what is to be looked at in it. */
  #remark(stmt: Stmt, at: number): void {
    for (const why of this.w.remarks.splice(0)) {
      const head = stmt.text.split('\n')[0]!;
      this.report.todo('thread', why, { text: head, row: stmt.row });
      const after = this.out.lines.splice(at);
      this.out.add(todoLines(why, head));
      this.out.lines.push(...after);
    }
  }

  /** What keeps the rest in order where a statement could not be translated. */
  #instead(stmt: Stmt): void {
    const set = stmt.k === 'expr' && stmt.e.k === 'assign' ? stmt.e.l : undefined;
    if (set?.k === 'name' && set.sym.slot?.nullable && !set.sym.addressTaken) {
      // Otherwise it would be NULL for all that TypeScript knows.
      this.w.narrowed.delete(set.sym);
      const said = `${this.w.imports.c('todo')}(${quote(stmt.text.replace(/\s+/g, ' '))})`;
      this.out.add(`${set.sym.id} = ${said} as ${symType(this.w, set.sym)};`);
    }
    if (stmt.k === 'return') {
      this.out.add(`return ${this.w.imports.c('todo')}(${quote(stmt.text.replace(/\s+/g, ' '))});`);
    }
  }

  condition(e: Expr, stmt: Stmt): Code {
    try {
      return condition(this.w, e);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      const head = stmt.text.split('\n')[0]!;
      this.todo(error.topic, error.message, { text: head, row: stmt.row });
      return code(`${this.w.imports.c('todo')}(${quote(head.trim())})`);
    }
  }

  #statement(stmt: Stmt): void {
    const w = this.w;
    switch (stmt.k) {
      case 'comment':
        this.out.add(commentLines(stmt.text));
        return;
      case 'empty':
      case 'label':
        return;
      case 'todo':
        this.todo('not understood', stmt.why, stmt);
        return;
      case 'type':
        // What C declares within a function stands in front of it: a macro is known behind it as well.
        if (stmt.record) w.before.push(...recordLines(w, stmt.record));
        for (const sym of stmt.items ?? [])
          w.before.push(`const ${sym.id} = ${enumValue(w, sym)};`);
        this.report.done();
        return;
      case 'constant':
        w.before.push(`const ${stmt.sym.id} = ${value(w, stmt.e).text};`);
        this.report.done();
        return;
      case 'expr': {
        const line = statementValue(w, stmt.e);
        // At the start of a statement a brace is a block.
        this.out.add(/^(?:\{|function\b)/.test(line.text) ? `(${line.text});` : `${line.text};`);
        this.report.done();
        return;
      }
      case 'variables':
        writeVariables(this, stmt);
        return;
      case 'if':
        writeIf(this, stmt);
        return;
      case 'while':
        writeWhile(this, stmt);
        return;
      case 'do':
        writeDo(this, stmt);
        return;
      case 'for':
        writeFor(this, stmt);
        return;
      case 'switch':
        writeSwitch(this, stmt);
        return;
      case 'return':
        for (const line of returnLines(w, stmt.e)) this.out.add(line);
        this.report.done();
        return;
      case 'break':
      case 'continue':
        this.out.add(`${stmt.k};`);
        this.report.done();
        return;
      case 'goto': {
        const block = w.blocks.find(({ label }) => label === stmt.label);
        if (!block) throw new Untranslatable('goto', 'a jump that no block of TypeScript is');
        this.out.add(`${block.how} ${stmt.label === '__leave_label' ? 'leave' : stmt.label};`);
        this.report.done();
        return;
      }
      case 'block':
        this.out.add('{');
        this.body(stmt);
        this.out.add('}');
        return;
      case 'try':
        writeTry(this, stmt);
        return;
      default:
        throw new Untranslatable('statement', 'this within a function');
    }
  }

  apart(stmt: Stmt): readonly string[] {
    const inner = new Statements(this.w, this.report);
    for (const sym of this.hoisted) inner.hoisted.add(sym);
    inner.#safely(stmt);
    return inner.out.lines;
  }

  body(stmt: Stmt): void {
    this.out.in();
    this.list(stmt.k === 'block' ? stmt.body : [stmt]);
    this.out.out();
  }
}
