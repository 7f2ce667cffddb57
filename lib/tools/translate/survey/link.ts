import type { Expr, Program, Stmt, Sym } from '../ast.ts';
import { walk } from './visit.ts';

/** Where a name of several files is defined. */
interface Definition {
  readonly sym: Sym;
  readonly home: string;
  /** Whether it is more than `int count;`, which C lets stand several times for one variable. */
  readonly isFirm: boolean;
}

/** What one file declares and another defines, or the same again, is one and the same from here on. */
export function link(programs: ReadonlyMap<string, Program>): void {
  const definitions = new Map<string, Definition>();
  for (const [home, program] of programs) {
    for (const sym of [...program.functions, ...program.globals]) sym.home = home;
    for (const one of definitionsOf(program, home)) {
      const known = definitions.get(one.sym.name);
      if (!known || (one.isFirm && !known.isFirm)) definitions.set(one.sym.name, one);
    }
  }
  for (const [home, program] of programs) {
    const see = (e: Expr) => {
      if (e.k !== 'name' || !isShared(e.sym)) return;
      const target = definitions.get(e.sym.name);
      if (!target || target.sym === e.sym) return;
      if (target.home !== home) target.sym.exported = true;
      (e as { sym: Sym }).sym = target.sym;
      (e as { type: Sym['type'] }).type = target.sym.type;
    };
    for (const item of program.items) {
      walk(item, see, (stmt: Stmt) => {
        if (stmt.k !== 'variables') return;
        for (const { sym } of stmt.variables) {
          const target = isShared(sym) ? definitions.get(sym.name)?.sym : undefined;
          if (target && target !== sym) sym.linked = true;
        }
      });
    }
  }
}

function definitionsOf(program: Program, home: string): Definition[] {
  const found: Definition[] = [];
  for (const sym of program.functions) {
    const isOwn = sym.isStatic || /^w?main$/.test(sym.name);
    if (sym.defined && !isOwn) found.push({ sym, home, isFirm: true });
  }
  for (const item of program.items) {
    if (item.k !== 'variables') continue;
    for (const { sym, init } of item.variables) {
      if (isShared(sym) && !sym.isExtern) found.push({ sym, home, isFirm: init !== undefined });
    }
  }
  return found;
}

/** Whether another declaration of the same name may mean the same. */
function isShared(sym: Sym): boolean {
  if (sym.kind === 'function') return !sym.defined;
  if (sym.kind === 'unknown') return !sym.lost;
  return sym.kind === 'variable' && sym.isGlobal === true && !sym.isStatic;
}
