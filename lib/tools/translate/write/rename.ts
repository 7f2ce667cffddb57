import type { Program, Sym } from '../ast.ts';
import { walk } from '../survey/visit.ts';
import { isReserved, isReservedType } from './names.ts';

/**
 * Gives other names to what a program calls by one that JavaScript has for itself, that its file imports, or that
 * stands for something else at the top of the file.
 *
 * @param imported by the file, and whether it is only a type
 * @returns whether there was anything to do
 */
export function rename(program: Program, imported: ReadonlyMap<string, boolean>): boolean {
  let changed = false;
  const change = (sym: Sym, id: string) => {
    sym.id = id;
    changed = true;
  };
  for (const record of program.records) {
    const clashes = record.name === '' || isReservedType(record.name) || imported.has(record.name);
    if (!clashes || record.api) continue;
    record.name = `${record.name}_`;
    changed = true;
  }
  const records = new Set(program.records.map(({ name }) => name));
  const top = new Set<string>();
  for (const { isTop, sym } of declarations(program)) {
    const isImported = isTop ? imported.has(sym.id) : imported.get(sym.id) === false;
    const clashes = isReserved(sym.id) || isImported || records.has(sym.id);
    if (clashes) change(sym, `${sym.id}_`);
    if (!isTop) continue;
    // What is static in a function stands before it.
    if (top.has(sym.id) && sym.owner) change(sym, `${sym.owner.id}_${sym.id}`);
    top.add(sym.id);
  }
  return changed;
}

/** What a file declares, what stands at its top first. */
function declarations(program: Program): { sym: Sym; isTop: boolean }[] {
  const tops = new Set<Sym>(program.functions);
  const statics = new Set<Sym>();
  const others = new Set<Sym>();
  const add = (sym: Sym) => {
    if (sym.isGlobal) tops.add(sym);
    else if (sym.isStatic) statics.add(sym);
    else others.add(sym);
  };
  for (const { params = [] } of program.functions)
    for (const param of params) if (param.name) others.add(param);
  for (const item of program.items) {
    walk(
      item,
      () => {},
      (stmt) => {
        if (stmt.k === 'variables') for (const { sym } of stmt.variables) add(sym);
        if (stmt.k === 'constant') tops.add(stmt.sym);
        if (stmt.k === 'type') for (const sym of stmt.items ?? []) tops.add(sym);
      },
    );
  }
  return [
    ...[...tops, ...statics].map((sym) => ({ sym, isTop: true })),
    ...[...others].map((sym) => ({ sym, isTop: false })),
  ];
}

/** Names of constants of a program that its file has as they are. */
export function ownNames(program: Program): ReadonlySet<string> {
  const kept = declarations(program).filter(({ sym }) => sym.id === sym.name);
  return new Set(kept.map(({ sym }) => sym.name));
}
