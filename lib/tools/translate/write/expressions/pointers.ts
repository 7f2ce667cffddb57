import type { Expr, MemberExpr } from '../../ast.ts';
import {
  type CType,
  elementOf,
  isByte,
  isPointer,
  isRecord,
  isText,
  type RecordType,
} from '../../ctypes.ts';
import { constantOf, isNullLike, numberExpr } from '../../read/values.ts';
import {
  at,
  type Code,
  call,
  code,
  index,
  infix,
  LEVEL,
  member,
  method,
  sure,
  text,
  Untranslatable,
} from '../code.ts';
import { kindOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { elementSize, present, raw, value } from './values.ts';

export const ZERO = numberExpr('0');

/** `e[i]` */
export function elementAt(w: Writer, e: Expr, i: Expr, type: CType): Code {
  const kind = kindOf(e);
  const position = value(w, i);
  const isFirst = constantOf(i) === 0;
  switch (kind) {
    case 'string':
      return call(w.imports.c('charAt'), present(w, e), position);
    case 'bytes':
    case 'wide':
    case 'array':
      // The memory before a pointer is that of the same buffer.
      if (isBehind(i)) return sure(index(movePointer(w, e, i, false), code('0')));
      return sure(index(present(w, e), position));
    case 'carray':
    case 'list':
    case 'records':
    case 'memory':
      return sure(index(present(w, e), position));
    case 'ref':
    case 'box':
      if (isFirst) return member(present(w, e), 'value');
      return member(
        call(w.imports.value('cast'), code(w.typeValue(type)), origin(w, e), scaled(w, e, i)),
        'value',
      );
    case 'record':
      if (isFirst) return present(w, e);
      return call(w.imports.c('moved'), code(w.typeValue(type)), present(w, e), position);
    case 'address':
      if (type.k === 'ptr') return call(w.imports.c('pointerAt'), value(w, e), position);
      return member(
        call(w.imports.value('cast'), code(w.typeValue(type)), value(w, e), scaled(w, e, i)),
        'value',
      );
    default:
      throw new Untranslatable('pointer', `an element of ${kind}`);
  }
}

/** Whether an index is below zero. */
function isBehind(i: Expr): boolean {
  return (constantOf(i) ?? 0) < 0 || (i.k === 'unary' && i.op === '-');
}

/** The memory that a pointer to a number is in: all of it, where it is cast from a pointer to more. */
function origin(w: Writer, e: Expr): Code {
  return e.k === 'cast' && isPointer(e.e.type) ? memory(w, e) : present(w, e);
}

/** `i` elements in bytes. */
function scaled(w: Writer, e: Expr, i: Expr): Code {
  const size = elementSize(w, e);
  const position = value(w, i);
  if (size.text === '1') return position;
  if (position.text === '1') return size;
  return infix(position, '*', size, LEVEL.multiply);
}

/** `*e` */
export function dereference(w: Writer, e: Expr, type: CType): Code {
  if (e.k === 'step' && !e.prefix) {
    // The value first, then the step.
    const read = dereference(w, e.e, type);
    const moved = moveBy(w, e.e, e.op === '++' ? 1 : -1);
    return call(w.imports.c('first'), read, moved);
  }
  if (e.k === 'unary' && e.op === '&') return raw(w, e.e);
  if (e.k === 'binary' && e.op === '+' && isPointer(e.l.type)) {
    return elementAt(w, e.l, e.r, type);
  }
  const kind = kindOf(e);
  if (isRecord(type)) {
    if (kind === 'address' || kind === 'bytes' || kind === 'memory' || kind === 'integer') {
      return call(w.imports.value('cast'), code(w.typeValue(type)), value(w, e));
    }
    if (kind === 'records' || kind === 'list') return elementAt(w, e, ZERO, type);
    return present(w, e);
  }
  if (e.k === 'cast' && !/^(?:ref|box)$/.test(kind) && !isText(e.type) && !isByte(type)) {
    return member(call(w.imports.value('cast'), code(w.typeValue(type)), memory(w, e.e)), 'value');
  }
  return elementAt(w, e, ZERO, type);
}

/** `p = p + n`, as an expression. */
export function moveBy(w: Writer, e: Expr, by: number): Code {
  const place = raw(w, e);
  const moved = movePointer(w, e, numberExpr(String(Math.abs(by))), by < 0);
  return code(`${place.text} = ${at(moved, LEVEL.assign)}`, LEVEL.assign);
}

/** `e + n` or `e - n` of a pointer. */
export function movePointer(w: Writer, e: Expr, n: Expr, back: boolean): Code {
  const kind = kindOf(e);
  const known = constantOf(n);
  const minus = known === undefined && n.k === 'unary' && n.op === '-' ? n.e : undefined;
  const negative = back !== ((known !== undefined && known < 0) || minus !== undefined);
  const distance = known !== undefined ? code(String(Math.abs(known))) : value(w, minus ?? n);
  switch (kind) {
    case 'string':
      if (negative) throw new Untranslatable('pointer', 'a string is walked backwards');
      return method(present(w, e), 'slice', distance);
    case 'bytes':
    case 'wide':
    case 'array':
    case 'memory':
      if (!negative) return method(present(w, e), 'subarray', distance);
      return call(w.imports.c('back'), present(w, e), distance);
    case 'list':
      if (negative) throw new Untranslatable('pointer', 'a list is walked backwards');
      return method(present(w, e), 'slice', distance);
    case 'record':
    case 'records':
    case 'carray':
    case 'ref': {
      const element = elementOf(e.type);
      if (isRecord(element) && element.plain)
        throw new Untranslatable('pointer', `a pointer to ${element.name} is moved`);
      const elements = back ? code(`-${at(value(w, n), LEVEL.unary)}`, LEVEL.unary) : value(w, n);
      if (isRecord(element)) {
        return call(w.imports.c('moved'), code(w.typeValue(element)), present(w, e), elements);
      }
      if (kind === 'carray') return call(w.imports.c('movedIn'), present(w, e), elements);
      const step = scaled(w, e, n);
      const offset = back ? code(`-${at(step, LEVEL.unary)}`, LEVEL.unary) : step;
      return call(w.imports.value('cast'), code(w.typeValue(element)), origin(w, e), offset);
    }
    case 'integer':
    case 'address': {
      const sum = infix(value(w, e), back ? '-' : '+', scaled(w, e, n), LEVEL.add);
      if (kind === 'integer') return sum;
      return code(`(${sum.text}) as ${w.imports.type('Pointer')}`, LEVEL.compare);
    }
    default:
      throw new Untranslatable('pointer', `a pointer of the kind ${kind} is moved`);
  }
}

/** `&e` */
export function addressOfExpr(w: Writer, e: Expr): Code {
  if (e.k === 'unary' && e.op === '*') return value(w, e.e);
  if (e.type.k === 'function') return value(w, e);
  if (isRecord(e.type) || e.type.k === 'array') return present(w, e);
  switch (e.k) {
    case 'name':
      if (e.sym.kind === 'constant' || e.sym.kind === 'unknown') return value(w, e);
      return code(w.symName(e.sym));
    case 'index': {
      const kind = kindOf(e.e);
      // `&rows[0][0]`: all rows as one, which an array of arrays is not.
      const isAll = e.e.k === 'index' && constantOf(e.e.i) === 0 && kindOf(e.e.e) === 'list';
      if (isAll && e.e.e.type.k === 'array' && constantOf(e.i) === 0)
        throw new Untranslatable('pointer', 'an array of arrays is taken as one array');
      if (constantOf(e.i) === 0 && kind !== 'list' && kind !== 'string') return present(w, e.e);
      return movePointer(w, e.e, e.i, false);
    }
    case 'member':
      return addressOfField(w, e);
    case 'cast':
      return addressOfExpr(w, e.e);
    default:
      throw new Untranslatable('pointer', 'the address of this has no place in TypeScript');
  }
}

function addressOfField(w: Writer, e: MemberExpr): Code {
  const { record } = e;
  if (!record || record.plain)
    throw new Untranslatable('pointer', `the address of the field ${e.name}`);
  const object = e.arrow ? present(w, e.e) : raw(w, e.e);
  if (record.api && !w.api.entryOf(record.name)) {
    // What the package has no name for: a part of a union, which starts where that does.
    if (!record.union) throw new Untranslatable('pointer', `the address of the field ${e.name}`);
    return call(w.imports.value('cast'), code(w.typeValue(e.type)), object);
  }
  const where = call(
    w.imports.value('offsetof'),
    code(w.typeValue(record)),
    text(fieldId(record, e.name)),
  );
  return call(w.imports.value('cast'), code(w.typeValue(e.type)), object, where);
}

/** Members of Uint8Array whose names a structure cannot have for its fields. */
const TAKEN = new Set([
  ...Object.getOwnPropertyNames(Uint8Array.prototype),
  ...Object.getOwnPropertyNames(Object.getPrototypeOf(Uint8Array.prototype) as object),
]);

/** The name of a field in TypeScript. */
export function fieldId(record: RecordType, name: string): string {
  return !record.api && !record.plain && TAKEN.has(name) ? `${name}_` : name;
}

/** A field: the structure that has it, and its name there. */
export function fieldPlace(w: Writer, e: MemberExpr): { object: Code; key: string } {
  const object = e.arrow ? objectBehind(w, e.e) : raw(w, e.e);
  return { object, key: e.record ? fieldId(e.record, e.name) : e.name };
}

export function fieldOfExpr(w: Writer, e: MemberExpr): Code {
  const { object, key } = fieldPlace(w, e);
  return member(object, key);
}

/** The structure that a pointer points to. */
function objectBehind(w: Writer, e: Expr): Code {
  const kind = kindOf(e);
  if (kind === 'records' || kind === 'list') return elementAt(w, e, ZERO, elementOf(e.type));
  return present(w, e);
}

/** A pointer as memory: what a BufferArg takes. */
export function memory(w: Writer, e: Expr): Code {
  if (isNullLike(e)) return code('null');
  if (e.k === 'cast' && isPointer(e.e.type)) return memory(w, e.e);
  const kind = kindOf(e);
  if (kind === 'string') return call(w.imports.c('cstr'), present(w, e));
  if (kind === 'box')
    throw new Untranslatable('pointer', 'the place of a pointer is passed as memory');
  if (kind === 'list') {
    const element = elementOf(e.type);
    if (element.k === 'array' || (e.k === 'unary' && e.op === '&'))
      throw new Untranslatable('pointer', 'an array of arrays is passed as memory');
    throw new Untranslatable('pointer', 'an array of pointers is passed as memory');
  }
  if (kind === 'function') throw new Untranslatable('pointer', 'a function is passed as memory');
  return value(w, e);
}
