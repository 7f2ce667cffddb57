// Questions about C types: what a typedef comes down to, and whether something is a handle, a
// string or a callback. Pointers to void and integers of pointer size have no width of their own
// in the IR (they are read on x64), so they are recognised by name here.

import { functionOf, unconst } from './ctype.ts';
import {
  type BaseName,
  type CType,
  type IrEnum,
  type IrItem,
  type IrRecord,
  type IrTypedef,
  isRecord,
} from './ir.ts';

export type Scalar = BaseName | 'wchar' | 'intptr' | 'uintptr';

/** Typedefs whose width is the pointer's. */
const POINTER_SIZED: Record<string, 'intptr' | 'uintptr'> = {
  INT_PTR: 'intptr',
  LONG_PTR: 'intptr',
  SSIZE_T: 'intptr',
  intptr_t: 'intptr',
  ptrdiff_t: 'intptr',
  UINT_PTR: 'uintptr',
  ULONG_PTR: 'uintptr',
  DWORD_PTR: 'uintptr',
  SIZE_T: 'uintptr',
  size_t: 'uintptr',
  uintptr_t: 'uintptr',
};

/** Names that C spells differently from Windows' own documentation. */
const CANONICAL: Record<string, string> = { WINBOOL: 'BOOL', size_t: 'SIZE_T', wchar_t: 'WCHAR' };

/** A name as the documentation of Windows spells it. */
export function canonical(name: string): string {
  return CANONICAL[name] ?? name;
}

const CHARACTERS: Record<string, Scalar> = { WCHAR: 'wchar', wchar_t: 'wchar', CHAR: 'char' };

export type Resolved =
  | { k: 'scalar'; base: Scalar }
  | { k: 'handle'; name: string }
  | { k: 'enum'; item: IrEnum }
  | { k: 'record'; item: IrRecord }
  | { k: 'callback'; item: IrTypedef }
  | { k: 'ptr'; to: CType; isConst: boolean }
  | { k: 'array'; of: CType; length: number }
  | { k: 'fn' }
  | { k: 'inline'; index: number };

export class Names {
  readonly #plain = new Map<string, IrItem>();
  readonly #tags = new Map<string, IrRecord | IrEnum>();
  readonly #handles: Record<string, string>;

  constructor(items: IrItem[], handles: Record<string, string>) {
    this.#handles = handles;
    for (const item of items) {
      if (!this.#plain.has(item.name)) this.#plain.set(item.name, item);
      if ('tag' in item && item.tag) this.#tags.set(item.tag, item);
    }
  }

  find(name: string, tag?: string): IrItem | undefined {
    // clang spells a tagless record by the typedef that names it, as if that were its tag.
    return (tag ? this.#tags.get(name) : undefined) ?? this.#plain.get(name);
  }

  /** The value of a constant that is an integer. */
  valueOf(name: string): bigint {
    const item = this.#plain.get(name);
    if (item?.kind === 'constant' && item.value.k === 'int') return item.value.value;
    throw new Error(`no header has the number ${name}`);
  }

  /** Whether nobody can look into what a pointer points to: void, and records no header declares. */
  isOpaque(to: CType): boolean {
    const plain = unconst(to);
    if (plain.k === 'base') return plain.name === 'void';
    const resolved = this.resolve(plain);
    if (resolved.k === 'scalar') return resolved.base === 'void';
    return resolved.k === 'record' && !resolved.item.complete;
  }

  /** What a pointer to characters points to; undefined for every other type. */
  characterOf(type: CType): 'char' | 'wchar' | undefined {
    const resolved = this.resolve(type);
    if (resolved.k !== 'ptr' || this.isOpaque(resolved.to)) return undefined;
    const pointee = this.resolve(resolved.to);
    if (pointee.k !== 'scalar') return undefined;
    return pointee.base === 'char' || pointee.base === 'wchar' ? pointee.base : undefined;
  }

  isHandle(name: string): boolean {
    if (name in this.#handles) return true;
    const item = this.#plain.get(name);
    if (item?.kind !== 'typedef') return false;
    const type = unconst(item.type);
    if (type.k !== 'ptr') return type.k === 'name' && !type.tag && this.isHandle(type.name);
    const to = unconst(type.to);
    // DECLARE_HANDLE(X) makes `struct X__`; other handles point to a record nobody declares.
    if (to.k !== 'name' || !to.tag) return false;
    const record = this.find(to.name, to.tag);
    return (
      to.name === `${name}__` || (record !== undefined && 'complete' in record && !record.complete)
    );
  }

  /** The handle type that a typedef is only another name for, as HMODULE is for HINSTANCE. */
  handleBehind({ name, type }: IrTypedef): string | undefined {
    const plain = unconst(type);
    if (name in this.#handles || plain.k !== 'name' || plain.tag) return undefined;
    return this.isHandle(plain.name) ? plain.name : undefined;
  }

  /** Follows typedefs down to what the type is. */
  resolve(type: CType): Resolved {
    const plain = unconst(type);
    switch (plain.k) {
      case 'base':
        return { k: 'scalar', base: plain.name };
      case 'ptr': {
        if (functionOf(plain)) return { k: 'fn' };
        return { k: 'ptr', to: unconst(plain.to), isConst: this.#isConst(plain.to) };
      }
      case 'array':
      case 'inline':
        return plain;
      case 'fn':
        return { k: 'fn' };
      case 'name':
        return this.#resolveName(plain.name, plain.tag);
      default:
        throw new Error('unreachable');
    }
  }

  #isConst(type: CType): boolean {
    return type.k === 'const';
  }

  #resolveName(name: string, tag?: string): Resolved {
    const sized = tag ? undefined : (POINTER_SIZED[name] ?? CHARACTERS[name]);
    if (sized) return { k: 'scalar', base: sized };
    // `PULONG_PTR` is declared beside ULONG_PTR, and so points to an integer of x64's width here.
    if (!tag && name.startsWith('P') && name.slice(1) in POINTER_SIZED) {
      return { k: 'ptr', to: { k: 'name', name: name.slice(1) }, isConst: false };
    }
    if (!tag && this.isHandle(name)) return { k: 'handle', name };
    const item = this.find(name, tag);
    if (!item) throw new Error(`nothing declares '${tag ? `${tag} ` : ''}${name}'`);
    if (isRecord(item)) return { k: 'record', item };
    if (item.kind === 'enum') return { k: 'enum', item };
    if (item.kind !== 'typedef') throw new Error(`'${name}' is not a type`);
    const target = unconst(item.type);
    // `typedef X_FN *LPX` of a function type, and `typedef LPX LPY`, are callbacks under both names.
    if (this.callbackOf(item)) return { k: 'callback', item };
    if (target.k === 'name') {
      const inner = this.resolve(target);
      return inner.k === 'handle' && this.isHandle(name) ? { k: 'handle', name } : inner;
    }
    return this.resolve(target);
  }

  /** Whether a typedef spells a function type out, rather than naming another typedef of one. */
  spellsOut(item: IrTypedef): boolean {
    return functionOf(item.type) !== undefined;
  }

  /** The function type behind a typedef, through typedefs and one pointer. */
  callbackOf(item: IrTypedef): Extract<CType, { k: 'fn' }> | undefined {
    const type = unconst(item.type);
    const direct = functionOf(type);
    if (direct) return direct;
    const inner = type.k === 'ptr' ? unconst(type.to) : type;
    if (inner.k !== 'name' || inner.tag) return undefined;
    const next = this.#plain.get(inner.name);
    return next?.kind === 'typedef' && next !== item ? this.callbackOf(next) : undefined;
  }
}
