import type { BinaryExpr, Expr } from '../ast.ts';
import {
  elementOf,
  type IntType,
  isBig,
  isByte,
  isInt,
  isPointer,
  isRecord,
  isText,
  promote,
  sameType,
  usual,
} from '../ctypes.ts';
import { constantOf, isNullLike } from '../read/expressions.ts';
import { assign, step } from './assignments.ts';
import { callExpr } from './calls.ts';
import {
  at,
  type Code,
  call,
  code,
  infix,
  LEVEL,
  member,
  number,
  sure,
  text,
  Untranslatable,
} from './code.ts';
import { listValue } from './initializers.ts';
import { kindOf, pointerKind, slotOf } from './kinds.ts';
import { convertNumber, cut, isNatural, OPERATORS, operate } from './numbers.ts';
import {
  addressOfExpr,
  castPointer,
  dereference,
  elementAt,
  fieldOfExpr,
  movePointer,
  pointerAs,
} from './pointers.ts';
import type { Writer } from './writer.ts';

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
    case 'member':
      return e.record?.api
        ? e.type.k === 'ptr' && kindOf(e) !== 'address'
        : e.field?.slot?.nullable === true && e.type.k === 'ptr';
    case 'call': {
      if (e.callee.k !== 'name') return false;
      const { sym } = e.callee;
      if (sym.kind === 'function') return sym.resultSlot?.nullable === true;
      if (sym.api) return isPointer(sym.api.result) && kindOf(e) !== 'address';
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

const infixConditional = (c: Code, a: string, b: string) =>
  code(`${at(c, LEVEL.or)} ? ${a} : ${b}`, LEVEL.conditional);

/** Whether an expression reads a character out of bytes, which TypeScript has from 0 to 255. */
function isCharAccess(e: Expr): boolean {
  if (!isInt(e.type) || e.type.bits !== 8 || !e.type.signed) return false;
  if (e.k === 'index') return kindOf(e.e) === 'bytes';
  return e.k === 'unary' && e.op === '*' && kindOf(e.e) === 'bytes';
}

/** A value that is not NULL. */
export function present(w: Writer, e: Expr): Code {
  const result = value(w, e);
  return isNullable(w, e) && !result.text.endsWith('!') ? sure(result) : result;
}

/** As `value`, but a character read from bytes as it is there. */
export function raw(w: Writer, e: Expr): Code {
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
        : call(w.imports.c('ch'), text(String.fromCharCode(e.value & 0xffff)));
    case 'string':
      return text(e.value);
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
    case 'cast':
      if (isPointer(e.type) || isPointer(e.e.type)) return castPointer(w, e);
      if (e.type.k === 'void') return value(w, e.e);
      if (isRecord(e.type)) return value(w, e.e);
      return convertNumber(isUnsignedByte(e) ? raw(w, e.e) : value(w, e.e), e.e.type, e.type, e.e);
    case 'index':
      return elementAt(w, e.e, e.i, e.type);
    case 'member':
      return fieldOfExpr(w, e);
    case 'sizeof':
      return sizeOfExpr(w, e.of, e.e);
    case 'offsetof':
      return call(w.imports.value('offsetof'), code(w.typeValue(e.of)), text(e.path));
    case 'comma': {
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

/** An expression for what it does. */
export function statementValue(w: Writer, e: Expr): Code {
  if (e.k === 'assign') return assign(w, e, true);
  if (e.k === 'step') return step(w, e, true);
  if (e.k === 'comma') {
    return code(
      `${statementValue(w, e.l).text}, ${at(statementValue(w, e.r), LEVEL.assign)}`,
      LEVEL.comma,
    );
  }
  if (e.k === 'cast' && e.type.k === 'void') return statementValue(w, e.e);
  return value(w, e);
}

/** A value as C converts it to a type. `loose` where both readings of 32 bits do. */
export function as(w: Writer, e: Expr, type: Expr['type'], loose = false): Code {
  if (isPointer(type)) return pointerAs(w, e, pointerKind(type, undefined), type, false);
  if (isPointer(e.type) && isInt(type)) {
    if (isNullLike(e)) return code('0');
    return castPointer(w, { k: 'cast', e, type });
  }
  const isByteStore = isInt(type) && type.bits === 8;
  return convertNumber(isByteStore ? raw(w, e) : value(w, e), e.type, type, e, loose);
}

function name(w: Writer, e: Expr & { k: 'name' }): Code {
  const { sym } = e;
  if (sym.kind === 'unknown') {
    const later = w.program.functions.find((one) => one.name === sym.name);
    if (later) return code(later.id);
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
      if (isInt(type) && !type.signed && type.bits === 32) return cut(result, type);
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
  const bytes = infix(
    member(present(w, e.l), 'byteOffset'),
    '-',
    member(present(w, e.r), 'byteOffset'),
    LEVEL.add,
  );
  return size.text === '1' ? bytes : infix(bytes, '/', size, LEVEL.multiply);
}

/** Bytes of what a pointer points to. */
export function elementSize(w: Writer, e: Expr): Code {
  const element = elementOf(e.type);
  if (element.k === 'void' || isByte(element)) return code('1');
  if (element.k === 'ptr') return call(w.imports.value('sizeof'), code(w.typeValue(element)));
  return call(w.imports.value('sizeof'), code(w.typeValue(element)));
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
    throw new Untranslatable('size', `the size of ${type.name}, whose fields are JavaScript's own`);
  }
  if (isRecord(type) && e?.k === 'name') return call(w.imports.value('sizeof'), raw(w, e));
  if (inner?.sym.addressTaken && type.k !== 'ptr')
    return call(w.imports.value('sizeof'), code(inner.sym.id));
  if (type.k === 'void') return code('1');
  return call(w.imports.value('sizeof'), code(w.typeValue(type)));
}

const NEGATED: Readonly<Record<string, string>> = { '==': '!=', '!=': '==' };

/** An expression as the condition of an `if`. */
export function condition(w: Writer, e: Expr): Code {
  if (e.k === 'unary' && e.op === '!') {
    const inner = e.e;
    if (inner.k === 'binary' && NEGATED[inner.op]) {
      return condition(w, { ...inner, op: NEGATED[inner.op]! });
    }
    if (isPointer(inner.type)) return nullTest(w, inner, '===');
    return code(`!${at(condition(w, inner), LEVEL.unary)}`, LEVEL.unary);
  }
  if (e.k === 'binary') {
    if (e.op === '&&' || e.op === '||') {
      const l = condition(w, e.l);
      const outside = new Set(w.narrowed);
      // The right side runs where the left one held, or did not.
      narrow(w, e.l, e.op === '&&');
      const r = condition(w, e.r);
      w.narrowed = outside;
      const level = e.op === '&&' ? LEVEL.and : LEVEL.or;
      return code(`${at(l, level)} ${e.op} ${at(r, level + 1)}`, level);
    }
    if (/^(?:==|!=|<|>|<=|>=)$/.test(e.op)) return comparison(w, e);
  }
  if (isPointer(e.type)) return isNullLike(e) ? code('false') : nullTest(w, e, '!==');
  if (e.k === 'number') return code(Number(e.value) ? 'true' : 'false');
  if (e.k === 'comma') {
    return code(`${statementValue(w, e.l).text}, ${condition(w, e.r).text}`, LEVEL.comma);
  }
  return isCharAccess(e) ? raw(w, e) : value(w, e);
}

function nullTest(w: Writer, e: Expr, operator: '===' | '!=='): Code {
  const kind = kindOf(e);
  const inner = value(w, e);
  if (kind === 'integer' || kind === 'address') {
    return infix(inner, operator, code('0'), LEVEL.equal);
  }
  return infix(inner, operator, code('null'), LEVEL.equal);
}

function comparison(w: Writer, e: BinaryExpr): Code {
  const [symbol, level] = OPERATORS[e.op]!;
  const isEquality = e.op === '==' || e.op === '!=';
  const pointers = isPointer(e.l.type) || isPointer(e.r.type);
  if (pointers) return comparePointers(w, e, symbol, level);
  if (isEquality) {
    const characters = compareCharacters(w, e, symbol);
    if (characters) return characters;
  }
  if (isRecord(e.l.type) || isRecord(e.r.type))
    throw new Untranslatable('structure', 'two structures are compared');
  const type = usual(e.l.type, e.r.type);
  const isAscii = (one: Expr) => {
    const known = constantOf(one);
    return known !== undefined && known >= 0 && known < 128;
  };
  const rawly = isEquality && (isAscii(e.l) || isAscii(e.r));
  const operand = (one: Expr, other: Expr) => {
    const inner = rawly ? raw(w, one) : value(w, one);
    if (isBig(type) !== isBig(one.type) || type.k === 'float')
      return convertNumber(inner, one.type, type, one);
    // Of numbers that cannot be negative the two readings are the same.
    if (!isInt(type) || !isInt(one.type) || type.signed || !one.type.signed) return inner;
    if (type.bits === 64) {
      if (one.type.bits === 64 || isEquality || isNatural(one)) return inner;
      return constantOf(one) === -1 ? inner : cut(inner, { ...type, bits: 32 });
    }
    if (isNatural(one)) return inner;
    if (isEquality && isNatural(other)) return inner;
    return cut(inner, type);
  };
  const l = operand(e.l, e.r);
  // TypeScript refuses to compare two constants that differ.
  const constants = isEquality && isConstant(e.l) && isConstant(e.r);
  return infix(constants ? code(`(${l.text} as number)`) : l, symbol, operand(e.r, e.l), level);
}

const isConstant = (e: Expr): boolean =>
  e.k === 'number' ||
  (e.k === 'name' && e.sym.kind === 'constant') ||
  (e.k === 'unary' && isConstant(e.e));

function comparePointers(w: Writer, e: BinaryExpr, symbol: string, level: number): Code {
  const [l, r] = isNullLike(e.l) ? [e.r, e.l] : [e.l, e.r];
  if (isNullLike(r)) {
    if (symbol !== '===' && symbol !== '!==')
      throw new Untranslatable('pointer', 'a pointer is compared with NULL by order');
    if (!isPointer(l.type)) return infix(value(w, l), symbol, code('0'), LEVEL.equal);
    return nullTest(w, l, symbol);
  }
  if (!isPointer(l.type) || !isPointer(r.type)) {
    // A handle's name for NULL, or -1 as a pointer.
    const side = (one: Expr) =>
      isPointer(one.type) && kindOf(one) !== 'integer' && kindOf(one) !== 'address'
        ? call(w.imports.value('addressOf'), present(w, one))
        : value(w, one);
    return infix(side(l), symbol, side(r), level);
  }
  const kinds = [kindOf(l), kindOf(r)];
  const simple = kinds.every((kind) => /^(?:function|file|integer|address|box)$/.test(kind));
  const plain =
    kinds.includes('record') &&
    isRecord(elementOf(l.type)) &&
    (elementOf(l.type) as { plain?: boolean }).plain;
  if (simple || plain) return infix(value(w, l), symbol, value(w, r), level);
  if (kinds.includes('record') || kinds.includes('memory') || kinds.includes('ref')) {
    const same = call(w.imports.c('samePlace'), value(w, l), value(w, r));
    if (symbol === '===') return same;
    if (symbol === '!==') return code(`!${same.text}`, LEVEL.unary);
  }
  if (kinds.includes('string'))
    throw new Untranslatable('pointer', 'two strings are compared by address');
  const place = (one: Expr) => member(present(w, one), 'byteOffset');
  return infix(place(l), symbol, place(r), level);
}

/** A character of a string compared with a character reads as JavaScript has it. */
function compareCharacters(w: Writer, e: BinaryExpr, symbol: string): Code | undefined {
  const [access, other] = e.l.k === 'char' ? [e.r, e.l] : [e.l, e.r];
  if (other.k !== 'char' || other.value === 0) return undefined;
  const isAccess = access.k === 'index' || (access.k === 'unary' && access.op === '*');
  if (!isAccess || !isText(access.e.type) || kindOf(access.e) !== 'string') return undefined;
  const position = access.k === 'index' ? value(w, access.i) : code('0');
  const character = code(`${at(present(w, access.e), LEVEL.call)}[${position.text}]`, LEVEL.call);
  return infix(character, symbol, text(String.fromCharCode(other.value & 0xff)), LEVEL.equal);
}

/** What a condition says of pointers, where it holds or does not. */
export function narrow(w: Writer, e: Expr, holds: boolean): void {
  if (e.k === 'unary' && e.op === '!') {
    narrow(w, e.e, !holds);
    return;
  }
  if (e.k === 'binary') {
    if ((e.op === '&&' && holds) || (e.op === '||' && !holds)) {
      narrow(w, e.l, holds);
      narrow(w, e.r, holds);
      return;
    }
    if (e.op === '!=' || e.op === '==') {
      const [l, r] = isNullLike(e.l) ? [e.r, e.l] : [e.l, e.r];
      if (isNullLike(r) && (e.op === '!=') === holds) narrowTo(w, l);
    }
    return;
  }
  if (holds && isPointer(e.type)) narrowTo(w, e);
}

function narrowTo(w: Writer, e: Expr): void {
  if (e.k === 'name' && !e.sym.addressTaken) w.narrowed.add(e.sym);
  if (e.k === 'assign' && e.op === '') narrowTo(w, e.l);
}
