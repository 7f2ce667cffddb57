import type { Program, Stmt, Sym } from '../ast.ts';
import { walk } from './visit.ts';

/**
 * The variables that a thread shares in C and that a worker does not: those that outlive a function and are
 * changed, in what the routine does and in all that it calls.
 */
export function sharedBy(routine: Sym, program: Program): readonly Sym[] {
  const bodies = new Map<Sym, Stmt>();
  for (const item of program.items) if (item.k === 'function') bodies.set(item.sym, item);
  const reached = new Set<Sym>([routine]);
  const shared = new Set<Sym>();
  // A set goes on over what is added meanwhile.
  for (const sym of reached) {
    walk(bodies.get(sym), (e) => {
      if (e.k !== 'name') return;
      if (e.sym.kind === 'function') reached.add(e.sym);
      const lasts = e.sym.kind === 'variable' && (e.sym.isGlobal || e.sym.isStatic);
      if (lasts && (e.sym.changed || e.sym.assigned)) shared.add(e.sym);
    });
  }
  return [...shared];
}
