// Which `#pragma pack` a record was declared under. clang's tree only says that there was one, so
// the record is laid out under each, and the one that gives the compiler's own layout is it. The
// rules of layout are lib/ffi's: the generated definitions are laid out by the same code.

import {
  anon,
  array,
  bits,
  char,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  intptr,
  offsetof,
  pvoid,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
  uintptr,
  union,
  void_,
  wchar,
} from '../../../lib/ffi/index.ts';
import type { AnyCType, Fields, IntegerType, RecordType } from '../../../lib/ffi/types/ctype.ts';
import type { Layouts } from '../read/probe.ts';
import { unconst } from './ctype.ts';
import type { CType, IrField, IrRecord } from './ir.ts';
import type { Names, Scalar } from './resolve.ts';

const PACKS = [undefined, 8, 4, 2, 1] as const;
type Pack = (typeof PACKS)[number];

const SCALARS: Record<Scalar, AnyCType> = {
  void: void_,
  char,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  wchar,
  intptr,
  uintptr,
};

/** An integer of a size, which is all that the layout of a bit-field asks for. */
function ofBytes(size: number): IntegerType | IntegerType<bigint> {
  return [uint8, uint16, uint32, uint64].find((type) => type.sizeOf('x64') === size) ?? uint32;
}

/** Sets `pack` of every record that needs one. Throws where no pack gives the compiler's layout. */
export function findPacks(records: IrRecord[], layouts: Layouts, names: Names): void {
  const packs = new Packs(layouts, names);
  for (const record of records) {
    const pack = record.complete ? packs.of(record) : undefined;
    if (pack !== undefined) setPack(record, pack);
  }
}

/** A pragma covers the records inside a record too. */
function setPack(record: IrRecord, pack: 1 | 2 | 4 | 8): void {
  record.pack = pack;
  for (const inner of record.inline) setPack(inner, pack);
}

class Packs {
  readonly #layouts: Layouts;
  readonly #names: Names;
  readonly #types = new Map<IrRecord, { pack: Pack; type: RecordType }>();

  constructor(layouts: Layouts, names: Names) {
    this.#layouts = layouts;
    this.#names = names;
  }

  of(record: IrRecord): Pack {
    return this.#known(record).pack;
  }

  #known(record: IrRecord): { pack: Pack; type: RecordType } {
    let known = this.#types.get(record);
    if (!known) {
      const tried = PACKS.map((pack) => ({ pack, type: this.#define(record, pack) }));
      known = tried.find(({ type }) => this.#fits(record, type));
      if (!known) throw new Error(`${record.name}: no packing gives the compiler's layout`);
      this.#types.set(record, known);
    }
    return known;
  }

  #fits(record: IrRecord, type: RecordType): boolean {
    return [...this.#layouts].every(([arch, layouts]) => {
      const compiler = layouts.get(record.name);
      if (!compiler) return true;
      const { size, align } = type.layoutFor(arch);
      return (
        size === compiler.size &&
        align === compiler.align &&
        Object.entries(compiler.fields).every(
          ([path, [offset]]) => offsetof(type, path, arch) === offset,
        )
      );
    });
  }

  #define(record: IrRecord, pack: Pack): RecordType {
    const make = record.kind === 'union' ? union : struct;
    const fields = (list: readonly IrField[]) => () => this.#fields(record, list, pack);
    const ia32 = record.byArch?.ia32;
    return make(record.name, fields(record.fields), {
      ...(pack && { pack }),
      ...(ia32 && { byArch: { ia32: fields(ia32) } }),
    });
  }

  #fields(record: IrRecord, list: readonly IrField[], pack: Pack): Fields {
    return Object.fromEntries(
      list.map((field, index) => {
        const name = field.name || `$${index}`;
        const type = this.#typeOf(field.type, record, pack);
        if (field.bits !== undefined) {
          return [name, bits(ofBytes(type.sizeOf('x64')), field.bits)];
        }
        return [name, type.kind === 'record' && !field.name ? anon(type) : type];
      }),
    );
  }

  #typeOf(type: CType, record: IrRecord, pack: Pack): AnyCType {
    const resolved = this.#names.resolve(unconst(type));
    switch (resolved.k) {
      case 'scalar':
        return SCALARS[resolved.base];
      case 'enum':
        return int32;
      case 'array':
        return array(this.#typeOf(resolved.of, record, pack), resolved.length);
      case 'inline':
        return this.#define(record.inline[resolved.index] as IrRecord, pack);
      case 'record':
        return this.#known(resolved.item).type;
      default:
        return pvoid;
    }
  }
}
