import type { Stmt } from '../../ast.ts';
import { jumpsTo } from './flow.ts';

/** A block that a label becomes: `break` leaves it, or `continue` starts it again. */
export interface Labelled {
  readonly label: string;
  readonly how: 'break' | 'continue';
  /** The index behind its last statement. */
  readonly end: number;
}

/** A label that what starts here jumps to: forward over the statements between, or back to here. */
export function labelAhead(
  stmts: readonly Stmt[],
  at: number,
  to: number,
  isOpen: (label: string) => boolean,
): Labelled | undefined {
  const stmt = stmts[at]!;
  const back = stmt.k === 'label' && !isOpen(stmt.label) ? stmt.label : undefined;
  let end = at + 1;
  if (back !== undefined) {
    for (let i = at + 1; i < to; i++) if (jumpsTo(stmts[i]!, back)) end = i + 1;
  }
  // The outermost of several: the label that is farthest, from here or from what is jumped over.
  let farthest: Labelled | undefined;
  for (let i = end; i < to; i++) {
    const target = stmts[i]!;
    if (target.k !== 'label' || isOpen(target.label)) continue;
    const inside = stmts.slice(at, farthest?.end ?? end);
    if (!inside.some((one) => jumpsTo(one, target.label))) continue;
    farthest = { label: target.label, how: 'break', end: i };
  }
  if (farthest) return farthest;
  return back !== undefined && end > at + 1 ? { label: back, how: 'continue', end } : undefined;
}
