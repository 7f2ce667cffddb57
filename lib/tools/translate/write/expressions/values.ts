import type { Expr } from '../../ast.ts';
import { elementOf, type IntType, isByte, isInt, isPointer, isRecord } from '../../ctypes.ts';
import { isNullLike } from '../../read/values.ts';
import { type Code, call, code, sure } from '../code.ts';
import { kindOf, slotOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { cut } from './numbers.ts';

/** As `value`, but a character read from bytes as it is there. */
export function raw(w: Writer, e: Expr): Code {
  return w.expression(w, e);
}

/** Whether a pointer may be NULL as TypeScript sees it. */
export function isNullable(w: Writer, e: Expr): boolean {
  switch (e.k) {
    case 'name': {
      const { sym } = e;
      if (w.narrowed.has(sym)) return false;
      if (sym.mayLack) return true;
      if (sym.addressTaken && sym.type.k === 'ptr')
        return isRecord(sym.type.to) || sym.slot?.nullable === true;
      return sym.slot?.nullable === true && sym.type.k === 'ptr';
    }
    case 'member': {
      if (e.type.k !== 'ptr' || kindOf(e) === 'address') return false;
      // Fields in memory may always be NULL.
      const isInMemory = e.record !== undefined && (e.record.api || !e.record.plain);
      return isInMemory || e.field?.slot?.nullable === true;
    }
    case 'call': {
      if (e.callee.k !== 'name') return false;
      const { sym } = e.callee;
      if (sym.kind === 'function') return sym.resultSlot?.nullable === true;
      if (sym.api) return isPointer(sym.api.result) && !/^(?:address|bytes)$/.test(kindOf(e));
      return sym.library?.nullable === true;
    }
    case 'cast':
      return isNullable(w, e.e) || isNullLike(e.e);
    case 'conditional':
      return isNullLike(e.a) || isNullLike(e.b) || isNullable(w, e.a) || isNullable(w, e.b);
    case 'assign':
      return isNullLike(e.r) || isNullable(w, e.r);
    case 'comma':
      return isNullable(w, e.r);
    case 'unary': {
      if (e.op !== '*') return false;
      // What a Ref or a Box of a pointer holds.
      const kind = kindOf(e.e);
      return (
        e.type.k === 'ptr' && (kind === 'ref' || (kind === 'box' && slotOf(e.e)?.nullable === true))
      );
    }
    default:
      return false;
  }
}

/** An expression as a value of its C type; pointers in their kind. */
export function value(w: Writer, e: Expr): Code {
  const result = raw(w, e);
  // Characters are signed, the bytes of a Uint8Array are not.
  if (isCharAccess(e)) return cut(result, e.type as IntType);
  return result;
}

/** Whether an expression reads a character out of bytes, which TypeScript has from 0 to 255. */
export function isCharAccess(e: Expr): boolean {
  if (!isInt(e.type) || e.type.bits !== 8 || !e.type.signed) return false;
  if (e.k === 'index') return kindOf(e.e) === 'bytes';
  return e.k === 'unary' && e.op === '*' && kindOf(e.e) === 'bytes';
}

/** A value that is not NULL. */
export function present(w: Writer, e: Expr): Code {
  const result = value(w, e);
  return isNullable(w, e) && !result.text.endsWith('!') ? sure(result) : result;
}

/** Bytes of what a pointer points to. */
export function elementSize(w: Writer, e: Expr): Code {
  const element = elementOf(e.type);
  if (element.k === 'void' || isByte(element)) return code('1');
  return call(w.imports.value('sizeof'), code(w.typeValue(element)));
}
