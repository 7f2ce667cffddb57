import type { Expr, MemberExpr } from '../ast.ts';
import {
  type CType,
  elementOf,
  isByte,
  isInt,
  isPointer,
  isRecord,
  isText,
  type RecordType,
  sameRecord,
} from '../ctypes.ts';
import { constantOf, isNullLike } from '../read/expressions.ts';
import { isAllocation } from '../survey/survey.ts';
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
} from './code.ts';
import { elementSize, isNullable, present, raw, value } from './expressions.ts';
import { allocation } from './idioms.ts';
import { type Kind, kindOf, slotOf, typedArray } from './kinds.ts';
import type { Writer } from './writer.ts';

const ZERO: Expr = {
  k: 'number',
  value: 0,
  text: '0',
  type: { k: 'int', bits: 32, signed: true, name: 'int' },
};

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
    case 'carray':
    case 'list':
    case 'records':
      return sure(index(present(w, e), position));
    case 'ref':
    case 'box':
      if (isFirst) return member(present(w, e), 'value');
      return member(
        call(w.imports.value('cast'), code(w.typeValue(type)), present(w, e), scaled(w, e, i)),
        'value',
      );
    case 'record':
      if (isFirst) return present(w, e);
      return call(w.imports.value('cast'), code(w.typeValue(type)), present(w, e), scaled(w, e, i));
    case 'address':
      if (type.k === 'ptr') return call(w.imports.c('pointerAt'), value(w, e), position);
      return member(
        call(w.imports.value('cast'), code(w.typeValue(type)), value(w, e), scaled(w, e, i)),
        'value',
      );
    case 'memory':
      return sure(index(present(w, e), position));
    default:
      throw new Untranslatable('pointer', `an element of ${kind}`);
  }
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
  if (e.k === 'binary' && (e.op === '+' || e.op === '-') && isPointer(e.l.type) && e.op === '+') {
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
  const n: Expr = { ...ZERO, k: 'number', value: Math.abs(by), text: String(Math.abs(by)) } as Expr;
  return code(`${place.text} = ${at(movePointer(w, e, n, by < 0), LEVEL.assign)}`, LEVEL.assign);
}

/** `e + n` or `e - n` of a pointer. */
export function movePointer(w: Writer, e: Expr, n: Expr, back: boolean): Code {
  const kind = kindOf(e);
  const known = constantOf(n);
  const negative = back !== (known !== undefined && known < 0);
  const distance = known !== undefined ? code(String(Math.abs(known))) : value(w, n);
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
      const step = scaled(w, e, n);
      const offset = back ? code(`-${at(step, LEVEL.unary)}`, LEVEL.unary) : step;
      return call(w.imports.value('cast'), code(w.typeValue(element)), present(w, e), offset);
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

export function fieldOfExpr(w: Writer, e: MemberExpr): Code {
  const object = e.arrow ? objectBehind(w, e.e) : raw(w, e.e);
  return member(object, e.record ? fieldId(e.record, e.name) : e.name);
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

/** `(T)e` where one of the two is a pointer. */
export function castPointer(w: Writer, e: Expr & { k: 'cast' }): Code {
  const from = e.e.type;
  const to = e.type;
  if (!isPointer(to)) {
    if (to.k === 'void') return value(w, e.e);
    if (!isInt(to)) throw new Untranslatable('cast', 'a pointer becomes a number');
    const kind = kindOf(e.e);
    if (kind === 'null') return code('0');
    if (kind === 'integer' || kind === 'address') return value(w, e.e);
    if (kind === 'function' || kind === 'file' || kind === 'list' || kind === 'box') {
      throw new Untranslatable('cast', 'this pointer has no address');
    }
    const address = call(w.imports.value('addressOf'), memory(w, e.e));
    return to.bits === 64 && !to.number ? call('BigInt', address) : address;
  }
  if (!isPointer(from)) {
    const element = elementOf(to);
    const number = convertHandle(w, e.e);
    if (isRecord(element)) return call(w.imports.value('cast'), code(w.typeValue(element)), number);
    if (element.k === 'void') return number;
    return code(`${at(number, LEVEL.compare)} as ${w.imports.type('Pointer')}`, LEVEL.compare);
  }
  if (isAllocation(e.e)) return allocation(w, e.e, to, slotOf(e));
  return pointerAs(w, e.e, kindOf(e), to, true);
}

function convertHandle(w: Writer, e: Expr): Code {
  const inner = value(w, e);
  return isInt(e.type) && e.type.bits === 64 && !e.type.number ? call('Number', inner) : inner;
}

/**
 * A pointer in the kind that its place has.
 *
 * @param nullable whether the place takes NULL
 */
export function pointerAs(w: Writer, e: Expr, kind: Kind, type: CType, nullable: boolean): Code {
  if (isNullLike(e)) {
    if (kind === 'integer' || kind === 'address') return code('0');
    if (kind === 'string' && !nullable) return code("''");
    return nullable ? code('null') : code('null!', LEVEL.call);
  }
  if (isAllocation(e)) return allocation(w, e, type, undefined, kind);
  const inner = e.k === 'cast' && isPointer(e.e.type) ? e.e : e;
  const has = kindOf(inner);
  const given = () => (nullable ? value(w, inner) : present(w, inner));
  const element = elementOf(type);
  const missing = isNullable(w, inner) && nullable;
  switch (kind) {
    case 'string':
      if (has === 'string') return given();
      if (has === 'bytes' || has === 'wide')
        return call('String', call(w.imports.c('str'), present(w, inner)));
      if (has === 'address') {
        const read = call(
          w.imports.value(
            isText(type) && elementOf(type).k === 'int' && (element as { bits: number }).bits === 16
              ? 'wideStringAt'
              : 'stringAt',
          ),
          value(w, inner),
        );
        return nullable ? read : sure(read);
      }
      break;
    case 'bytes':
    case 'memory':
      if (has === 'string') return call(w.imports.c('cstr'), present(w, inner));
      if (has === 'bytes' || has === 'memory' || has === 'ref') return given();
      if (has === 'record') {
        const target = elementOf(inner.type);
        if (isRecord(target) && target.plain) break;
        return given();
      }
      if (
        has === 'wide' ||
        has === 'array' ||
        has === 'carray' ||
        has === 'records' ||
        has === 'address'
      ) {
        return call(w.imports.c('bytesOf'), present(w, inner));
      }
      if (has === 'integer')
        return call(
          w.imports.c('bytesOf'),
          code(
            `${at(value(w, inner), LEVEL.compare)} as ${w.imports.type('Pointer')}`,
            LEVEL.compare,
          ),
        );
      break;
    case 'wide':
      if (has === 'wide') return given();
      if (has === 'string') return call(w.imports.c('wstr'), present(w, inner));
      return call(w.imports.c('view'), code('Uint16Array'), memory(w, inner));
    case 'array': {
      if (has === 'array') return given();
      return call(w.imports.c('view'), code(typedArray(element) ?? 'Uint8Array'), memory(w, inner));
    }
    case 'ref':
      if (has === 'ref') return given();
      if (element.k === 'ptr' || isInt(element) || element.k === 'float') {
        return call(w.imports.value('cast'), code(w.typeValue(element)), memory(w, inner));
      }
      break;
    case 'record': {
      if (!isRecord(element)) break;
      if (has === 'record') {
        const target = elementOf(inner.type);
        if (isRecord(target) && (sameRecord(target, element) || target === element)) return given();
        if (target.k !== 'record' && target.k !== 'void') break;
        if (element.plain) break;
        return call(
          w.imports.value('cast'),
          code(w.typeValue(element)),
          missing ? value(w, inner) : present(w, inner),
        );
      }
      if (has === 'records' || has === 'list') {
        const target = elementOf(inner.type);
        if (isRecord(target) && sameRecord(target, element))
          return elementAt(w, inner, ZERO, target);
      }
      if (element.plain && (has === 'memory' || has === 'integer')) {
        throw new Untranslatable('pointer', `a void pointer is taken for ${element.name}`);
      }
      if (has === 'null') return code('null');
      return call(
        w.imports.value('cast'),
        code(w.typeValue(element)),
        missing ? value(w, inner) : memory(w, inner),
      );
    }
    case 'records':
    case 'carray':
    case 'list':
      if (has === kind) return given();
      break;
    case 'integer':
      if (has === 'integer' || has === 'value' || has === 'address') return value(w, inner);
      if (has === 'string' || has === 'function') break;
      return call(w.imports.value('addressOf'), memory(w, inner));
    case 'address':
      if (has === 'address') return value(w, inner);
      return call(w.imports.value('addressOf'), memory(w, inner));
    case 'function':
    case 'file':
    case 'box':
    case 'value':
      if (has === kind || kind === 'value') return given();
      if (kind === 'function')
        throw new Untranslatable('function pointer', 'a pointer becomes a function');
      break;
    case 'null':
      return value(w, inner);
  }
  throw new Untranslatable('pointer', `a pointer of the kind ${has} where ${kind} is needed`);
}
