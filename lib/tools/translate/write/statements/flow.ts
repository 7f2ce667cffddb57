import type { Stmt } from '../../ast.ts';
import { constantOf } from '../../read/values.ts';
import { walk } from '../../survey/visit.ts';

/** Whether there is a jump in a statement: to a label, or to any. */
export function jumpsTo(stmt: Stmt, label?: string): boolean {
  let found = false;
  walk(
    stmt,
    () => {},
    (one) => {
      if (one.k === 'goto' && (label === undefined || one.label === label)) found = true;
    },
  );
  return found;
}

/** Whether there is a `break` or `continue` of a loop outside of these statements. */
export function leavesLoop(stmts: readonly Stmt[]): boolean {
  const look = (stmt: Stmt | undefined, inLoop: boolean, inSwitch: boolean): boolean => {
    if (!stmt) return false;
    switch (stmt.k) {
      case 'break':
        return !inLoop && !inSwitch;
      case 'continue':
        return !inLoop;
      case 'if':
        return look(stmt.then, inLoop, inSwitch) || look(stmt.otherwise, inLoop, inSwitch);
      case 'block':
        return stmt.body.some((one) => look(one, inLoop, inSwitch));
      case 'switch':
        return stmt.cases.some(({ body }) => body.some((one) => look(one, inLoop, true)));
      case 'try':
        return look(stmt.body, inLoop, inSwitch) || look(stmt.last, inLoop, inSwitch);
      default:
        return false;
    }
  };
  return stmts.some((stmt) => look(stmt, false, false));
}

/** Whether control never comes to the end of these statements, as TypeScript sees it. */
export function endsIn(stmts: readonly Stmt[]): boolean {
  const last = stmts.findLast(({ k }) => k !== 'comment' && k !== 'empty');
  if (!last) return false;
  switch (last.k) {
    case 'return':
    case 'goto':
    case 'continue':
    case 'break':
      return true;
    case 'expr': {
      const { e } = last;
      return e.k === 'call' && e.callee.k === 'name' && e.callee.sym.library?.ends === true;
    }
    case 'block':
      return endsIn(last.body);
    case 'if':
      return last.otherwise !== undefined && endsIn([last.then]) && endsIn([last.otherwise]);
    case 'while':
    case 'for':
    case 'do': {
      const c = last.c;
      const forever = c === undefined || (constantOf(c) ?? 0) !== 0;
      return forever && !breaksOut(last.body);
    }
    case 'switch': {
      const hasDefault = last.cases.some(({ values }) => values.includes(undefined));
      return (
        hasDefault &&
        last.cases.every(
          ({ body }, index) =>
            (index < last.cases.length - 1 || endsIn(body)) && !body.some((one) => breaksOut(one)),
        ) &&
        endsIn(last.cases.at(-1)?.body ?? [])
      );
    }
    default:
      return false;
  }
}

function breaksOut(stmt: Stmt | undefined): boolean {
  if (!stmt) return false;
  switch (stmt.k) {
    case 'break':
    case 'goto':
      return true;
    case 'if':
      return breaksOut(stmt.then) || breaksOut(stmt.otherwise);
    case 'block':
      return stmt.body.some((one) => breaksOut(one));
    case 'try':
      return breaksOut(stmt.body) || breaksOut(stmt.last);
    case 'while':
    case 'do':
    case 'for':
    case 'switch':
      return jumpsTo(stmt);
    default:
      return false;
  }
}
