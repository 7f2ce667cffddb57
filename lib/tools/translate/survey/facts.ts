import type { Expr } from '../ast.ts';
import { type CType, elementOf, type FunctionType, isPointer, type RecordType } from '../ctypes.ts';
import { constantOf } from '../read/values.ts';

/** Functions that start a thread, and which argument is its routine. */
export const THREAD_ROUTINES: Readonly<Record<string, number>> = {
  CreateThread: 2,
  _beginthreadex: 2,
  _beginthread: 0,
};

/** Whether a value is a number that is neither negative nor large: of a constant, or of 16 bits. */
export function isSmall(e: Expr): boolean {
  const known = constantOf(e);
  if (known !== undefined) return known >= 0 && known <= 0x7fffffff;
  if (e.k === 'sizeof') return true;
  if (e.k === 'assign') return e.op === '' && isSmall(e.r);
  return e.type.k === 'int' && !e.type.signed && e.type.bits < 32;
}

/** The variable in which a place lies is changed. */
export function markChanged(place: Expr): void {
  let e = place;
  while (e.k === 'member' || e.k === 'index' || e.k === 'unary' || e.k === 'cast') e = e.e;
  if (e.k === 'name') e.sym.changed = true;
}

/** Whether a text is bytes that are no characters. */
export function isBinary(e: Expr): boolean {
  if (e.k === 'name') return e.sym.expression !== undefined && isBinary(e.sym.expression);
  return e.k === 'string' && e.binary === true;
}

/** A difference of sizes, which C has as a huge number where it is below zero. */
export function isDifference(e: Expr): boolean {
  return e.k === 'binary' && e.op === '-' && isSize(e.type) && constantOf(e) === undefined;
}

/** Whether a size may be below zero in TypeScript, where C has a huge number. */
export function mayWrap(e: Expr): boolean {
  if (e.k === 'step') return mayWrap(e.e);
  return isDifference(e) || (e.k === 'name' && e.sym.wraps === true);
}

export const isSize = (type: CType): boolean =>
  type.k === 'int' && type.bits === 64 && !type.signed && type.number === true;

export const isOpaque = (record: RecordType) => record.name === 'FILE' || record.name === 'tm';

/** The type inside of arrays. */
export function innermost(type: CType): CType {
  return type.k === 'array' ? innermost(type.of) : type;
}

/** Pointers to pointers that the system has made, as `h_addr_list`. */
export function isSystemList(e: Expr): boolean {
  if (e.k === 'cast') return isSystemList(e.e);
  return e.k === 'member' && e.record?.api === true && elementOf(e.type).k === 'ptr';
}

/** The function that a type is, or is a pointer to. */
export function functionOf(type: CType): FunctionType | undefined {
  const inner = type.k === 'ptr' ? type.to : type;
  return inner.k === 'function' ? inner : undefined;
}

export function isNumberCast(e: Expr): boolean {
  return e.k === 'cast' && !isPointer(e.e.type);
}

export function isArrayValue(e: Expr): boolean {
  if (e.type.k === 'array') return true;
  if (e.k === 'cast') return isArrayValue(e.e) || isAllocation(e.e);
  if (e.k === 'binary') return isArrayValue(e.l);
  return e.k === 'unary' && e.op === '&' && e.e.k === 'index';
}

/** Whether an expression is fresh memory. */
export function isAllocation(e: Expr): boolean {
  if (e.k === 'cast') return isAllocation(e.e);
  if (e.k !== 'call' || e.callee.k !== 'name') return false;
  return /^(?:malloc|calloc|realloc|HeapAlloc|LocalAlloc|GlobalAlloc|alloca|_alloca|xmalloc)$/.test(
    e.callee.sym.name,
  );
}
