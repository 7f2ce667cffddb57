import type { Expr, Sym } from '../ast.ts';

/** The variable whose place is given for a text or a function: `(LPTSTR)&text`. */
export function placeGiven(e: Expr | undefined): Sym | undefined {
  let inner = e;
  while (inner?.k === 'cast') inner = inner.e;
  const isPlace = inner?.k === 'unary' && inner.op === '&' && inner.e.k === 'name';
  return isPlace && inner?.k === 'unary' && inner.e.k === 'name' ? inner.e.sym : undefined;
}
