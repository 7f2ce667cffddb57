import type { Expr, ListExpr } from '../../ast.ts';
import {
  type CType,
  isBig,
  isByte,
  isInt,
  isPointer,
  isRecord,
  isText,
  isWide,
  type RecordType,
} from '../../ctypes.ts';
import { constantOf, fieldOf, isNullLike } from '../../read/values.ts';
import type { Slot } from '../../survey/slots.ts';
import { at, type Code, call, code, LEVEL, method, Untranslatable } from '../code.ts';
import { fieldKind, kindOf, pointerKind, typedArray } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { as, pointerAs } from './conversions.ts';
import { fieldId } from './pointers.ts';
import { raw, value } from './values.ts';

/** What C has in a variable that is not initialised, as zero. */
export function newValue(w: Writer, type: CType, slot: Slot | undefined): Code {
  switch (type.k) {
    case 'int':
      return code(isBig(type) ? '0n' : '0');
    case 'float':
      return code('0');
    case 'record':
      return code(`new ${recordName(w, type)}()`, LEVEL.call);
    case 'array':
      return newArray(w, type, slot);
    case 'ptr': {
      const kind = pointerKind(type, slot);
      if (kind === 'integer' || kind === 'address')
        return code(kind === 'address' ? `0 as ${w.imports.type('Pointer')}` : '0', LEVEL.compare);
      return code('null');
    }
    default:
      throw new Untranslatable('type', 'a value of this type');
  }
}

export function recordName(w: Writer, type: RecordType): string {
  if (type.name === 'FILE') throw new Untranslatable('type', 'FILE is only a pointer');
  if (type.name === 'tm' && !type.api) return w.imports.c('tm');
  return w.typeValue(type);
}

function newArray(w: Writer, type: CType & { k: 'array' }, slot: Slot | undefined): Code {
  const { of } = type;
  const length = w.lengthOf(type);
  if (isByte(of)) return call('Buffer.alloc', length);
  if (isText(type) && isWide(type)) return code(`new Uint16Array(${length.text})`, LEVEL.call);
  if (isRecord(of) && (!of.plain || of.api))
    return call(w.imports.value('arrayOf'), code(w.typeValue(of)), length);
  if (of.k === 'int' || of.k === 'float') {
    const typed = typedArray(of);
    if (typed) return code(`new ${typed}(${length.text})`, LEVEL.call);
    return call(w.imports.value('arrayOf'), code(w.typeValue(of)), length);
  }
  const made = newValue(w, of, slot);
  const isSure = of.k === 'ptr' && made.text === 'null' && slot?.nullable !== true;
  const inner = isSure ? code('null!', LEVEL.call) : made;
  return code(
    `Array.from({ length: ${length.text} }, () => ${at(inner, LEVEL.assign)})`,
    LEVEL.call,
  );
}

/** A value of a type from an expression or a list. */
export function initial(
  w: Writer,
  e: Expr,
  type: CType,
  slot: Slot | undefined,
  nullable: boolean,
): Code {
  if (e.k === 'list') return listValue(w, e, type, slot);
  if (type.k === 'array') return arrayFromText(w, e, type);
  if (isRecord(type)) {
    return isFresh(e) ? raw(w, e) : copyOf(w, raw(w, e), type);
  }
  if (isPointer(type)) return pointerAs(w, e, pointerKind(type, slot), type, nullable);
  return as(w, e, type);
}

/** A function of the program that the system calls. */
export function callbackOf(w: Writer, type: CType, from: Expr): Code {
  const name = type.k === 'ptr' ? type.name : undefined;
  const inner = from.k === 'cast' ? from.e : from;
  if (name && inner.k === 'name' && inner.sym.kind === 'function') {
    return method(code(w.imports.value(name)), 'register', code(w.symName(inner.sym)));
  }
  throw new Untranslatable('callback', 'a function pointer of the program goes to the system');
}

/** Whether a structure is nobody else's: what a function gave, or a list made. */
export function isFresh(e: Expr): boolean {
  return e.k === 'call' || e.k === 'list';
}

/** A structure of its own with what another has. */
export function copyOf(w: Writer, from: Code, type: RecordType): Code {
  if (type.plain && !type.api)
    return call(w.imports.c('assign'), newValue(w, type, undefined), from);
  return code(`new ${recordName(w, type)}(${from.text})`, LEVEL.call);
}

function arrayFromText(w: Writer, e: Expr, type: CType & { k: 'array' }): Code {
  if (e.k !== 'string' && !(isText(e.type) && kindOf(e) === 'string'))
    throw new Untranslatable('array', 'an array is initialised by this');
  const wide = isWide(type);
  const content = value(w, e);
  const isSized = type.code !== undefined || e.k !== 'string' || type.length !== e.size;
  if (e.k === 'string' && e.binary) {
    return isSized ? call(w.imports.c('assign'), newArray(w, type, undefined), content) : content;
  }
  const name = w.imports.c(wide ? 'wstr' : 'cstr');
  if (!isSized) return call(name, content);
  if (e.k === 'string' && e.value === '') return newArray(w, type, undefined);
  return call(name, content, w.lengthOf(type));
}

/** `{ … }` */
export function listValue(w: Writer, list: ListExpr, type: CType, slot: Slot | undefined): Code {
  if (isRecord(type)) return recordFromList(w, list, type);
  if (type.k === 'array') return arrayFromList(w, list, type, slot);
  const only = list.items[0];
  if (!only) return newValue(w, type, slot);
  return initial(w, only.value, type, slot, true);
}

const isZero = (e: Expr): boolean =>
  e.k === 'list'
    ? e.items.every(({ value: one }) => isZero(one))
    : isNullLike(e) || constantOf(e) === 0;

function recordFromList(w: Writer, list: ListExpr, type: RecordType): Code {
  const items = list.items.filter(({ value: one }) => !isZero(one));
  const made = newValue(w, type, undefined);
  if (items.length === 0) return made;
  const fields = fieldsText(w, list, type);
  if (type.plain && !type.api) return call(w.imports.c('assign'), made, code(fields));
  return code(`new ${recordName(w, type)}(${fields})`, LEVEL.call);
}

/** `{ a: 1, b: { c: 2 } }` of a list. */
function fieldsText(w: Writer, list: ListExpr, type: RecordType): string {
  const parts: string[] = [];
  for (const { path, value: e } of list.items) {
    if (isZero(e) && list.items.length > 1) {
      const only = list.items.every(({ value: one }) => isZero(one));
      if (!only && path.length > 0) continue;
    }
    const [first] = path;
    const field = typeof first === 'string' ? fieldOf(type, first) : undefined;
    if (!field || typeof first !== 'string')
      throw new Untranslatable('initializer', 'this initializer');
    if (path.length > 1) {
      const inner = path.slice(1);
      parts.push(`${fieldId(type, first)}: ${nested(w, inner, e, field.type)}`);
      continue;
    }
    const kind = fieldKind(type, field);
    let text: Code;
    if (e.k === 'list' && isRecord(field.type))
      text = code(
        type.plain ? listValue(w, e, field.type, field.slot).text : fieldsText(w, e, field.type),
      );
    else if (e.k === 'list' && field.type.k === 'array') {
      const of = field.type.of;
      text = type.plain
        ? listValue(w, e, field.type, field.slot)
        : code(
            `[${e.items.map(({ value: one }) => elementText(w, one, of, undefined).text).join(', ')}]`,
          );
    } else if (type.api && field.takes === 'callback') text = callbackOf(w, field.type, e);
    else if (type.api && kind === 'address' && kindOf(e) === 'string')
      text = call(w.imports.c('cstr'), value(w, e));
    else if (type.api && isPointer(field.type)) text = value(w, e);
    else if (field.type.k === 'array' && e.k === 'string')
      text = type.plain ? arrayFromText(w, e, field.type) : code(value(w, e).text);
    else if (isPointer(field.type)) text = pointerAs(w, e, kind, field.type, true);
    else if (isRecord(field.type)) text = raw(w, e);
    else text = as(w, e, field.type, true);
    parts.push(`${fieldId(type, first)}: ${at(text, LEVEL.assign)}`);
  }
  return parts.length ? `{ ${parts.join(', ')} }` : '{}';
}

function nested(w: Writer, path: readonly (string | number)[], e: Expr, type: CType): string {
  const [first, ...rest] = path;
  if (first === undefined) return initial(w, e, type, undefined, true).text;
  if (typeof first === 'number')
    throw new Untranslatable('initializer', 'an element of a nested array');
  const field = isRecord(type) ? fieldOf(type, first) : undefined;
  if (!field) throw new Untranslatable('initializer', 'this initializer');
  return `{ ${first}: ${nested(w, rest, e, field.type)} }`;
}

function arrayFromList(
  w: Writer,
  list: ListExpr,
  type: CType & { k: 'array' },
  slot: Slot | undefined,
): Code {
  const { of } = type;
  const items = inOrder(list, of);
  if (
    items.every(({ value: one }) => isZero(one)) &&
    !(of.k === 'ptr' && type.code === undefined && type.length === items.length)
  ) {
    return newArray(w, type, slot);
  }
  if (items.length === 1 && items[0]!.value.k === 'string' && isInt(of))
    return arrayFromText(w, items[0]!.value, type);
  if (items.some(({ path }, index) => path.length !== 1 || path[0] !== index)) {
    throw new Untranslatable('initializer', 'elements out of their order');
  }
  const values = items.map(({ value: one }) => elementText(w, one, of, slot));
  const missing = (type.length ?? values.length) - values.length;
  const listed = `[${values.map((one) => at(one, LEVEL.assign)).join(', ')}]`;
  if (of.k === 'ptr' || of.k === 'array' || (isRecord(of) && of.plain && !of.api)) {
    return filled(listed, missing, type, newValue(w, of, slot).text);
  }
  if (isRecord(of)) {
    return call(
      w.imports.value('arrayOf'),
      code(w.typeValue(of)),
      filled(listed, missing, type, '{}'),
    );
  }
  const typed = isByte(of)
    ? 'Buffer'
    : isText(type) && isWide(type)
      ? 'Uint16Array'
      : typedArray(of);
  if (missing > 16) return call(w.imports.c('assign'), newArray(w, type, slot), code(listed));
  const all = filled(listed, missing, type, '0');
  return typed
    ? call(`${typed}.from`, all)
    : call(w.imports.value('arrayOf'), code(w.typeValue(of)), all);
}

/** The elements in their order, with zero where none is given. */
function inOrder(list: ListExpr, of: CType): ListExpr['items'] {
  const given = new Map(list.items.map((item) => [item.path[0], item]));
  if (list.items.some(({ path }) => path.length !== 1 || typeof path[0] !== 'number'))
    return list.items;
  const length = Math.max(-1, ...[...given.keys()].map(Number)) + 1;
  const zero: Expr =
    isRecord(of) || of.k === 'array'
      ? { k: 'list', items: [], type: of }
      : { k: 'number', value: 0, text: '0', type: of };
  return Array.from({ length }, (_, index) => given.get(index) ?? { path: [index], value: zero });
}

/** A list of which only the first elements are given; the others are `rest`. */
function filled(listed: string, missing: number, type: CType & { k: 'array' }, rest: string): Code {
  if (missing <= 0) return code(listed);
  if (missing <= 4 && rest.length < 16) {
    return code(
      `${listed.slice(0, -1)}, ${Array.from({ length: missing }, () => rest).join(', ')}]`,
    );
  }
  const length = type.code ?? type.length;
  const one = rest.startsWith('{') ? `(${rest})` : rest;
  return code(`Array.from({ length: ${length} }, (_, i) => ${listed}[i] ?? ${one})`, LEVEL.call);
}

function elementText(w: Writer, e: Expr, of: CType, slot: Slot | undefined): Code {
  if (e.k === 'list' && isRecord(of) && (!of.plain || of.api)) return code(fieldsText(w, e, of));
  if (e.k === 'list') return listValue(w, e, of, slot);
  return initial(w, e, of, slot, slot?.nullable === true || isNullLike(e));
}
