import { type Arch, hostArch } from './arch.ts';
import type { CType } from './ctype.ts';
import { type IntegerType, integerBytes } from './scalars.ts';

/** A bit-field: some bits of an integer. */
export interface BitsType extends CType<number> {
  readonly kind: 'bits';
  readonly base: IntegerType<number | bigint>;
  readonly bits: number;
}

/** An unnamed member: its fields count as fields of the record around it. */
export interface AnonymousType extends CType<never> {
  readonly kind: 'anonymous';
  readonly record: RecordShape;
}

export type Fields = Readonly<Record<string, CType<never> | CType<unknown>>>;

export interface RecordOptions {
  /** As #pragma pack. */
  readonly pack?: 1 | 2 | 4 | 8;
  /** As __declspec(align). */
  readonly align?: number;
  /** Other names of fields, as C headers define them by macro: { s_addr: 'S_un.S_addr' }. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Only the beginning of other records, some of which are shorter than this one. */
  readonly openEnded?: boolean;
  /** Pointers, and which field says how many bytes are there: { buf: 'len' }. */
  readonly measured?: Readonly<Record<string, string>>;
  /** What a record is printed as in place of its fields; undefined where its bytes are none. */
  readonly text?: (bytes: Uint8Array) => string | undefined;
  /** Fields where an architecture has others, or another order. */
  readonly byArch?: Readonly<Partial<Record<Arch, () => Fields>>>;
}

/** What the layout rules need to know of a record. */
export interface RecordShape {
  readonly name: string;
  readonly isUnion: boolean;
  readonly options: RecordOptions;
  fieldsOf(arch: Arch): Fields;
  layoutFor(arch: Arch): Layout;
}

export interface FieldLayout {
  readonly name: string;
  readonly type: CType<unknown>;
  readonly offset: number;
  /** Of a bit-field: its first bit in the integer at `offset`. */
  readonly bit?: number;
}

export interface Layout {
  readonly size: number;
  readonly align: number;
  /** In order of declaration, those of anonymous members in their place. */
  readonly fields: readonly FieldLayout[];
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/**
 * Lays a record out as the Windows compilers do: natural alignment, capped by `pack`; a union's
 * members at 0; neighbouring bit-fields share an integer only where their types have the same size
 * and the bits fit.
 */
export function computeLayout(shape: RecordShape, arch: Arch): Layout {
  const { pack, align: forced } = shape.options;
  const fields: FieldLayout[] = [];
  let end = 0;
  let align = 1;
  let unit: { bytes: number; offset: number; used: number } | undefined;

  for (const [name, type] of Object.entries(shape.fieldsOf(arch)) as [string, CType<unknown>][]) {
    const natural = type.alignOf(arch);
    const alignment = pack ? Math.min(natural, pack) : natural;
    align = Math.max(align, alignment);
    const size = type.sizeOf(arch);

    if (type.kind === 'bits') {
      const { base, bits } = type as BitsType;
      const bytes = integerBytes(base, arch);
      const start = shape.isUnion ? 0 : roundUp(end, alignment);
      if (!unit || unit.bytes !== bytes || unit.used + bits > bytes * 8 || shape.isUnion) {
        unit = { bytes, offset: start, used: 0 };
        end = shape.isUnion ? Math.max(end, bytes) : start + bytes;
      }
      fields.push({ name, type, offset: unit.offset, bit: unit.used });
      unit.used += bits;
      continue;
    }

    unit = undefined;
    const offset = shape.isUnion ? 0 : roundUp(end, alignment);
    end = shape.isUnion ? Math.max(end, size) : offset + size;
    if (type.kind === 'anonymous') {
      for (const inner of (type as AnonymousType).record.layoutFor(arch).fields) {
        fields.push({ ...inner, offset: offset + inner.offset });
      }
    } else {
      fields.push({ name, type, offset });
    }
  }
  if (forced) align = Math.max(align, forced);
  return { size: roundUp(end, align), align, fields };
}

/** Finds `a.b.c` in a layout. */
export function fieldAt(shape: RecordShape, path: string, arch: Arch = hostArch): FieldLayout {
  let layout = shape.layoutFor(arch);
  let offset = 0;
  let found: FieldLayout | undefined;
  for (const name of path.split('.')) {
    found = layout.fields.find((field) => field.name === name);
    if (!found) {
      const alias = shape.options.aliases?.[name];
      if (alias !== undefined && path === name) return fieldAt(shape, alias, arch);
      throw new TypeError(`${shape.name} has no field ${path}`);
    }
    offset += found.offset;
    if (found.type.kind === 'record')
      layout = (found.type as unknown as RecordShape).layoutFor(arch);
  }
  return { ...found!, offset };
}
