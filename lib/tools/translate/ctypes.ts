/** The types of C as the translator sees them: those of 64-bit Windows. */

export interface IntType {
  readonly k: 'int';
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** The name under which the package exports the type. */
  readonly name: string;
  /** Of 64 bits: whether JavaScript has it as a number, as handles and sizes, or as a bigint. */
  readonly number?: boolean;
  /** Whether an array of it is text. */
  readonly text?: boolean;
  /** Of C's `bool`: all but 0 is 1. */
  readonly truth?: boolean;
}
export interface FloatType {
  readonly k: 'float';
  readonly bits: 32 | 64;
}
export interface VoidType {
  readonly k: 'void';
}
export interface PointerType {
  readonly k: 'ptr';
  readonly to: CType;
  /** The API's name of a pointer to a function. */
  readonly name?: string;
}
export interface ArrayType {
  readonly k: 'array';
  readonly of: CType;
  /** Undefined where the initialiser says it. */
  readonly length: number | undefined;
  /** The length as the program has it, where that is more than a number. */
  readonly code?: string;
}
export interface RecordType {
  readonly k: 'record';
  /** The name in TypeScript. */
  name: string;
  readonly union: boolean;
  /** Undefined while it is only declared. */
  fields: readonly Field[] | undefined;
  /** Whether the package exports it. */
  readonly api: boolean;
  /** Paths of the fields that C has as macros. */
  readonly aliases?: Readonly<Record<string, string>>;
  pack?: number | undefined;
  /** Of the program's own: whether it could not be translated. */
  lost?: boolean;
  /** Of the program's own: whether its bytes never matter, so that it is a class of plain fields. */
  plain?: boolean;
}
export interface FunctionType {
  readonly k: 'function';
  readonly result: CType;
  /** Filled in by the survey where a declaration says nothing of them. */
  params: readonly Parameter[];
  readonly variadic: boolean;
  /** Where the pointer that it returns comes from; filled in by the survey. */
  resultSlot?: import('./survey/slots.ts').Slot;
}
export interface Parameter {
  readonly name: string;
  readonly type: CType;
  /** Of the program's own: whether it says `const`. */
  readonly constant?: boolean;
  /** Where the values of a pointer come from; filled in by the survey. */
  slot?: import('./survey/slots.ts').Slot;
}
export type CType =
  | IntType
  | FloatType
  | VoidType
  | PointerType
  | ArrayType
  | RecordType
  | FunctionType;

export interface Field {
  /** Empty for a member without a name. */
  readonly name: string;
  readonly type: CType;
  readonly bits?: number;
  /** Where the value of a pointer comes from; filled in by the survey. */
  slot?: import('./survey/slots.ts').Slot;
  /** Of the package: how it has it, as ApiParameter.takes. */
  readonly takes?: string;
}

function integer(
  name: string,
  bits: IntType['bits'],
  signed: boolean,
  more: { number?: boolean; text?: boolean; truth?: boolean } = {},
): IntType {
  return { k: 'int', bits, signed, name, ...more };
}

export const VOID: VoidType = { k: 'void' };
export const CHAR = integer('char', 8, true, { text: true });
export const UCHAR = integer('UCHAR', 8, false);
export const SCHAR = integer('int8', 8, true);
export const WCHAR = integer('WCHAR', 16, false, { text: true });
export const BOOLEAN = integer('UCHAR', 8, false, { truth: true });
export const SHORT = integer('short', 16, true);
export const USHORT = integer('USHORT', 16, false);
export const INT = integer('int', 32, true);
export const UINT = integer('UINT', 32, false);
export const LONG = integer('LONG', 32, true);
export const ULONG = integer('ULONG', 32, false);
export const INT64 = integer('int64', 64, true);
export const UINT64 = integer('uint64', 64, false);
export const SIZE = integer('SIZE_T', 64, false, { number: true });
export const INTPTR = integer('INT_PTR', 64, true, { number: true });
export const HANDLE = integer('HANDLE', 64, true, { number: true });
export const SOCKET = integer('SOCKET', 64, false, { number: true });
export const FLOAT: FloatType = { k: 'float', bits: 32 };
export const DOUBLE: FloatType = { k: 'float', bits: 64 };
/** FILE, of which programs only have pointers. */
export const FILE: RecordType = {
  k: 'record',
  name: 'FILE',
  union: false,
  fields: [],
  api: false,
  plain: true,
};

export const pointerTo = (to: CType): PointerType => ({ k: 'ptr', to });

export function isInt(type: CType): type is IntType {
  return type.k === 'int';
}
export function isBig(type: CType): boolean {
  return type.k === 'int' && type.bits === 64 && !type.number;
}
export function isArithmetic(type: CType): type is IntType | FloatType {
  return type.k === 'int' || type.k === 'float';
}
export function isPointer(type: CType): type is PointerType | ArrayType {
  return type.k === 'ptr' || type.k === 'array';
}
export function isRecord(type: CType | undefined): type is RecordType {
  return type?.k === 'record';
}
export function isFunction(type: CType): boolean {
  return type.k === 'function' || (type.k === 'ptr' && type.to.k === 'function');
}
/** What a pointer or an array is of. */
export function elementOf(type: CType): CType {
  return type.k === 'ptr' ? type.to : type.k === 'array' ? type.of : VOID;
}
/** Whether it points to `char` or `WCHAR`. */
export function isText(type: CType): boolean {
  const element = elementOf(type);
  return isPointer(type) && element.k === 'int' && element.text === true;
}
export function isWide(type: CType): boolean {
  const element = elementOf(type);
  return element.k === 'int' && element.bits === 16;
}
export function isByte(type: CType): boolean {
  return type.k === 'int' && type.bits === 8;
}
export function decay(type: CType): CType {
  if (type.k === 'array') return pointerTo(type.of);
  if (type.k === 'function') return pointerTo(type);
  return type;
}

/** The type in which C calculates with two operands. */
export function usual(left: CType, right: CType): IntType | FloatType {
  if (left.k === 'float' || right.k === 'float') {
    return left.k === 'float' && right.k === 'float' && left.bits === 32 && right.bits === 32
      ? FLOAT
      : DOUBLE;
  }
  const a = promote(left);
  const b = promote(right);
  if (a.bits !== b.bits) return a.bits > b.bits ? a : b;
  if (a.signed !== b.signed) return a.signed ? b : a;
  // Of two types of 64 bits, a bigint cannot be lost in a number.
  return a.bits === 64 && a.number && !b.number ? b : a;
}

export function promote(type: CType): IntType {
  if (type.k !== 'int') return INT;
  return type.bits < 32 ? INT : type;
}

export function alignOf(type: CType): number {
  switch (type.k) {
    case 'int':
    case 'float':
      return type.bits / 8;
    case 'ptr':
      return 8;
    case 'array':
      return alignOf(type.of);
    case 'record': {
      const natural = Math.max(1, ...(type.fields ?? []).map((field) => alignOf(field.type)));
      return type.pack ? Math.min(type.pack, natural) : natural;
    }
    default:
      return 1;
  }
}

/** Bytes of a type; undefined where the translator cannot say it. */
export function sizeOf(type: CType): number | undefined {
  switch (type.k) {
    case 'int':
    case 'float':
      return type.bits / 8;
    case 'ptr':
      return 8;
    case 'array': {
      const size = sizeOf(type.of);
      return size === undefined || type.length === undefined ? undefined : size * type.length;
    }
    case 'record':
      return recordSize(type);
    default:
      return 1;
  }
}

function recordSize(type: RecordType): number | undefined {
  if (!type.fields) return undefined;
  let size = 0;
  for (const { type: field, bits } of type.fields) {
    if (bits !== undefined) return undefined;
    const bytes = sizeOf(field);
    if (bytes === undefined) return undefined;
    const align = Math.min(type.pack ?? 16, alignOf(field));
    if (type.union) size = Math.max(size, bytes);
    else size = Math.ceil(size / align) * align + bytes;
  }
  const align = alignOf(type);
  return Math.ceil(size / align) * align;
}

/** Whether two structures are the same: one that a header has is read once for each file. */
export function sameRecord(a: RecordType, b: RecordType): boolean {
  if (a === b || (a.fields !== undefined && a.fields === b.fields)) return true;
  return !a.api && !b.api && a.name === b.name;
}

export function sameType(a: CType, b: CType): boolean {
  if (a.k === 'int' && b.k === 'int') return a.bits === b.bits && a.signed === b.signed;
  if (a.k === 'record' && b.k === 'record') return sameRecord(a, b);
  if (isPointer(a) && isPointer(b)) return sameType(elementOf(a), elementOf(b));
  return a.k === b.k;
}
