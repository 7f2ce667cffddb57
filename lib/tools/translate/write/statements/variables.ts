import type { Expr, Stmt, Sym, Variable } from '../../ast.ts';
import { isPointer } from '../../ctypes.ts';
import { isNullLike } from '../../read/values.ts';
import { Untranslatable } from '../code.ts';
import { isNullable } from '../expressions/values.ts';
import type { Context } from './context.ts';
import { assignment, declarationOf, needsFunction, withoutValue } from './declarations.ts';

/** The variables of a declaration. One that cannot be said is declared without its value. */
export function writeVariables(c: Context, stmt: Stmt & { k: 'variables' }): void {
  const at = c.out.lines.length;
  let lost: Untranslatable | undefined;
  for (const { sym, init } of stmt.variables) {
    try {
      writeVariable(c, { sym, init });
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      lost ??= error;
      lostValue(c, sym);
    }
  }
  if (!lost) {
    c.report.done();
    return;
  }
  const after = c.out.lines.splice(at);
  c.todo(lost.topic, lost.message, stmt);
  c.out.lines.push(...after);
}

function lostValue(c: Context, sym: Sym): void {
  try {
    if (sym.isStatic || c.hoisted.has(sym)) writeVariable(c, { sym, init: undefined });
    else c.out.add(withoutValue(c.w, sym));
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    // So that what uses it still compiles.
    c.out.add(`let ${sym.id}!: any;`);
  }
}

/** One variable: `const` where it keeps its value. */
export function writeVariable(c: Context, { sym, init }: Variable): void {
  if (c.hoisted.has(sym)) {
    if (init) c.out.add(`${assignment(c.w, sym, init)};`);
    return;
  }
  if (sym.isStatic && !sym.isGlobal && init && needsFunction(init)) {
    staticAtFirst(c, sym, init);
    return;
  }
  const line = declarationOf(c.w, sym, init);
  if (sym.isStatic && !sym.isGlobal) {
    c.w.before.push(line);
    return;
  }
  c.out.add(line);
  if (init && isPointer(sym.type) && sym.type.k === 'ptr' && !sym.addressTaken) {
    if (isNullLike(init) || isNullable(c.w, init)) c.w.narrowed.delete(sym);
    else c.w.narrowed.add(sym);
  }
}

/** A static whose value comes from parameters, which C++ gives it when the function first runs. */
function staticAtFirst(c: Context, sym: Sym, init: Expr): void {
  const line = declarationOf(c.w, sym, undefined);
  c.w.before.push(line.replace(/^const (\w+)(?:: number)? = (?=-?\d)/, 'let $1 = '));
  c.w.before.push(`let ${sym.id}IsSet = false;`);
  c.out.add(`if (!${sym.id}IsSet) {`);
  c.out.in();
  c.out.add(`${assignment(c.w, sym, init)};`);
  c.out.add(`${sym.id}IsSet = true;`);
  c.out.out();
  c.out.add('}');
}
