import type { Expr, Stmt } from '../ast.ts';

/** The expressions directly in a statement, and the statements in it. */
export function childrenOf(stmt: Stmt): {
  exprs: (Expr | undefined)[];
  stmts: (Stmt | undefined)[];
} {
  switch (stmt.k) {
    case 'expr':
    case 'constant':
    case 'return':
      return { exprs: [stmt.e], stmts: [] };
    case 'variables':
      return { exprs: stmt.variables.map(({ init }) => init), stmts: [] };
    case 'if':
      return { exprs: [stmt.c], stmts: [stmt.then, stmt.otherwise] };
    case 'while':
    case 'do':
      return { exprs: [stmt.c], stmts: [stmt.body] };
    case 'for':
      return { exprs: [stmt.c, stmt.step], stmts: [stmt.init, stmt.body] };
    case 'switch':
      return {
        exprs: [stmt.e, ...stmt.cases.flatMap(({ values }) => values)],
        stmts: stmt.cases.flatMap(({ body }) => body),
      };
    case 'block':
    case 'function':
      return { exprs: [], stmts: [...stmt.body] };
    case 'try':
      return { exprs: [], stmts: [stmt.body, stmt.last] };
    default:
      return { exprs: [], stmts: [] };
  }
}

export function partsOf(e: Expr): readonly Expr[] {
  switch (e.k) {
    case 'call':
      return [e.callee, ...e.args];
    case 'unary':
    case 'step':
    case 'cast':
    case 'member':
      return [e.e];
    case 'binary':
    case 'assign':
    case 'comma':
      return [e.l, e.r];
    case 'conditional':
      return [e.c, e.a, e.b];
    case 'index':
      return [e.e, e.i];
    case 'list':
      return e.items.map(({ value }) => value);
    default:
      return [];
  }
}

/** Whether working out an expression changes something, or may. */
export function hasEffects(e: Expr): boolean {
  return /^(?:assign|step|call|unknown)$/.test(e.k) || partsOf(e).some(hasEffects);
}

/** Calls `see` with each statement below and each expression in it, from the outside in. */
export function walk(
  stmt: Stmt | undefined,
  see: (e: Expr) => void,
  seeStmt: (stmt: Stmt) => void = () => {},
): void {
  if (!stmt) return;
  seeStmt(stmt);
  const { exprs, stmts } = childrenOf(stmt);
  for (const e of exprs) walkExpr(e, see);
  for (const one of stmts) walk(one, see, seeStmt);
}

export function walkExpr(e: Expr | undefined, see: (e: Expr) => void): void {
  if (!e) return;
  see(e);
  for (const part of partsOf(e)) walkExpr(part, see);
}
