import type { Expr } from '../ast.ts';
import {
  CHAR,
  type CType,
  DOUBLE,
  decay,
  elementOf,
  type Field,
  FLOAT,
  INT,
  INT64,
  INTPTR,
  isPointer,
  isRecord,
  LONG,
  pointerTo,
  promote,
  type RecordType,
  sizeOf,
  UINT,
  UINT64,
  ULONG,
  usual,
  VOID,
  WCHAR,
} from '../ctypes.ts';
import type { Syntax } from '../grammar.ts';
import { decodeBytes, decodeString, hasByteEscapes } from './text.ts';
import { numberOf } from './tokens.ts';
import { Unreadable } from './unreadable.ts';

export function nullExpr(): Expr {
  return { k: 'number', value: 0, text: 'NULL', type: pointerTo(VOID) };
}

/** Whether an expression is a null pointer: NULL or 0, cast or not. */
export function isNullLike(e: Expr): boolean {
  if (e.k === 'cast') return isPointer(e.type) && isNullLike(e.e);
  return e.k === 'number' && Number(e.value) === 0 && e.type.k !== 'float';
}

export function numberExpr(text: string): Expr {
  // The grammar takes a sign for a part of the number.
  const sign = /^([-+])\s*(.*)$/.exec(text);
  if (sign) {
    const positive = numberExpr(sign[2]!);
    if (positive.k !== 'number' || sign[1] === '+') return positive;
    return { ...positive, value: -positive.value, text: `-${positive.text}` };
  }
  const value = numberOf(text);
  if (value === undefined) {
    const number = Number(text.replace(/[fFlL]$/, ''));
    if (Number.isNaN(number)) throw new Unreadable(text);
    return {
      k: 'number',
      value: number,
      text: String(number),
      type: /[fF]$/.test(text) ? FLOAT : DOUBLE,
    };
  }
  const suffix =
    /[uUlLiI64]*$/.exec(text.replace(/^0[xX][0-9a-fA-F]+/, ''))?.[0].toLowerCase() ?? '';
  const unsigned = suffix.includes('u');
  const big = suffix.includes('ll') || suffix.includes('i64');
  const hex = /^0/.test(text) && text !== '0';
  const type: CType = big
    ? unsigned
      ? UINT64
      : INT64
    : value > 0xffffffffn
      ? INT64
      : unsigned
        ? suffix.includes('l')
          ? ULONG
          : UINT
        : value <= 0x7fffffffn
          ? suffix.includes('l')
            ? LONG
            : INT
          : hex
            ? UINT
            : INT64;
  const digits = text.replace(/(?:[uUlL]|i64|I64)+$/, '');
  const written = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return {
    k: 'number',
    value: big || value > 0xffffffffn ? value : Number(value),
    text: written,
    type,
  };
}

/**
 * A string literal, or several behind one another.
 *
 * @param encodedLength how many bytes a text has in the program's encoding
 */
export function stringExpr(node: Syntax, encodedLength: (text: string) => number): Expr {
  const parts =
    node.type === 'string_literal'
      ? [node]
      : node.children.filter(({ type }) => type !== 'comment');
  if (parts.some(({ type }) => type !== 'string_literal')) throw new Unreadable(node.text);
  const wide = parts.some(({ text }) => text.startsWith('L'));
  const binary = !wide && parts.some(({ text }) => hasByteEscapes(text));
  const value = parts.map(({ text }) => (binary ? decodeBytes(text) : decodeString(text))).join('');
  const length = wide || binary ? value.length : encodedLength(value);
  const type = pointerTo(wide ? WCHAR : CHAR);
  return { k: 'string', value, size: length + 1, type, ...(binary && { binary }) };
}

export function binaryExpr(op: string, left: Expr, right: Expr): Expr {
  const l = promoted(left);
  const r = promoted(right);
  if (/^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(op)) return { k: 'binary', op, l, r, type: INT };
  if (op === '<<' || op === '>>') return { k: 'binary', op, l, r, type: promote(l.type) };
  if (isPointer(l.type)) {
    const type = isPointer(r.type) ? INTPTR : decay(l.type);
    return { k: 'binary', op, l, r, type };
  }
  if (isPointer(r.type)) return { k: 'binary', op, l: r, r: l, type: decay(r.type) };
  return { k: 'binary', op, l, r, type: usual(l.type, r.type) };
}

/** A bit field of fewer bits than an int has is one where C calculates with it. */
function promoted(e: Expr): Expr {
  const isField = e.k === 'member' && (e.field?.bits ?? 32) < 32 && e.type.k === 'int';
  return isField && !e.type.signed ? { k: 'cast', e, type: INT } : e;
}

export function conditionalType(a: Expr, b: Expr): CType {
  if (isPointer(a.type)) {
    return isPointer(b.type) && elementOf(a.type).k === 'void' ? decay(b.type) : decay(a.type);
  }
  if (isPointer(b.type)) return decay(b.type);
  if (isRecord(a.type)) return a.type;
  return a.type.k === 'void' ? VOID : usual(a.type, b.type);
}

/** What a call gives. */
export function resultOf(fn: Expr, args: readonly Expr[]): CType {
  const type = fn.type.k === 'ptr' ? fn.type.to : fn.type;
  if (fn.k === 'name') {
    const { name } = fn.sym;
    if (name === 'max' || name === 'min' || name === '__max' || name === '__min') {
      return args.length === 2 ? usual(args[0]!.type, args[1]!.type) : INT;
    }
  }
  return type.k === 'function' ? type.result : INT;
}

/** The fields that an initialiser goes through: of what has no name, its own. */
export function namedFields(type: RecordType): readonly Field[] {
  return (type.fields ?? []).flatMap((field) => {
    if (field.name !== '' || !isRecord(field.type)) return [field];
    const inner = namedFields(field.type);
    return field.type.union ? inner.slice(0, 1) : inner;
  });
}

/** A field by its name, of a member without a name too, or by the macro that C has for it. */
export function fieldOf(type: RecordType, name: string): Field | undefined {
  for (const field of type.fields ?? []) {
    if (field.name === name) return field;
    if (field.name === '' && isRecord(field.type)) {
      const inner = fieldOf(field.type, name);
      if (inner) return inner;
    }
  }
  let field: Field | undefined;
  let within: CType = type;
  for (const step of type.aliases?.[name]?.split('.') ?? []) {
    field = isRecord(within) ? fieldOf(within, step) : undefined;
    if (!field) return undefined;
    within = field.type;
  }
  return field;
}

/** Whether two expressions name one place, by the same names, fields and indexes. */
export function isSamePlace(a: Expr, b: Expr): boolean {
  switch (a.k) {
    case 'name':
      return b.k === 'name' && a.sym === b.sym;
    case 'number':
      return b.k === 'number' && Number(a.value) === Number(b.value);
    case 'member':
      return b.k === 'member' && a.name === b.name && isSamePlace(a.e, b.e);
    case 'index':
      return b.k === 'index' && isSamePlace(a.e, b.e) && isSamePlace(a.i, b.i);
    case 'binary':
      return b.k === 'binary' && a.op === b.op && isSamePlace(a.l, b.l) && isSamePlace(a.r, b.r);
    case 'unary':
      return b.k === 'unary' && a.op === b.op && isSamePlace(a.e, b.e);
    case 'cast':
      return b.k === 'cast' && isSamePlace(a.e, b.e);
    default:
      return false;
  }
}

/** The number that an expression always has, as far as the translator calculates it. */
export function constantOf(e: Expr): number | undefined {
  switch (e.k) {
    case 'number':
    case 'char':
      return Number(e.value);
    case 'name': {
      if (e.sym.expression) return constantOf(e.sym.expression);
      const { value } = e.sym;
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    }
    case 'cast':
      return constantOf(e.e);
    case 'sizeof':
      return sizeOf(e.of);
    case 'unary': {
      const value = constantOf(e.e);
      if (value === undefined) return undefined;
      return e.op === '-' ? -value : e.op === '~' ? ~value : e.op === '+' ? value : undefined;
    }
    case 'binary': {
      const l = constantOf(e.l);
      const r = constantOf(e.r);
      if (l === undefined || r === undefined) return undefined;
      switch (e.op) {
        case '+':
          return l + r;
        case '-':
          return l - r;
        case '*':
          return l * r;
        case '/':
          return r ? Math.trunc(l / r) : undefined;
        case '<<':
          return l * 2 ** r;
        case '>>':
          return Math.floor(l / 2 ** r);
        case '|':
          return l | r;
        case '&':
          return l & r;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}
