import type { Expr } from '../../ast.ts';
import { type CType, type IntType, isBig, isInt } from '../../ctypes.ts';
import { constantOf } from '../../read/values.ts';
import { isDifference } from '../../survey/facts.ts';
import { at, type Code, call, code, infix, LEVEL } from '../code.ts';

/** Functions that give no negative number. */
const NEVER_NEGATIVE = new Set(
  (
    'WSAGetLastError GetLastError ntohs htons strlen wcslen lstrlen lstrlenA lstrlenW LOBYTE HIBYTE LOWORD HIWORD rand ' +
    'WSAGETSELECTEVENT WSAGETSELECTERROR isdigit isalpha isspace isupper islower isalnum'
  ).split(' '),
);

/** Whether a value is known not to be negative, and to be below 2^31 where it has 32 bits. */
export function isNatural(e: Expr): boolean {
  const value = constantOf(e);
  if (value !== undefined) return value >= 0 && value <= 0x7fffffff;
  if (e.k === 'sizeof' || e.k === 'offsetof') return true;
  if (isInt(e.type) && !e.type.signed && e.type.bits < 32) return true;
  switch (e.k) {
    case 'call':
      return (
        e.callee.k === 'name' &&
        (NEVER_NEGATIVE.has(e.callee.sym.name) ||
          e.callee.sym.api?.failure === 'a non-zero error code')
      );
    case 'name':
      return e.sym.natural === true;
    case 'binary':
      if (/^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(e.op)) return true;
      if (/^[+*/%]$/.test(e.op)) return isNatural(e.l) && isNatural(e.r);
      return e.op === '&' && (isNatural(e.l) || isNatural(e.r));
    case 'unary':
      return e.op === '!';
    case 'member':
      return e.field?.bits !== undefined && e.field.bits < 32 && isInt(e.type) && !e.type.signed;
    case 'conditional':
      return isNatural(e.a) && isNatural(e.b);
    case 'cast':
      return isNatural(e.e) && !(isInt(e.type) && e.type.bits < 32);
    case 'assign':
      return e.op === '' && isNatural(e.r);
    default:
      return false;
  }
}

/** Whether all values of a type are values of another. */
function includes(outer: IntType, inner: IntType): boolean {
  if (outer.bits === inner.bits) return outer.signed === inner.signed;
  if (outer.bits < inner.bits) return false;
  return outer.signed || !inner.signed;
}

/** What is done last where a number is cut to a type. */
const CUTS: Readonly<Record<string, RegExp>> = {
  i32: / \| 0$/,
  u32: / >>> 0$/,
  i64: /^BigInt\.asIntN\(64, .*\)$/,
  u64: /^BigInt\.asUintN\(64, .*\)$/,
};
const cutOf = ({ signed, bits, number }: IntType): RegExp | undefined =>
  number ? undefined : CUTS[`${signed ? 'i' : 'u'}${bits}`];

function isCutTo(value: Code, type: IntType): boolean {
  const isCall = type.bits === 64;
  const level = isCall ? LEVEL.call : type.signed ? LEVEL.bitOr : LEVEL.shift;
  return value.level === level && cutOf(type)?.test(value.text) === true;
}

/** An operand of what is cut as a whole: without a cut of its own. */
function uncut(value: Code, type: IntType): Code {
  if (!isCutTo(value, type)) return value;
  if (type.bits === 64) {
    const inner = value.text.slice(value.text.indexOf(', ') + 2, -1);
    return code(`(${inner})`);
  }
  const inner = value.text.replace(cutOf(type)!, '');
  return /^[\w.[\]!]+$|^\(.*\)$/.test(inner) && !/\).*\(/.test(inner) ? code(inner) : value;
}

/** Cuts a number to a type, as C does when it stores it. */
export function cut(value: Code, type: IntType): Code {
  if (isCutTo(value, type)) return value;
  switch (type.bits) {
    case 8:
      return type.signed
        ? infix(infix(value, '<<', code('24'), LEVEL.shift), '>>', code('24'), LEVEL.shift)
        : infix(value, '&', code('0xff'), LEVEL.bitAnd);
    case 16:
      return type.signed
        ? infix(infix(value, '<<', code('16'), LEVEL.shift), '>>', code('16'), LEVEL.shift)
        : infix(value, '&', code('0xffff'), LEVEL.bitAnd);
    case 32:
      return type.signed
        ? infix(value, '|', code('0'), LEVEL.bitOr)
        : infix(value, '>>>', code('0'), LEVEL.shift);
    default:
      return type.number
        ? value
        : call(type.signed ? 'BigInt.asIntN' : 'BigInt.asUintN', code('64'), value);
  }
}

/**
 * A number of a type as one of another.
 *
 * @param loose whether the place takes both readings of 32 bits, as fields and parameters of the package do
 */
export function convertNumber(value: Code, from: CType, to: CType, e?: Expr, loose = false): Code {
  if (to.k === 'float')
    return toFloat(isBig(from) ? call('Number', value) : withoutSign(value, from, e), from, to, e);
  if (to.k !== 'int') return value;
  const known = e && constantOf(e);
  if (from.k === 'float') {
    if (isBig(to)) return call('BigInt', call('Math.trunc', value));
    const whole = call('Math.trunc', value);
    return to.bits < 32 ? cut(whole, to) : whole;
  }
  if (from.k !== 'int') return value;
  if (isBig(to)) {
    if (!isBig(from)) {
      if (/^-?\d+$/.test(value.text)) return code(`${value.text}n`, value.level);
      const big = call('BigInt', value);
      return !to.signed && !(e && isNatural(e)) && (from.signed || (e && isDifference(e)))
        ? call('BigInt.asUintN', code('64'), big)
        : big;
    }
    return from.signed === to.signed || known !== undefined ? value : cut(value, to);
  }
  if (isBig(from)) {
    if (/^-?\d+n$/.test(value.text)) return code(value.text.slice(0, -1), value.level);
    if (to.bits === 64) return call('Number', value);
    return call(
      'Number',
      call(to.signed ? 'BigInt.asIntN' : 'BigInt.asUintN', code(String(to.bits)), value),
    );
  }
  if (known !== undefined) {
    if (fits(known, to)) return value;
    if (loose && to.bits >= 32) return value;
    return cut(value, to);
  }
  if (includes(to, from)) return value;
  if (from.bits === 64 && to.bits === 32)
    return e && isDifference(e) && !to.signed && !loose ? cut(value, to) : value;
  if (to.bits === 64) return value;
  if (to.bits === 32 && (loose || (e && isNatural(e)))) return value;
  return cut(value, to);
}

/** A quotient or a rest, which JavaScript may have as -0 and integers of C may not. */
function withoutSign(value: Code, from: CType, e: Expr | undefined): Code {
  const isRest = e?.k === 'binary' && /^[/%*]$/.test(e.op) && !(isNatural(e.l) && isNatural(e.r));
  if (!isRest || constantOf(e) || !isInt(from) || !from.signed || from.bits > 32) return value;
  return infix(value, '|', code('0'), LEVEL.bitOr);
}

/** A number as a float of 32 bits, to which it is rounded where it may have more digits. */
function toFloat(value: Code, from: CType, to: CType & { k: 'float' }, e?: Expr): Code {
  if (to.bits === 64) return value;
  const known = e && constantOf(e);
  if (known !== undefined && Math.fround(known) === known) return value;
  if (from.k === 'float' && from.bits === 32 && known === undefined) return value;
  if (from.k === 'int' && from.bits < 32) return value;
  return call('Math.fround', value);
}

function fits(value: number, { bits, signed, number }: IntType): boolean {
  if (bits === 64 && number) return true;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  const high = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return value >= low && value <= high;
}

/** The level and the text of an operator on numbers. */
export const OPERATORS: Readonly<Record<string, readonly [text: string, level: number]>> = {
  '*': ['*', LEVEL.multiply],
  '/': ['/', LEVEL.multiply],
  '%': ['%', LEVEL.multiply],
  '+': ['+', LEVEL.add],
  '-': ['-', LEVEL.add],
  '<<': ['<<', LEVEL.shift],
  '>>': ['>>', LEVEL.shift],
  '<': ['<', LEVEL.compare],
  '>': ['>', LEVEL.compare],
  '<=': ['<=', LEVEL.compare],
  '>=': ['>=', LEVEL.compare],
  '==': ['===', LEVEL.equal],
  '!=': ['!==', LEVEL.equal],
  '&': ['&', LEVEL.bitAnd],
  '^': ['^', LEVEL.bitXor],
  '|': ['|', LEVEL.bitOr],
  '&&': ['&&', LEVEL.and],
  '||': ['||', LEVEL.or],
};

/** An operation in a type of C, its result cut to that type where it can leave it. */
export function operate(op: string, l: Code, r: Code, type: CType, le: Expr, re: Expr): Code {
  const [symbol, level] = OPERATORS[op]!;
  const plain = () => infix(l, symbol, r, level);
  if (type.k === 'float') return type.bits === 32 ? call('Math.fround', plain()) : plain();
  if (type.k !== 'int') return plain();
  if (isBig(type)) {
    if (!leavesBig(op, type, le, re)) return plain();
    const [a, b] = /^[-+*]$/.test(op) ? [uncut(l, type), uncut(r, type)] : [l, r];
    return cut(infix(a, symbol, b, level), type);
  }
  switch (op) {
    case '/':
      return call('Math.trunc', plain());
    case '%':
      return plain();
    case '*': {
      if (type.bits !== 32) return plain();
      if (type.signed) return isLarge(le) || isLarge(re) ? call('Math.imul', l, r) : plain();
      const isSmall = [le, re].some((one) => Math.abs(constantOf(one) ?? Number.NaN) < 2 ** 20);
      if (areConstant(le, re)) return plain();
      return cut(isSmall ? plain() : call('Math.imul', l, r), type);
    }
    case '+':
    case '-':
      if (type.bits !== 32 || type.signed) return plain();
      if (op === '+' ? isSmallSum(le, re) : areConstant(le, re)) return plain();
      return cut(infix(uncut(l, type), symbol, uncut(r, type), level), type);
    case '<<': {
      if (type.bits === 64)
        return infix(l, '*', infix(code('2'), '**', r, LEVEL.multiply), LEVEL.multiply);
      if (type.signed) return plain();
      return cut(plain(), type);
    }
    case '>>':
      if (type.bits === 64) {
        return call(
          'Math.floor',
          infix(l, '/', code(`2 ** ${at(r, LEVEL.unary)}`, LEVEL.multiply), LEVEL.multiply),
        );
      }
      return type.signed ? plain() : infix(l, '>>>', r, LEVEL.shift);
    case '&':
      return type.signed || type.bits === 64 || isNatural(le) || isNatural(re)
        ? plain()
        : cut(plain(), type);
    case '|':
    case '^':
      return type.signed || type.bits === 64 || (isNatural(le) && isNatural(re))
        ? plain()
        : cut(plain(), type);
    default:
      return plain();
  }
}

const areConstant = (l: Expr, r: Expr): boolean =>
  constantOf(l) !== undefined && constantOf(r) !== undefined;

/** Whether the result of an operation on numbers of 64 bits may be none: a bigint has no end. */
function leavesBig(op: string, type: IntType, l: Expr, r: Expr): boolean {
  if (areConstant(l, r)) return false;
  if (op === '<<') return true;
  if (!type.signed)
    return op === '-' || op === '*' || (op === '+' && !(isNatural(l) && isNatural(r)));
  // What overflows here is a mistake in C, but for generators of chance, which count on what is left.
  return op === '*' && [l, r].some((one) => Math.abs(constantOf(one) ?? 0) >= 2 ** 31);
}

/**
 * Whether an operand of a product is so large that the product has more digits than a number: programs
 * count on what is left of it.
 */
function isLarge(e: Expr): boolean {
  const known = constantOf(e);
  if (known !== undefined) return Math.abs(known) >= 2 ** 20;
  return e.k === 'call' && e.callee.k === 'name' && e.callee.sym.kind === 'function';
}

/** Whether a sum or a product of ints is one that programs let go over the end of their type, as generators of chance. */
export function outgrows(e: Expr): boolean {
  if (e.k !== 'binary' || !/^[-+*]$/.test(e.op) || constantOf(e) !== undefined) return false;
  if (!isInt(e.type) || e.type.bits !== 32 || !e.type.signed) return false;
  if (e.op === '*') {
    const isWide = (one: Expr) => isInt(one.type) && one.type.bits >= 32 && one.k !== 'sizeof';
    const isFactor = (one: Expr) => Math.abs(constantOf(one) ?? 0) >= 2 ** 14;
    if ((isFactor(e.l) && isWide(e.r)) || (isFactor(e.r) && isWide(e.l))) return true;
  }
  return outgrows(e.l) || outgrows(e.r);
}

/** Whether a sum stays below 2^32: of two that are below 2^31. */
function isSmallSum(l: Expr, r: Expr): boolean {
  return isNatural(l) && isNatural(r);
}
