import type { BinaryExpr, Expr } from '../../ast.ts';
import {
  elementOf,
  isBig,
  isFunction,
  isInt,
  isPointer,
  isRecord,
  isText,
  usual,
} from '../../ctypes.ts';
import { constantOf, isNullLike } from '../../read/values.ts';
import { mayWrap } from '../../survey/facts.ts';
import { at, type Code, call, code, infix, LEVEL, member, text, Untranslatable } from '../code.ts';
import { kindOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { statementValue } from './assignments.ts';
import { convertNumber, cut, isNatural, OPERATORS } from './numbers.ts';
import { isCharAccess, present, raw, value } from './values.ts';

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
  const pointers = [e.l, e.r].some(({ type }) => isPointer(type) || isFunction(type));
  if (pointers) return comparePointers(w, e, symbol, level);
  if (isEquality) {
    const characters = compareCharacters(w, e, symbol);
    if (characters) return characters;
  }
  if (isRecord(e.l.type) || isRecord(e.r.type))
    throw new Untranslatable('structure', 'two structures are compared');
  const type = usual(e.l.type, e.r.type);
  // What has gone below zero is a large number in C: above zero is all but zero.
  if (e.op === '>' && mayWrap(e.l) && constantOf(e.r) === 0)
    return infix(value(w, e.l), '!==', code('0'), LEVEL.equal);
  const isAscii = (one: Expr) => {
    const known = constantOf(one);
    return known !== undefined && known >= 0 && known < 128;
  };
  const rawly = isEquality && (isAscii(e.l) || isAscii(e.r));
  const isOrder = !isEquality;
  const operand = (one: Expr, other: Expr) => {
    const inner = rawly ? raw(w, one) : value(w, one);
    if (isBig(type) !== isBig(one.type) || type.k === 'float')
      return convertNumber(inner, one.type, type, one);
    // Of numbers that cannot be negative the two readings are the same.
    if (!isInt(type) || !isInt(one.type) || type.signed) return inner;
    if (!one.type.signed && type.bits !== 64) return inner;
    if (type.bits === 64) {
      if (isOrder && (mayWrap(one) || (constantOf(one) ?? 0) < 0))
        return call(w.imports.c('unsigned64'), inner);
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
  if (isFunction(l.type) && isFunction(r.type))
    return infix(value(w, l), symbol, value(w, r), level);
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
