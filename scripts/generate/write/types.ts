// C types → expressions in the vocabulary of lib/ffi, and the TypeScript types beside them.

import { type Bound, type BoundOptions, countsElements } from '../../../lib/ffi/types/bound.ts';
import { unconst } from '../model/ctype.ts';
import { isCharacter } from '../model/facts.ts';
import type { CType, IrParam, IrRecord, ParamFacts } from '../model/ir.ts';
import type { Names, Scalar } from '../model/resolve.ts';
import { OPEN_ENDED } from '../overlays/records.ts';

/** Collects what a module uses while its text is written. */
export interface Scope {
  names: Names;
  /** A name of lib/ffi. */
  ffi(name: string): string;
  /** A published name, imported where another module has it. */
  use(name: string): string;
}

const INTEGERS: Record<string, string> = { int32: 'int', void: 'void_' };

function scalarName(base: Scalar, scope: Scope): string {
  return scope.ffi(INTEGERS[base] ?? base);
}

/** The descriptor of a type, as a field, a pointee or a parameter has it. */
export function descriptor(type: CType, scope: Scope, record?: IrRecord): string {
  const plain = unconst(type);
  const resolved = scope.names.resolve(plain);
  switch (resolved.k) {
    case 'scalar':
      return plain.k === 'name' ? scope.use(plain.name) : scalarName(resolved.base, scope);
    case 'handle':
      return scope.use(resolved.name);
    case 'enum':
      return resolved.item.name ? scope.use(resolved.item.name) : scope.ffi('int');
    case 'record':
      return scope.use(resolved.item.name);
    case 'callback':
      return scope.use(resolved.item.name);
    case 'fn':
      return scope.ffi('pvoid');
    case 'inline':
      if (!record) throw new Error('an unnamed record outside of a record');
      return (record.inline[resolved.index] as IrRecord).name;
    case 'array':
      return `${scope.ffi('array')}(${descriptor(resolved.of, scope, record)}, ${resolved.length})`;
    case 'ptr':
      return pointerDescriptor(resolved.to, scope, record);
  }
}

function pointerDescriptor(to: CType, scope: Scope, record?: IrRecord): string {
  if (scope.names.isOpaque(to)) return scope.ffi('pvoid');
  return `${scope.ffi('ptr')}(${descriptor(to, scope, record)})`;
}

/** `char *` and `WCHAR *` that are strings; undefined for anything else. */
export function stringDescriptor(type: CType, scope: Scope): 'cstring' | 'wstring' | undefined {
  const character = scope.names.characterOf(type);
  return character && (character === 'char' ? 'cstring' : 'wstring');
}

/** The type of a value when it is read: of a result, a field, or what a callback is given. */
export function valueType(type: CType, scope: Scope, asString: boolean, record?: IrRecord): string {
  const plain = unconst(type);
  const resolved = scope.names.resolve(plain);
  switch (resolved.k) {
    case 'scalar':
      if (resolved.base === 'void') return 'void';
      return /64$/.test(resolved.base) && resolved.base.includes('int') ? 'bigint' : 'number';
    case 'handle':
    case 'record':
      return descriptor(plain, scope);
    case 'enum':
      return resolved.item.name ? scope.use(resolved.item.name) : 'number';
    case 'callback':
      return `${scope.ffi('Pointer')}<${scope.use(resolved.item.name)}>`;
    case 'fn':
      return scope.ffi('Pointer');
    case 'inline':
      return descriptor(plain, scope, record);
    case 'array':
      return arrayType(resolved.of, scope, record);
    case 'ptr': {
      if (scope.names.isOpaque(resolved.to)) return scope.ffi('Pointer');
      if (asString && stringDescriptor(plain, scope)) return 'string | null';
      const pointee = scope.names.resolve(resolved.to);
      const inner = valueType(resolved.to, scope, true, record);
      if (pointee.k === 'record' || pointee.k === 'inline') return `${inner} | null`;
      return `${scope.ffi('Pointer')}<${inner}>`;
    }
  }
}

const ARRAYS: Partial<Record<Scalar, string>> = {
  char: 'CharArray',
  wchar: 'WideCharArray',
  uint8: 'Uint8Array',
  int8: 'Int8Array',
  int16: 'Int16Array',
  uint16: 'Uint16Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
};

function arrayType(of: CType, scope: Scope, record?: IrRecord): string {
  const element = scope.names.resolve(of);
  const known = element.k === 'scalar' ? ARRAYS[element.base] : undefined;
  if (known) return known.startsWith('Char') || known.startsWith('Wide') ? scope.ffi(known) : known;
  if (element.k === 'enum') return 'Int32Array';
  return `${scope.ffi('CArray')}<${valueType(of, scope, true, record)}>`;
}

/** The type of a function's parameter: what a caller may give. */
export function argumentType(type: CType, facts: ParamFacts, scope: Scope): string {
  const plain = unconst(type);
  const resolved = scope.names.resolve(plain);
  switch (resolved.k) {
    case 'scalar':
      return /^u?int64$/.test(resolved.base) ? 'bigint | number' : 'number';
    case 'callback':
      return `${scope.ffi('CallbackArg')}<${scope.use(resolved.item.name)}>`;
    case 'ptr': {
      if (scope.names.isOpaque(resolved.to)) return scope.ffi('BufferArg');
      const pointee = scope.names.resolve(resolved.to);
      if (isCharacter(pointee)) return scope.ffi(facts.string ? 'StringArg' : 'BufferArg');
      if (pointee.k === 'record') {
        const name = scope.use(pointee.item.name);
        if (pointee.item.name in OPEN_ENDED) return scope.ffi('BufferArg');
        const record = `${scope.ffi('StructArg')}<${name}>`;
        // Where the length is in bytes the record is the beginning of them, and memory stands for it.
        return isOfBytes(facts.bound) ? `${record} | ${scope.ffi('BufferArg')}` : record;
      }
      if (pointee.k === 'scalar' && /^u?int8$/.test(pointee.base)) return scope.ffi('BufferArg');
      return `${scope.ffi('ScalarArg')}<${valueType(resolved.to, scope, true)}>`;
    }
    default:
      return valueType(plain, scope, false);
  }
}

function isOfBytes(bound: Bound | undefined): boolean {
  return bound !== undefined && !countsElements(bound);
}

/** A bound in the words of lib/ffi. */
export function boundText(bound: Bound, scope: Scope): string {
  const kind = scope.ffi(bound.kind);
  switch (bound.kind) {
    case 'opaque':
      return kind;
    case 'untilZero': {
      const { zeros, size } = bound;
      return `${kind}(${size ? `${zeros}, ${size}` : zeros > 1 ? zeros : ''})`;
    }
    case 'minBytes':
      return `${kind}(${bound.least})`;
    case 'bytesSum':
      return `${kind}(${bound.parameters.map((name) => `'${name}'`).join(', ')})`;
    case 'bytesBy': {
      const sizes = Object.entries(bound.sizes).map(([value, size]) => `${value}: ${size}`);
      return `${kind}('${bound.parameter}', { ${sizes.join(', ')} })`;
    }
    case 'byFlags': {
      const either = `${boundText(bound.set, scope)}, ${boundText(bound.clear, scope)}`;
      return `${kind}('${bound.parameter}', 0x${bound.flags.toString(16)}, ${either})`;
    }
    default:
      return `${kind}('${bound.parameter}'${optionsText(bound)})`;
  }
}

function optionsText({ plus, orText, orNull }: BoundOptions): string {
  const options = [plus && `plus: ${plus}`, orText && 'orText: true', orNull && 'orNull: true'];
  const given = options.filter(Boolean);
  return given.length > 0 ? `, { ${given.join(', ')} }` : '';
}

/** `p('name', type, direction, bound, kept, required)`. */
export function parameter({ name, type, facts }: IrParam, scope: Scope): string {
  const text = facts.string ? stringDescriptor(type, scope) : undefined;
  const parts = [`'${name}'`, text ? scope.ffi(text) : descriptor(type, scope)];
  if (facts.direction && !text) parts.push(`'${facts.direction}'`);
  if (facts.bound) parts.push(boundText(facts.bound, scope));
  if (facts.kept) parts.push(scope.ffi('kept'));
  if (facts.required) parts.push(scope.ffi('required'));
  if (facts.systemOwned) parts.push(scope.ffi('systemOwned'));
  if (facts.wholePages) parts.push(scope.ffi('wholePages'));
  return `${scope.ffi('p')}(${parts.join(', ')})`;
}
