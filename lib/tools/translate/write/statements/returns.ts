import type { Expr } from '../../ast.ts';
import { isPointer, isRecord, type RecordType } from '../../ctypes.ts';
import type { Code } from '../code.ts';
import { statementValue } from '../expressions/assignments.ts';
import { as, pointerAs } from '../expressions/conversions.ts';
import { copyOf, isFresh } from '../expressions/initializers.ts';
import { raw } from '../expressions/values.ts';
import { pointerKind } from '../kinds.ts';
import type { Writer } from '../writer.ts';

/** The lines of a `return`. */
export function returnLines(w: Writer, e: Expr | undefined): string[] {
  const { type, resultSlot } = w.function ?? {};
  const isMain = /^w?main$/.test(w.function?.name ?? '');
  if (!e) {
    const gives = type?.k === 'function' && type.result.k !== 'void';
    return [isMain || gives ? 'return 0;' : 'return;'];
  }
  const result = type?.k === 'function' ? type.result : e.type;
  if (result.k === 'void') return [`${statementValue(w, e).text};`, 'return;'];
  const nullable = resultSlot?.nullable === true;
  const from = isPointer(result)
    ? pointerAs(w, e, pointerKind(result, resultSlot), result, nullable)
    : isRecord(result)
      ? returned(w, e, result)
      : as(w, e, result);
  return [`return ${from.text};`];
}

/** A structure that is returned: a copy, but for a variable that ends with the function. */
function returned(w: Writer, e: Expr, type: RecordType): Code {
  const ends =
    isFresh(e) ||
    (e.k === 'name' && !e.sym.isGlobal && !e.sym.isStatic && e.sym.kind === 'variable');
  return ends ? raw(w, e) : copyOf(w, raw(w, e), type);
}
