import type { Sym } from '../ast.ts';
import type { Report } from '../report.ts';
import { Untranslatable } from './code.ts';
import { symType, typeText } from './types.ts';
import type { Writer } from './writer.ts';

/** Declarations of the functions that a file calls and that none of the files has, as C's own declare them. */
export function elsewhereLines(w: Writer, report: Report, written: readonly string[]): string[] {
  const words = new Set(written.flatMap((line) => line.match(/[A-Za-z_$][\w$]*/g) ?? []));
  const lines: string[] = [];
  for (const [sym, row] of w.elsewhere) {
    if (!words.has(sym.id)) continue;
    const why = `${sym.name} is declared, but not in these files`;
    report.todo('missing function', why, { text: sym.name, row });
    lines.push(declaration(w, sym));
  }
  if (lines.length === 0) return [];
  const head =
    '// TODO(translate): declared, but not in these files; import from the module that has it:';
  return [head, ...lines, ''];
}

function declaration(w: Writer, sym: Sym): string {
  try {
    if (sym.type.k !== 'function') throw new Untranslatable('type', 'no function');
    const params = (sym.params ?? []).map(
      (param, index) => `${param.id || `arg${index}`}: ${symType(w, param)}`,
    );
    if (sym.type.variadic || params.length === 0) params.push('...args: unknown[]');
    const result = typeText(w, sym.type.result, sym.resultSlot);
    return `declare function ${sym.id}(${params.join(', ')}): ${result};`;
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    return `declare function ${sym.id}(...args: any[]): any; // ${error.message}`;
  }
}
