import type { BinaryExpr, Expr } from '../../ast.ts';
import {
  isBig,
  isByte,
  isInt,
  isPointer,
  isRecord,
  promote,
  sameType,
  sizeOf,
  usual,
} from '../../ctypes.ts';
import { constantOf } from '../../read/values.ts';
import { hasEffects } from '../../survey/visit.ts';
import {
  at,
  type Code,
  call,
  code,
  infix,
  LEVEL,
  member,
  number,
  text,
  Untranslatable,
} from '../code.ts';
import { kindOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { assign, statementValue, step } from './assignments.ts';
import { callExpr } from './calls.ts';
import { condition } from './conditions.ts';
import { as, castPointer, pointerAs } from './conversions.ts';
import { nextArgument } from './idioms.ts';
import { listValue } from './initializers.ts';
import { convertNumber, cut, operate } from './numbers.ts';
import { addressOfExpr, dereference, elementAt, fieldOfExpr, movePointer } from './pointers.ts';
import { elementSize, present, raw, value } from './values.ts';

const infixConditional = (c: Code, a: string, b: string) =>
  code(`${at(c, LEVEL.or)} ? ${a} : ${b}`, LEVEL.conditional);

/** Any expression. The files that write its parts reach this through their `Writer`. */
export function expression(w: Writer, e: Expr): Code {
  // What holds or not is 1 or 0.
  if (e.k === 'binary' && /^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(e.op)) {
    return infixConditional(condition(w, e), '1', '0');
  }
  if (e.k === 'unary' && e.op === '!') return infixConditional(condition(w, e.e), '0', '1');
  switch (e.k) {
    case 'number':
      if (isPointer(e.type)) return code('null');
      if (isBig(e.type)) return number(BigInt(e.value));
      return code(e.text, e.text.startsWith('-') ? LEVEL.unary : LEVEL.primary);
    case 'char':
      return e.value === 0
        ? code('0')
        : call(
            w.imports.c('ch'),
            text(String.fromCharCode(e.value < 0 ? e.value & 0xff : e.value & 0xffff)),
          );
    case 'string':
      return e.binary ? call('Buffer.from', text(`${e.value}\0`), text('latin1')) : text(e.value);
    case 'name':
      return name(w, e);
    case 'call':
      return callExpr(w, e);
    case 'unary':
      return unary(w, e);
    case 'step':
      return step(w, e, false);
    case 'binary':
      return binary(w, e);
    case 'assign':
      return assign(w, e, false);
    case 'conditional': {
      const c = condition(w, e.c);
      const kind = kindOf(e);
      const part = (one: Expr) =>
        isPointer(e.type) ? pointerAs(w, one, kind, e.type, true) : as(w, one, e.type);
      return code(
        `${at(c, LEVEL.or)} ? ${at(part(e.a), LEVEL.assign)} : ${at(part(e.b), LEVEL.assign)}`,
        LEVEL.conditional,
      );
    }
    case 'cast': {
      const argument = nextArgument(w, e);
      if (argument) return argument;
      if (isPointer(e.type) || isPointer(e.e.type)) return castPointer(w, e);
      if (e.type.k === 'void' || isRecord(e.type)) return value(w, e.e);
      if (isInt(e.type) && e.type.truth) return as(w, e.e, e.type);
      // GetStockObject gives brushes, pens and fonts, of which each has a type of its own.
      if (e.e.k === 'call' && e.e.callee.k === 'name' && e.e.callee.sym.name === 'GetStockObject')
        return code(`${at(value(w, e.e), LEVEL.compare)} as number`, LEVEL.compare);
      return convertNumber(isUnsignedByte(e) ? raw(w, e.e) : value(w, e.e), e.e.type, e.type, e.e);
    }
    case 'index':
      return elementAt(w, e.e, e.i, e.type);
    case 'member':
      return fieldOfExpr(w, e);
    case 'sizeof':
      return sizeOfExpr(w, e.of, e.e);
    case 'offsetof':
      return call(w.imports.value('offsetof'), code(w.typeValue(e.of)), text(e.path));
    case 'comma': {
      if (!hasEffects(e.l)) return value(w, e.r);
      const l = statementValue(w, e.l);
      const r = value(w, e.r);
      return code(`${l.text}, ${at(r, LEVEL.assign)}`, LEVEL.comma);
    }
    case 'list':
      return listValue(w, e, e.type, undefined);
    case 'unknown':
      throw new Untranslatable('not understood', e.why);
  }
}

/** A byte that is read as unsigned is what TypeScript has. */
function isUnsignedByte(e: Expr & { k: 'cast' }): boolean {
  return isInt(e.type) && e.type.bits === 8 && !e.type.signed;
}

function name(w: Writer, e: Expr & { k: 'name' }): Code {
  const { sym } = e;
  if (sym.kind === 'unknown') {
    if (sym.lost) throw new Untranslatable('unknown name', `what ${sym.name} is, is not known`);
    const later = w.program.functions.find((one) => one.name === sym.name);
    if (later) return code(w.symName(later));
    throw new Untranslatable(
      'unknown name',
      `${sym.name} is not declared here and the package lacks it`,
    );
  }
  if (sym.kind === 'constant' && sym.isGlobal !== true) {
    if (sym.value === undefined) throw new Untranslatable('unknown name', sym.name);
    return code(w.imports.value(sym.name));
  }
  if (sym.kind === 'library') {
    w.imports.c(sym.id);
    return code(sym.id, sym.id.includes('.') ? LEVEL.call : LEVEL.primary);
  }
  if (sym.kind === 'api') return code(w.imports.value(sym.id));
  if (sym.addressTaken && (sym.kind === 'variable' || sym.kind === 'parameter')) {
    return member(code(w.symName(sym)), 'value');
  }
  return code(w.symName(sym));
}

function unary(w: Writer, e: Expr & { k: 'unary' }): Code {
  switch (e.op) {
    case '*':
      return dereference(w, e.e, e.type);
    case '&':
      return addressOfExpr(w, e.e);
    case '+':
      return value(w, e.e);
    default: {
      const type = e.type;
      const inner = as(w, e.e, type);
      const result = code(`${e.op}${at(inner, LEVEL.unary)}`, LEVEL.unary);
      if (result.text.startsWith('--')) return code(`-(${inner.text})`, LEVEL.unary);
      if (isInt(type) && !type.signed && (type.bits === 32 || isBig(type)))
        return cut(result, type);
      return result;
    }
  }
}

function binary(w: Writer, e: BinaryExpr): Code {
  if (isPointer(e.l.type)) {
    if (isPointer(e.r.type)) return pointerDifference(w, e);
    return movePointer(w, e.l, e.r, e.op === '-');
  }
  const elements = elementCount(w, e);
  if (elements) return elements;
  const type = e.op === '<<' || e.op === '>>' ? promote(e.l.type) : usual(e.l.type, e.r.type);
  const isMask =
    e.op === '&' &&
    [e.l, e.r].some((one) => (constantOf(one) ?? -1) >= 0 && (constantOf(one) ?? 256) < 256);
  const operand = (one: Expr) =>
    isMask
      ? raw(w, one)
      : convertNumber(value(w, one), one.type, type, one, /^[-+*&|^]$/.test(e.op));
  const l = operand(e.l);
  const r =
    e.op === '<<' || e.op === '>>'
      ? isBig(type)
        ? convertNumber(value(w, e.r), e.r.type, type, e.r)
        : value(w, e.r)
      : operand(e.r);
  return operate(e.op, l, r, type, e.l, e.r);
}

/** `sizeof a / sizeof a[0]` is the length of an array. */
function elementCount(w: Writer, e: BinaryExpr): Code | undefined {
  const { l, r } = e;
  if (e.op !== '/' || l.k !== 'sizeof' || r.k !== 'sizeof' || l.of.k !== 'array' || !l.e)
    return undefined;
  return sameType(l.of.of, r.of) ? member(raw(w, l.e), 'length') : undefined;
}

function pointerDifference(w: Writer, e: BinaryExpr): Code {
  const kind = kindOf(e.l);
  if (kind === 'string') throw new Untranslatable('pointer', 'the difference of two strings');
  if (kind === 'list' || kind === 'box')
    throw new Untranslatable('pointer', 'the difference of two pointers');
  const size = elementSize(w, e.l);
  const bytes = infix(placeOf(w, e.l), '-', placeOf(w, e.r), LEVEL.add);
  return size.text === '1' ? bytes : infix(bytes, '/', size, LEVEL.multiply);
}

/** Where in its memory a pointer points; of memory of the system, the address. */
function placeOf(w: Writer, e: Expr): Code {
  const kind = kindOf(e);
  if (kind === 'address' || kind === 'integer') return value(w, e);
  const place = present(w, e);
  const memory = kind === 'records' || kind === 'carray' ? member(place, 'bytes') : place;
  return member(memory, 'byteOffset');
}

function sizeOfExpr(w: Writer, type: Expr['type'], e: Expr | undefined): Code {
  const inner = e && e.k === 'name' && !isRecord(type) ? e : undefined;
  if (type.k === 'array' && e) {
    const kind = kindOf(e);
    if (kind === 'bytes') return member(raw(w, e), 'length');
    if (kind === 'list' && type.of.k !== 'array') {
      return infix(
        member(raw(w, e), 'length'),
        '*',
        sizeOfExpr(w, type.of, undefined),
        LEVEL.multiply,
      );
    }
    if (kind === 'list' && type.length !== undefined) {
      return infix(
        code(type.code ?? String(type.length)),
        '*',
        sizeOfExpr(w, type.of, undefined),
        LEVEL.multiply,
      );
    }
    return call(w.imports.value('sizeof'), raw(w, e));
  }
  if (type.k === 'array') {
    const length = code(
      type.code ?? String(type.length ?? 0),
      type.code ? LEVEL.assign : LEVEL.primary,
    );
    return isByte(type.of)
      ? length
      : infix(length, '*', sizeOfExpr(w, type.of, undefined), LEVEL.multiply);
  }
  if (isRecord(type) && type.plain && !type.api) {
    const size = sizeOf(type);
    if (size === undefined) {
      throw new Untranslatable(
        'size',
        `the size of ${type.name}, whose fields are JavaScript's own`,
      );
    }
    return code(`${size} /* sizeof(${type.name}) */`, LEVEL.primary);
  }
  if (isRecord(type) && e?.k === 'name') return call(w.imports.value('sizeof'), raw(w, e));
  if (inner?.sym.addressTaken && type.k !== 'ptr')
    return call(w.imports.value('sizeof'), code(inner.sym.id));
  if (type.k === 'void') return code('1');
  return call(w.imports.value('sizeof'), code(w.typeValue(type)));
}
