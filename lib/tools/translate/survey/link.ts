import type { Expr, Program, Stmt, Sym } from '../ast.ts';
import { walk } from './visit.ts';

/** What one file declares and another defines is one and the same from here on. */
export function link(programs: ReadonlyMap<string, Program>): void {
  const defined = new Map<string, Sym>();
  for (const [home, program] of programs) {
    for (const sym of [...program.functions, ...program.globals]) {
      sym.home = home;
      const isDefinition = sym.kind === 'function' ? sym.defined : !sym.isExtern;
      if (isDefinition && !sym.isStatic && !/^w?main$/.test(sym.name)) defined.set(sym.name, sym);
    }
  }
  for (const [home, program] of programs) {
    const see = (e: Expr) => {
      if (e.k !== 'name' || !isOpen(e.sym)) return;
      const target = defined.get(e.sym.name);
      if (!target || target.home === home) return;
      target.exported = true;
      e.sym.linked = true;
      (e as { sym: Sym }).sym = target;
      (e as { type: Sym['type'] }).type = target.type;
    };
    for (const item of program.items) {
      walk(item, see, (stmt: Stmt) => {
        if (stmt.k !== 'variables') return;
        for (const { sym } of stmt.variables) {
          if (sym.isExtern && defined.has(sym.name)) sym.linked = true;
        }
      });
    }
  }
}

/** Declared here and defined elsewhere. */
function isOpen(sym: Sym): boolean {
  if (sym.kind === 'function') return !sym.defined;
  return sym.isExtern === true || sym.kind === 'unknown';
}
