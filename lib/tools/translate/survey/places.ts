import type { Expr, Sym } from '../ast.ts';

/** The place that is given for a text or a function: `(LPTSTR)&text`. */
export function givenPlace(e: Expr | undefined): Expr | undefined {
  let inner = e;
  while (inner?.k === 'cast') inner = inner.e;
  return inner?.k === 'unary' && inner.op === '&' ? inner.e : undefined;
}

/** The variable whose place that is. */
export function placeGiven(e: Expr | undefined): Sym | undefined {
  const place = givenPlace(e);
  return place?.k === 'name' ? place.sym : undefined;
}
