import type { Expr, Sym } from '../ast.ts';
import {
  type CType,
  elementOf,
  type Field,
  isByte,
  isInt,
  isPointer,
  isRecord,
  isText,
  isWide,
  type RecordType,
} from '../ctypes.ts';
import { isNullLike } from '../read/values.ts';
import { isBinary } from '../survey/facts.ts';
import type { Slot } from '../survey/slots.ts';

/**
 * How TypeScript has a pointer or an array: text as a `string`, characters as `bytes` (Uint8Array) or `wide`
 * (Uint16Array), numbers as a typed `array` or a `ref`, structures as themselves, several pointers as a
 * `list`, a pointer to a pointer as a `box`, memory of the system as an `address`.
 */
export type Kind =
  | 'string'
  | 'bytes'
  | 'wide'
  | 'array'
  | 'carray'
  | 'ref'
  | 'record'
  | 'records'
  | 'memory'
  | 'integer'
  | 'function'
  | 'file'
  | 'list'
  | 'box'
  | 'address'
  | 'null'
  | 'value';

/** The class of typed arrays that holds numbers of a type. */
export function typedArray(type: CType): string | undefined {
  if (type.k === 'float') return type.bits === 32 ? 'Float32Array' : 'Float64Array';
  if (type.k !== 'int') return undefined;
  if (type.bits === 64)
    return type.number ? undefined : type.signed ? 'BigInt64Array' : 'BigUint64Array';
  return `${type.signed ? 'Int' : 'Uint'}${type.bits}Array`;
}

/** The kind of a pointer by its type and what is done with it. */
export function pointerKind(type: CType, slot: Slot | undefined, isList = false): Kind {
  if (type.k === 'array') return arrayKind(type);
  if (type.k !== 'ptr') return 'value';
  const { to } = type;
  switch (to.k) {
    case 'void':
      return slot?.integer ? 'integer' : 'memory';
    case 'function':
      return 'function';
    case 'record':
      return to.name === 'FILE' && !to.api ? 'file' : 'record';
    case 'int':
      if (to.text) return slot && !slot.bytes ? 'string' : isWide(type) ? 'wide' : 'bytes';
      if (isByte(to)) return 'bytes';
      if (!slot?.array) return 'ref';
      return typedArray(to) ? 'array' : 'carray';
    case 'float':
      return slot?.array ? 'array' : 'ref';
    case 'ptr':
      if (slot?.address) return 'address';
      if (isList) return 'list';
      return isRecord(to.to) && !to.to.plain ? 'ref' : 'box';
    case 'array':
      return 'list';
    default:
      return 'value';
  }
}

function arrayKind(type: CType): Kind {
  const element = elementOf(type);
  if (isRecord(element)) return element.plain ? 'list' : 'records';
  if (element.k === 'ptr' || element.k === 'array') return 'list';
  if (isInt(element) && element.bits === 8) return 'bytes';
  if (isText(type)) return 'wide';
  return typedArray(element) ? 'array' : 'carray';
}

/** Whether a pointer to pointers is a list of them rather than the place of one. */
export function isListSym(sym: Sym): boolean {
  const isOfMain = sym.kind === 'parameter' && /^w?main$/.test(sym.owner?.name ?? '');
  return sym.type.k === 'array' || sym.taken === true || sym.name === 'argv' || isOfMain;
}

export function symKind(sym: Sym): Kind {
  if (sym.kind === 'constant') {
    if (isText(sym.type)) return sym.expression && isBinary(sym.expression) ? 'bytes' : 'string';
    return isRecord(sym.type) ? 'record' : 'value';
  }
  if (sym.type.k === 'function') return 'function';
  return pointerKind(sym.type, sym.slot, isListSym(sym));
}

export function fieldKind(record: RecordType | undefined, field: Field): Kind {
  if (record?.api && field.type.k === 'ptr') {
    if (field.takes === 'string') return 'string';
    if (field.takes === 'callback') return 'function';
    return isRecord(field.type.to) ? 'record' : 'address';
  }
  if (record && !record.plain && field.type.k === 'ptr') {
    const { to } = field.type;
    const isAddress =
      to.k === 'void' || to.k === 'ptr' || (to.k === 'int' && !to.text && !isByte(to));
    if (isAddress) return 'address';
  }
  return pointerKind(field.type, field.slot, false);
}

/** The kind of what an expression gives. */
export function kindOf(e: Expr): Kind {
  if (isPointer(e.type) && isNullLike(e)) return 'null';
  switch (e.k) {
    case 'string':
      return isBinary(e) ? 'bytes' : 'string';
    case 'name':
      return symKind(e.sym);
    case 'member':
      return e.field ? fieldKind(e.record, e.field) : 'value';
    case 'call':
      return callKind(e);
    case 'assign':
      return kindOf(e.l);
    case 'comma':
      return kindOf(e.r);
    case 'step':
      return kindOf(e.e);
    case 'conditional': {
      const a = kindOf(e.a);
      const b = kindOf(e.b);
      if (a === 'null') return b;
      if (b === 'bytes' || b === 'wide') return b;
      return a;
    }
    case 'binary': {
      if (!isPointer(e.type)) return 'value';
      const kind = kindOf(e.l);
      return kind === 'records' ? 'record' : kind;
    }
    case 'index':
      return elementKind(e.e, e.type);
    case 'unary':
      if (e.op === '*') return elementKind(e.e, e.type);
      if (e.op === '&') return addressKind(e.e);
      return 'value';
    case 'cast':
      return castKind(e.type, e.e);
    default:
      return isRecord(e.type) ? 'record' : 'value';
  }
}

function elementKind(e: Expr, type: CType): Kind {
  if (isRecord(type)) return 'record';
  if (!isPointer(type)) return 'value';
  const outer = kindOf(e);
  if (outer === 'address') return 'address';
  return pointerKind(type, slotOf(e));
}

/** The slot of the pointers in what an expression is, as the survey found it. */
export function slotOf(e: Expr): Slot | undefined {
  switch (e.k) {
    case 'name':
      return e.sym.slot;
    case 'member':
      return e.field?.slot;
    case 'index':
    case 'cast':
    case 'step':
    case 'unary':
      return slotOf(e.e);
    case 'binary':
    case 'assign':
      return slotOf(e.l);
    case 'call':
      if (e.callee.k === 'name' && e.callee.sym.resultSlot) return e.callee.sym.resultSlot;
      return resultSlotOf(e.callee.type);
    default:
      return undefined;
  }
}

function addressKind(e: Expr): Kind {
  if (isRecord(e.type)) return 'record';
  if (e.type.k === 'array') return kindOf(e);
  if (e.k === 'unary' && e.op === '*') return kindOf(e.e);
  if (e.k === 'index') return kindOf(e.e);
  if (e.type.k === 'ptr') {
    return isRecord(e.type.to) && !e.type.to.plain && e.type.to.name !== 'FILE' ? 'ref' : 'box';
  }
  return e.type.k === 'function' ? 'function' : 'ref';
}

function castKind(type: CType, e: Expr): Kind {
  if (!isPointer(type)) return 'value';
  const inner = kindOf(e);
  const to = elementOf(type);
  if (isNextArgument(e)) return isText(type) ? 'string' : pointerKind(type, undefined);
  if (!isPointer(e.type)) return isRecord(to) ? 'record' : to.k === 'void' ? 'integer' : 'address';
  if (isRecord(to)) return to.name === 'FILE' ? 'file' : 'record';
  if (to.k === 'void') return inner;
  if (to.k === 'function') return 'function';
  if (isText(type) || isByte(to)) {
    if (inner === 'string' || inner === 'address') return inner;
    return isText(type) && isWide(type) ? 'wide' : 'bytes';
  }
  if (to.k === 'ptr') return /^(?:memory|bytes)$/.test(inner) ? 'address' : inner;
  if (inner === 'array' || inner === 'carray') return inner;
  return 'ref';
}

/** Of what a pointer to functions returns. */
function resultSlotOf(type: CType): Slot | undefined {
  const inner = type.k === 'ptr' ? type.to : type;
  return inner.k === 'function' ? inner.resultSlot : undefined;
}

/** `(T)__va_arg(list)`, as which `va_arg(list, T)` is read. */
const isNextArgument = (e: Expr): boolean =>
  e.k === 'call' && e.callee.k === 'name' && e.callee.sym.name === '__va_arg';

function callKind(e: Expr & { k: 'call' }): Kind {
  if (!isPointer(e.type)) return isRecord(e.type) ? 'record' : 'value';
  if (e.callee.k !== 'name') return pointerKind(e.type, resultSlotOf(e.callee.type));
  const { sym } = e.callee;
  if (sym.kind === 'function') return pointerKind(e.type, sym.resultSlot);
  if (sym.api) {
    if (sym.api.gives === 'string') return 'string';
    if (sym.api.gives === 'bytes') return 'bytes';
    const to = elementOf(e.type);
    return isRecord(to) ? 'record' : 'address';
  }
  if (!sym.library) return pointerKind(e.type, resultSlotOf(e.callee.type));
  switch (sym.library.gives) {
    case 'string':
      return 'string';
    case 'bytes':
      return sym.library.wide ? 'wide' : 'bytes';
    case 'alias':
    case 'same': {
      const kind = e.args[0] ? kindOf(e.args[0]) : 'bytes';
      if (kind === 'null') return sym.library.wide ? 'wide' : 'bytes';
      return kind === 'records' ? 'record' : kind;
    }
    case 'file':
      return 'file';
    case 'record':
      return 'record';
    default:
      return 'value';
  }
}
