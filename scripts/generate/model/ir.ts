// The intermediate representation: what the generator knows about the headers, as plain data.
// `read/` fills it, `model/` completes it, and `write/` only reads it. Nothing in it refers to clang or to
// TypeScript.

import type { Direction } from '../../../lib/ffi/calls/parameter.ts';
import type { FailureData } from '../../../lib/ffi/errors/failure.ts';
import type { Arch } from '../../../lib/ffi/types/arch.ts';
import type { Bound } from '../../../lib/ffi/types/bound.ts';

export type { Arch, Direction };

/** C's own types, with the widths they have on Windows (`long` is 32 bits everywhere). */
export type BaseName =
  | 'void'
  | 'char'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64';

export type CType =
  | { k: 'base'; name: BaseName }
  /** A typedef (`tag` absent) or a `struct X`, `union X`, `enum X`. */
  | { k: 'name'; name: string; tag?: 'struct' | 'union' | 'enum' }
  | { k: 'ptr'; to: CType }
  | { k: 'const'; of: CType }
  | { k: 'array'; of: CType; length: number }
  | { k: 'fn'; ret: CType; params: IrParam[]; cdecl: boolean }
  /** A record that is declared inside another one; `index` counts them in that record. */
  | { k: 'inline'; index: number };

/** What is known of the memory behind a parameter; the overlays say it, or a rule does. */
export interface ParamFacts {
  /** For pointers only. */
  direction?: Direction;
  /** How much memory there is, where the pointee's size does not say it. */
  bound?: Bound;
  /** The system keeps the memory after the call has returned. */
  kept?: boolean;
  /** Read as a NUL-terminated string. */
  string?: boolean;
  /** A pointer that must not be NULL. */
  required?: boolean;
  /** Memory that the function frees. */
  systemOwned?: boolean;
  /** Pages that the function maps or unmaps. */
  wholePages?: boolean;
}

export interface IrParam {
  name: string;
  type: CType;
  /** Empty until facts.ts has joined the overlays. */
  facts: ParamFacts;
}

export interface IrField {
  /** Empty for an anonymous member, whose fields belong to the record around it. */
  name: string;
  type: CType;
  /** Width of a bit-field. */
  bits?: number;
}

interface Declared {
  name: string;
  /** The file that declares it, without directory and `.h`. */
  file: string;
  /** The module that publishes it; set from data/headers.json or by the file. */
  module: string;
}

export interface IrFunction extends Declared {
  kind: 'function';
  ret: CType;
  params: IrParam[];
  cdecl: boolean;
  /** Architectures whose headers declare it; absent means all. */
  archs?: Arch[];
  /** The DLL that exports it; empty until facts.ts has joined the overlays. */
  dll: string;
  failure: FailureData;
  /** The name that the DLL exports, where it is another. */
  exported?: string;
  /** Why it has no definition, where it has none. */
  leftOut?: string;
}

export interface IrRecord extends Declared {
  kind: 'struct' | 'union';
  /** The tag as C writes it, or '' when only a typedef names the record. */
  tag: string;
  fields: IrField[];
  /** Records declared inside this one, in order; `inline` types index into it. */
  inline: IrRecord[];
  /** False for `struct X;`, whose fields nobody may know. */
  complete: boolean;
  pack?: 1 | 2 | 4 | 8;
  /** How much memory its pointers and its last array have, by lengths that are fields. */
  measured?: Record<string, Bound>;
  /** Field order of an architecture that differs from x64's. */
  byArch?: { ia32?: IrField[] };
}

export interface IrEnum extends Declared {
  kind: 'enum';
  tag: string;
  members: { name: string; value: number }[];
}

export interface IrTypedef extends Declared {
  kind: 'typedef';
  type: CType;
}

export interface IrVariable extends Declared {
  kind: 'variable';
  type: CType;
  /** The sixteen bytes of a GUID, when it is one. */
  guid?: Guid;
}

/** Object-like macros that have a value. */
export interface IrConstant extends Declared {
  kind: 'constant';
  value: ConstantValue;
  /** The macro's text, to write a literal the way the header does. */
  text: string;
}

export type ConstantValue =
  | { k: 'int'; value: bigint /** C's type. */; type: IntClass; pointerSized?: boolean }
  | { k: 'string'; value: string; wide: boolean }
  | { k: 'guid'; value: Guid };

export type IntClass = 'i32' | 'u32' | 'i64' | 'u64' | 'pointer';

export type Guid = [number, number, number, number[]];

/** A macro or typedef that is another name for something declared (`WSAEVENT` for `HANDLE`). */
export interface IrAlias extends Declared {
  kind: 'alias';
  target: string;
}

/** Macros and functions that are code, not data: lib/api writes them by hand. */
export interface IrCode extends Declared {
  kind: 'macro' | 'inline';
  params: string[];
  text: string;
}

/** A declaration that the generator cannot express. */
export interface IrRefused extends Declared {
  kind: 'refused';
  reason: string;
}

export type IrItem =
  | IrRefused
  | IrFunction
  | IrRecord
  | IrEnum
  | IrTypedef
  | IrVariable
  | IrConstant
  | IrAlias
  | IrCode;

export interface Ir {
  /** In the order in which the compiler saw them. */
  items: IrItem[];
}

/** Whether an item is a struct or a union. */
export function isRecord(item: IrItem): item is IrRecord {
  return item.kind === 'struct' || item.kind === 'union';
}
