import type { Expr } from '../../ast.ts';
import {
  type CType,
  elementOf,
  isBig,
  isInt,
  isPointer,
  isRecord,
  isText,
  isWide,
  type RecordType,
  sameRecord,
} from '../../ctypes.ts';
import { constantOf, isNullLike } from '../../read/values.ts';
import { isAllocation } from '../../survey/facts.ts';
import type { Slot } from '../../survey/slots.ts';
import { at, type Code, call, code, LEVEL, sure, Untranslatable } from '../code.ts';
import { type Kind, kindOf, pointerKind, slotOf, typedArray } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { allocation } from './allocations.ts';
import { convertNumber, cut, outgrows } from './numbers.ts';
import { elementAt, memory, ZERO } from './pointers.ts';
import { isNullable, present, raw, value } from './values.ts';

/** A value as C converts it to a type. `loose` where both readings of 32 bits do. */
export function as(w: Writer, e: Expr, type: Expr['type'], loose = false): Code {
  if (isPointer(type)) return pointerAs(w, e, pointerKind(type, undefined), type, false);
  if (isPointer(e.type) && isInt(type)) {
    if (isNullLike(e)) return code('0');
    return castPointer(w, { k: 'cast', e, type });
  }
  if (isInt(type) && type.truth && !isTruth(e)) {
    return raw(w, { k: 'binary', op: '!=', l: e, r: ZERO, type: ZERO.type });
  }
  if (isInt(type) && type.bits === 32 && type.signed && outgrows(e))
    return cut(convertNumber(value(w, e), e.type, type, e, loose), type);
  const isByteStore = isInt(type) && type.bits === 8;
  return convertNumber(isByteStore ? raw(w, e) : value(w, e), e.type, type, e, loose);
}

/** Whether a number is 0 or 1 already. */
function isTruth(e: Expr): boolean {
  const known = constantOf(e);
  if (known !== undefined) return known === 0 || known === 1;
  if (e.k === 'binary') return /^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(e.op);
  return (isInt(e.type) && e.type.truth === true) || (e.k === 'unary' && e.op === '!');
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
    return isBig(to) ? call('BigInt', address) : address;
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
  return isBig(e.type) ? call('Number', inner) : inner;
}

/** The function that GetProcAddress is asked for, where the package has it. */
function foundFunction(w: Writer, e: Expr, wanted: CType): Code {
  const isAsked = e.k === 'call' && e.callee.k === 'name' && e.callee.sym.name === 'GetProcAddress';
  const name = isAsked ? e.args[1] : undefined;
  const api = name?.k === 'string' ? w.api.function(name.value) : undefined;
  // A structure of the program's own is another than the package has there.
  const isOwn = (type: CType) => isRecord(elementOf(type)) && !(elementOf(type) as RecordType).api;
  const takesOwn = wanted.k === 'function' && wanted.params.some(({ type }) => isOwn(type));
  if (!api?.params || takesOwn)
    throw new Untranslatable('function pointer', 'a pointer becomes a function');
  return code(w.imports.value(api.name, api.entry));
}

/**
 * A pointer in the kind that its place has.
 *
 * @param nullable whether the place takes NULL
 */
export function pointerAs(
  w: Writer,
  e: Expr,
  kind: Kind,
  type: CType,
  nullable: boolean,
  slot?: Slot,
): Code {
  if (isNullLike(e)) {
    if (kind === 'address') return code(`0 as ${w.imports.type('Pointer')}`, LEVEL.compare);
    if (kind === 'integer') return code('0');
    if (kind === 'string' && !nullable) return code("''");
    return nullable ? code('null') : code('null!', LEVEL.call);
  }
  if (isAllocation(e)) return allocation(w, e, type, slot, kind);
  const inner = e.k === 'cast' && isPointer(e.e.type) ? e.e : e;
  const has = kindOf(inner);
  const given = () => (nullable ? value(w, inner) : present(w, inner));
  const element = elementOf(type);
  const missing = isNullable(w, inner) && nullable;
  // Memory that may be missing only where its place may be.
  const bytes = () => {
    const found = memory(w, inner);
    return isNullable(w, inner) && !nullable && !found.text.endsWith('!') ? sure(found) : found;
  };
  switch (kind) {
    case 'string':
      if (has === 'string') return given();
      if (has === 'bytes' || has === 'wide')
        return call('String', call(w.imports.c('str'), present(w, inner)));
      if (has === 'address') {
        const read = call(
          w.imports.value(isText(type) && isWide(type) ? 'wideStringAt' : 'stringAt'),
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
      return call(w.imports.c('view'), code('Uint16Array'), bytes());
    case 'array': {
      if (has === 'array') return given();
      return call(w.imports.c('view'), code(typedArray(element) ?? 'Uint8Array'), bytes());
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
        if (isRecord(target) && sameRecord(target, element)) return given();
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
      if (kind === 'function') return foundFunction(w, inner, element);
      break;
    case 'null':
      return value(w, inner);
  }
  throw new Untranslatable('pointer', `a pointer of the kind ${has} where ${kind} is needed`);
}
