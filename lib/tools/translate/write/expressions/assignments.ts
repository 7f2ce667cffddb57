import type { AssignExpr, Expr, StepExpr } from '../../ast.ts';
import {
  type CType,
  elementOf,
  isBig,
  isInt,
  isPointer,
  isRecord,
  promote,
  usual,
} from '../../ctypes.ts';
import { constantOf, isNullLike, isSamePlace } from '../../read/values.ts';
import { hasEffects, partsOf } from '../../survey/visit.ts';
import { at, type Code, call, code, infix, LEVEL, method, text, Untranslatable } from '../code.ts';
import { fieldKind, kindOf, slotOf, symKind } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { as, pointerAs } from './conversions.ts';
import { callbackOf } from './initializers.ts';
import { convertNumber, cut, isNatural, operate } from './numbers.ts';
import { fieldPlace, moveBy, movePointer } from './pointers.ts';
import { isCharAccess, isNullable, present, raw, value } from './values.ts';

/** An expression for what it does. */
export function statementValue(w: Writer, e: Expr): Code {
  if (e.k === 'assign') return assign(w, e, true);
  if (e.k === 'step') return step(w, e, true);
  if (e.k === 'comma') {
    const parts = [e.l, e.r].filter(hasEffects).map((one) => statementValue(w, one));
    if (parts.length === 2)
      return code(`${parts[0]!.text}, ${at(parts[1]!, LEVEL.assign)}`, LEVEL.comma);
    return parts[0] ?? statementValue(w, e.r);
  }
  if (e.k === 'cast' && e.type.k === 'void') return statementValue(w, e.e);
  return value(w, e);
}

/** Whether a place takes NULL. */
function takesNull(e: Expr): boolean {
  if (e.k === 'member' && e.record?.api) return true;
  if (e.k === 'unary' && e.op === '*')
    return kindOf(e.e) === 'ref' || slotOf(e.e)?.nullable === true;
  if (e.k === 'name' && e.sym.addressTaken && isRecord((e.type as { to?: CType }).to)) return true;
  return slotOf(e)?.nullable === true;
}

/** Whether a place of memory reads both signs of 32 bits alike. */
function isLoose(e: Expr): boolean {
  if (e.k === 'member') return e.record?.plain !== true;
  if (e.k === 'name') return e.sym.addressTaken === true;
  return e.k === 'index' || (e.k === 'unary' && e.op === '*');
}

/** Whether a place cuts what is stored to its width by itself: an element of a typed array. */
function cutsItself(e: Expr): boolean {
  const target = e.k === 'index' ? e.e : e.k === 'unary' && e.op === '*' ? e.e : undefined;
  return target !== undefined && /^(?:bytes|wide|array)$/.test(kindOf(target));
}

/** A sum before it is cut: in a type of which the other is a part. */
const wider = (type: CType): CType =>
  isInt(type) && type.bits === 32 ? { ...type, signed: !type.signed } : type;

/** A number for a bit field, which C cuts to its width. */
function intoBits(value: Code, place: Expr, from?: Expr): Code {
  const bits = place.k === 'member' ? place.field?.bits : undefined;
  if (bits === undefined || !isInt(place.type)) return value;
  const known = from && constantOf(from);
  const low = place.type.signed ? -(2 ** (bits - 1)) : 0;
  if (known !== undefined && known >= low && known < 2 ** bits + low) return value;
  if (isBig(place.type)) {
    return call(place.type.signed ? 'BigInt.asIntN' : 'BigInt.asUintN', code(String(bits)), value);
  }
  if (bits >= 32) return value;
  const unused = code(String(32 - bits));
  return place.type.signed
    ? infix(infix(value, '<<', unused, LEVEL.shift), '>>', unused, LEVEL.shift)
    : infix(value, '&', code(`0x${(2 ** bits - 1).toString(16)}`), LEVEL.bitAnd);
}

/** Whether a variable is worked out from itself by products or shifts, as hashes and generators of chance. */
function recurs(place: Expr, from: Expr): boolean {
  if (!isInt(place.type) || place.type.bits !== 32 || !place.type.signed) return false;
  const contains = (e: Expr): boolean => isSamePlace(e, place) || partsOf(e).some(contains);
  const grows = (e: Expr): boolean =>
    (e.k === 'binary' && (e.op === '*' || e.op === '<<') && contains(e)) || partsOf(e).some(grows);
  return from.k === 'binary' && /^[-+*]$/.test(from.op) && grows(from);
}

/** What is stored in a place, converted to its type. */
export function stored(w: Writer, place: Expr, from: Expr): Code {
  const type = place.type;
  if (isPointer(type)) {
    const kind = placeKind(place);
    if (place.k === 'member' && place.record?.api) return apiField(w, place, from);
    if (place.k === 'member' && place.record && !place.record.plain && kind === 'address') {
      return apiField(w, place, from);
    }
    return pointerAs(w, from, kind, type, takesNull(place), slotOf(place));
  }
  if (
    cutsItself(place) &&
    isInt(type) &&
    !type.truth &&
    type.bits < 32 &&
    isInt(from.type) &&
    !isBig(from.type)
  ) {
    return raw(w, from);
  }
  if (isInt(type) && !cutsItself(place) && recurs(place, from))
    return cut(as(w, from, type, true), type);
  return intoBits(as(w, from, type, isLoose(place)), place, from);
}

function placeKind(place: Expr) {
  if (place.k === 'name') return symKind(place.sym);
  if (place.k === 'member' && place.field) return fieldKind(place.record, place.field);
  return kindOf(place);
}

/** A field of the package that points somewhere takes memory. */
function apiField(w: Writer, place: Expr & { k: 'member' }, from: Expr): Code {
  if (isNullLike(from)) return code('null');
  if (place.field?.takes === 'callback') return callbackOf(w, place.type, from);
  const kind = kindOf(from);
  if (place.field?.takes === 'string') {
    if (kind === 'string') return value(w, from);
    return code(`${at(value(w, from), LEVEL.compare)} as unknown as string`, LEVEL.compare);
  }
  if (kind === 'string') return call(w.imports.c('cstr'), present(w, from));
  if (kind === 'records' && kindOf(place) === 'record' && isPointer(place.type)) {
    return call(w.imports.value('cast'), code(w.typeValue(elementOf(place.type))), value(w, from));
  }
  if (kind === 'integer')
    return code(
      `${at(value(w, from), LEVEL.compare)} as ${w.imports.type('Pointer')}`,
      LEVEL.compare,
    );
  if (kindOf(place) === 'record' && isPointer(place.type)) {
    return pointerAs(w, from, 'record', place.type, true);
  }
  return value(w, from);
}

/** `l = r`, `l += r` … */
export function assign(w: Writer, e: AssignExpr, asStatement: boolean): Code {
  const { l, r, op } = e;
  if (l.k === 'unary' && l.op === '*' && l.e.k === 'step' && !l.e.prefix) {
    // `*p++ = x`: the store, then the step.
    const target: Expr = { k: 'unary', op: '*', e: l.e.e, type: l.type };
    const store = assign(w, { ...e, l: target }, true);
    const moved = moveBy(w, l.e.e, l.e.op === '++' ? 1 : -1);
    if (asStatement) return code(`${store.text};\n${moved.text}`, LEVEL.comma);
    return call(w.imports.c('first'), store, moved);
  }
  const result = assignTo(w, e, op);
  noteNull(w, l, r, op);
  const isExact =
    asStatement || (op === '' && (isSameWidth(l.type, r.type) || constantOf(r) !== undefined));
  return isExact ? result : asStored(l, result);
}

/** The value of an assignment to a place that cuts what is stored, which JavaScript gives uncut. */
function asStored(place: Expr, assigned: Code): Code {
  const { type } = place;
  if (!cutsItself(place) || !isInt(type) || isBig(type)) return assigned;
  return cut(code(`(${assigned.text})`), type);
}

const isSameWidth = (a: CType, b: CType): boolean =>
  isInt(a) && isInt(b) && a.bits === b.bits && (a.signed === b.signed || a.bits === 8);

function noteNull(w: Writer, l: Expr, r: Expr, op: string): void {
  if (l.k !== 'name' || !isPointer(l.type)) return;
  if (op === '' && (isNullLike(r) || isNullable(w, r))) w.narrowed.delete(l.sym);
  else if (!l.sym.addressTaken) w.narrowed.add(l.sym);
}

function assignTo(w: Writer, e: AssignExpr, op: string): Code {
  const { l, r } = e;
  const { type } = l;
  if (isRecord(type)) return copyRecord(w, l, r);
  if (type.k === 'array') throw new Untranslatable('array', 'an array is assigned');
  if (l.k === 'call') throw new Untranslatable('macro', 'what a macro stands for is assigned to');
  const place = pointerPlace(w, l) ?? raw(w, l);
  if (isPointer(type) && op) {
    const moved = movePointer(w, l, r, op === '-');
    return code(`${place.text} = ${at(moved, LEVEL.assign)}`, LEVEL.assign);
  }
  if (!op) {
    // What is stored may be undefined before.
    return code(
      `${place.text.replace(/\]!$/, ']')} = ${at(stored(w, l, r), LEVEL.assign)}`,
      LEVEL.assign,
    );
  }
  const inType = op === '<<' || op === '>>' ? promote(type) : usual(type, r.type);
  if (isShort(type, inType, op, l, r)) {
    const right = convertNumber(
      value(w, r),
      r.type,
      op === '<<' || op === '>>' ? (isBig(type) ? type : r.type) : type,
      r,
      true,
    );
    return code(`${place.text} ${op}= ${at(right, LEVEL.assign)}`, LEVEL.assign);
  }
  const once = hasEffects(l) ? placeOnce(w, l) : undefined;
  const left = convertNumber(once ? once.value : value(w, l), type, inType, l, true);
  const shifts = op === '<<' || op === '>>';
  const right = convertNumber(
    value(w, r),
    r.type,
    shifts && !isBig(inType) ? r.type : inType,
    r,
    true,
  );
  const multiplies = op === '*' && isInt(inType) && inType.bits === 32 && inType.signed;
  const calculated = multiplies
    ? call('Math.imul', left, right)
    : operate(op, left, right, inType, l, r);
  const cutOff = cutsItself(l)
    ? calculated
    : intoBits(convertNumber(calculated, inType, type, undefined, isLoose(l)), l);
  if (once) return updated(w, once, cutOff);
  return code(`${place.text} = ${at(cutOff, LEVEL.assign)}`, LEVEL.assign);
}

/** The place of a pointer among pointers that are memory of the system. */
function pointerPlace(w: Writer, l: Expr): Code | undefined {
  const list = l.k === 'index' || (l.k === 'unary' && l.op === '*') ? l.e : undefined;
  if (!list || l.type.k !== 'ptr' || kindOf(list) !== 'address') return undefined;
  const place =
    l.k === 'index' && constantOf(l.i) !== 0
      ? [infix(value(w, l.i), '*', code('8'), LEVEL.multiply)]
      : [];
  const type = code(w.imports.value('pvoid'));
  return code(
    `${call(w.imports.value('cast'), type, value(w, list), ...place).text}.value`,
    LEVEL.call,
  );
}

/** A place whose finding has an effect: what it is a part of, which part, and how its value is read. */
interface Once {
  readonly object: Code;
  readonly key: Code;
  readonly value: Code;
}

function placeOnce(w: Writer, place: Expr): Once {
  const read = code('value');
  const inside = isCharAccess(place) && isInt(place.type) ? cut(read, place.type) : read;
  if (place.k === 'member') {
    const { object, key } = fieldPlace(w, place);
    return { object, key: text(key), value: inside };
  }
  const pointer =
    place.k === 'index' || (place.k === 'unary' && place.op === '*') ? place.e : place;
  const kind = kindOf(pointer);
  if (/^(?:bytes|wide|array)$/.test(kind)) {
    const key = place.k === 'index' ? value(w, place.i) : code('0');
    return { object: present(w, pointer), key, value: inside };
  }
  if (kind === 'ref' && place.k === 'unary') {
    return { object: present(w, pointer), key: text('value'), value: inside };
  }
  throw new Untranslatable(
    'effect',
    'the place of this is found twice, which changes something twice',
  );
}

function updated(w: Writer, { object, key }: Once, next: Code): Code {
  const change = code(`(value) => ${at(next, LEVEL.assign)}`, LEVEL.assign);
  return call(w.imports.c('update'), object, key, change);
}

/** Whether JavaScript's own operator does what C's does. */
function isShort(type: CType, inType: CType, op: string, l: Expr, r: Expr): boolean {
  if (l.k === 'member' && l.field?.bits !== undefined) return false;
  if (type.k === 'float') return type.bits === 64;
  if (op === '/') return isBig(type);
  if (!isInt(type) || inType.k !== 'int') return false;
  if (isBig(type)) {
    if (/^[-+*]$/.test(op) || op === '<<')
      return type.signed
        ? op !== '<<' && !(op === '*' && Math.abs(constantOf(r) ?? 0) >= 2 ** 31)
        : op === '+' && isNatural(l) && isNatural(r);
    return true;
  }
  if (isBig(inType)) return false;
  if (op === '%') return type.signed || !isInt(r.type) || !r.type.signed;
  if (type.bits < 32) return op === '&' || ((op === '|' || op === '^') && isByteLike(r, type.bits));
  if (type.bits === 64) return /^[-+*]$/.test(op);
  if (type.signed) return op !== '*' || constantOf(r) !== undefined;
  // Sums of unsigned numbers that start small; all else is cut.
  return op === '+' && isNatural(l) && isNatural(r);
}

function isByteLike(r: Expr, bits: number): boolean {
  return r.k === 'number' && Number(r.value) >= 0 && Number(r.value) < 2 ** (bits - 1);
}

function copyRecord(w: Writer, l: Expr, r: Expr): Code {
  const type = l.type;
  if (!isRecord(type)) throw new Untranslatable('structure', 'a structure is copied');
  const from = r.k === 'list' ? value(w, r) : raw(w, r);
  if (l.k === 'member' && l.record && !l.record.plain) {
    return code(`${raw(w, l).text} = ${at(from, LEVEL.assign)}`, LEVEL.assign);
  }
  if (l.k === 'index' && kindOf(l.e) === 'records') {
    const place = raw(w, l).text.replace(/!$/, '');
    return code(`${place} = ${at(from, LEVEL.assign)}`, LEVEL.assign);
  }
  if (type.plain && !type.api) return call(w.imports.c('assign'), raw(w, l), from);
  return method(raw(w, l), 'set', from);
}

/** Whether a number of a type is cut when it leaves it: an unsigned one that JavaScript has with all its digits. */
const wraps = (type: CType): boolean =>
  isInt(type) && !type.signed && (type.bits === 32 || isBig(type));

/** `x++` and its like. */
export function step(w: Writer, e: StepExpr, asStatement: boolean): Code {
  const { op, prefix } = e;
  const target = e.e;
  const { type } = target;
  if (isPointer(type)) {
    const moved = moveBy(w, target, op === '++' ? 1 : -1);
    if (asStatement || prefix) return prefix && !asStatement ? code(`(${moved.text})`) : moved;
    return call(w.imports.c('first'), raw(w, target), moved);
  }
  const place = raw(w, target);
  const isNarrow =
    (isInt(type) && (type.bits < 32 || (wraps(type) && !isNatural(target)))) ||
    (target.k === 'member' && target.field?.bits !== undefined);
  const isFloat = type.k === 'float' && type.bits === 32 && !cutsItself(target);
  if ((!isNarrow && !isFloat) || cutsItself(target)) {
    if (asStatement || !prefix) return code(`${place.text}${op}`, LEVEL.postfix);
    return asStored(target, code(`${op}${place.text}`, LEVEL.unary));
  }
  const inType = promote(type);
  const once = hasEffects(target) ? placeOnce(w, target) : undefined;
  const sum = infix(
    once?.value ?? value(w, target),
    op[0]!,
    code(isBig(type) ? '1n' : '1'),
    LEVEL.add,
  );
  const next = isFloat
    ? call('Math.fround', sum)
    : intoBits(isBig(type) ? cut(sum, inType) : convertNumber(sum, wider(inType), type), target);
  if (once) {
    if (asStatement || prefix) return updated(w, once, next);
    throw new Untranslatable(
      'effect',
      'the place of this is found twice, which changes something twice',
    );
  }
  const changed = code(`${place.text} = ${at(next, LEVEL.assign)}`, LEVEL.assign);
  if (asStatement || prefix) return asStatement ? changed : code(`(${changed.text})`);
  return call(w.imports.c('first'), value(w, target), changed);
}
