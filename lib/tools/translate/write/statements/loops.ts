import type { Expr, Stmt, Sym } from '../../ast.ts';
import { constantOf } from '../../read/values.ts';
import { walk, walkExpr } from '../../survey/visit.ts';
import { code } from '../code.ts';
import { statementValue } from '../expressions/assignments.ts';
import { narrow } from '../expressions/conditions.ts';
import type { Context } from './context.ts';
import { loopVariables } from './declarations.ts';
import { leavesLoop } from './flow.ts';

/** Pointers that a loop changes are not known to be there at its start. */
export function enterLoop(
  c: Context,
  parts: readonly (Stmt | undefined)[],
  exprs: readonly (Expr | undefined)[],
): void {
  const changed = new Set<Sym>();
  const see = (e: Expr) => {
    if (e.k === 'assign' && e.l.k === 'name') changed.add(e.l.sym);
  };
  for (const part of parts) walk(part, see);
  for (const e of exprs) walkExpr(e, see);
  c.w.narrowed = new Set([...c.w.narrowed].filter((sym) => !changed.has(sym)));
}

export function writeWhile(c: Context, stmt: Stmt & { k: 'while' }): void {
  const w = c.w;
  enterLoop(c, [stmt.body], [stmt.c]);
  const outside = new Set(w.narrowed);
  const test = constantOf(stmt.c) ? code('true') : c.condition(stmt.c, stmt);
  c.report.done();
  if (stmt.body.k === 'empty') {
    c.out.add(`while (${test.text}) {}`);
    return;
  }
  c.out.add(`while (${test.text}) {`);
  narrow(w, stmt.c, true);
  c.body(stmt.body);
  c.out.add('}');
  w.narrowed = outside;
}

export function writeDo(c: Context, stmt: Stmt & { k: 'do' }): void {
  const w = c.w;
  c.report.done();
  enterLoop(c, [stmt.body], [stmt.c]);
  const outside = new Set(w.narrowed);
  if (constantOf(stmt.c) === 0 && !leavesLoop([stmt.body])) {
    // The `do … while (0)` of macros is a block.
    c.out.add('{');
    c.body(stmt.body);
    c.out.add('}');
    return;
  }
  c.out.add('do {');
  c.body(stmt.body);
  const known = constantOf(stmt.c);
  const test = known !== undefined ? code(known ? 'true' : 'false') : c.condition(stmt.c, stmt);
  c.out.add(`} while (${test.text});`);
  w.narrowed = outside;
}

export function writeFor(c: Context, stmt: Stmt & { k: 'for' }): void {
  const w = c.w;
  c.report.done();
  let init = '';
  if (stmt.init?.k === 'variables') {
    init = loopVariables(w, stmt.init.variables);
  } else if (stmt.init?.k === 'expr') {
    init = statementValue(w, stmt.init.e).text;
  }
  enterLoop(c, [stmt.body], [stmt.c, stmt.step]);
  const outside = new Set(w.narrowed);
  const known = stmt.c && constantOf(stmt.c);
  const test = stmt.c && !known ? c.condition(stmt.c, stmt).text : '';
  if (stmt.c) narrow(w, stmt.c, true);
  const mark = c.out.lines.length;
  // The step is written where the body ends, for what is known there.
  c.out.add('');
  if (stmt.body.k !== 'empty') c.body(stmt.body);
  const step = stmt.step ? statementValue(w, stmt.step).text.replace(/;\n/g, ', ') : '';
  const head =
    init === '' && test === '' && step === ''
      ? 'while (true) {'
      : `for (${init};${test && ` ${test}`};${step && ` ${step}`}) {`;
  setLine(c, mark, head);
  if (stmt.body.k === 'empty' && c.out.lines.at(-1)!.length < 99) {
    c.out.lines.push(`${c.out.lines.pop()}}`);
  } else c.out.add('}');
  w.narrowed = outside;
}

function setLine(c: Context, at: number, text: string): void {
  const rest = c.out.lines.splice(at);
  c.out.add(text);
  c.out.lines.push(...rest.slice(1));
}
