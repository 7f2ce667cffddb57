// Which `#pragma pack` a record was declared under. clang's tree only says that there was one, so
// the record is laid out under each, and the one that gives the compiler's own layout is it.

import type { Layout } from '../read/probe.ts';
import { unconst } from './ctype.ts';
import type { Arch, CType, IrField, IrRecord } from './ir.ts';
import type { Names } from './resolve.ts';

const PACKS = [undefined, 8, 4, 2, 1] as const;
type Pack = (typeof PACKS)[number];

const SIZES: Record<string, number> = {
  char: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  wchar: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
};

interface Extent {
  size: number;
  align: number;
}

/** Sets `pack` of every record that needs one. Throws where no pack gives the compiler's layout. */
export function findPacks(
  records: IrRecord[],
  layouts: Map<Arch, Map<string, Layout>>,
  names: Names,
): void {
  for (const record of records) {
    if (!record.complete) continue;
    const found = PACKS.find((pack) => fits(record, pack, layouts, names));
    const natural = fits(record, undefined, layouts, names);
    if (found !== undefined && !natural) setPack(record, found);
    else if (!natural) {
      throw new Error(`${record.name}: no packing gives the compiler's layout`);
    }
  }
}

/** A pragma covers the records inside a record too. */
function setPack(record: IrRecord, pack: 1 | 2 | 4 | 8): void {
  record.pack = pack;
  for (const inner of record.inline) setPack(inner, pack);
}

function fits(
  record: IrRecord,
  pack: Pack,
  layouts: Map<Arch, Map<string, Layout>>,
  names: Names,
): boolean {
  for (const [arch, known] of layouts) {
    const compiler = known.get(record.name);
    if (!compiler) continue;
    const offsets = new Map<string, number>();
    const { size, align } = extentOfRecord(record, pack, arch, names, known, offsets);
    if (size !== compiler.size || align !== compiler.align) return false;
    for (const [path, offset] of offsets) {
      if (compiler.fields[path] && compiler.fields[path][0] !== offset) return false;
    }
  }
  return true;
}

function extentOfRecord(
  record: IrRecord,
  pack: Pack,
  arch: Arch,
  names: Names,
  known: Map<string, Layout>,
  offsets: Map<string, number>,
  prefix = '',
  base = 0,
): Extent {
  const isUnion = record.kind === 'union';
  let end = 0;
  let align = 1;
  let unit = { size: 0, used: 0 };
  const fields = (arch === 'ia32' && record.byArch?.ia32) || record.fields;
  for (const field of fields) {
    const own = extentOf(field.type, record, pack, arch, names, known);
    const alignment = pack ? Math.min(own.align, pack) : own.align;
    align = Math.max(align, alignment);
    if (field.bits !== undefined && !isUnion) {
      const shares = unit.size === own.size && unit.used + field.bits <= own.size * 8;
      if (!shares) {
        end = roundUp(end, alignment) + own.size;
        unit = { size: own.size, used: 0 };
      }
      unit.used += field.bits;
      continue;
    }
    unit = { size: 0, used: 0 };
    const offset = isUnion ? 0 : roundUp(end, alignment);
    note(field, record, pack, arch, names, known, offsets, prefix, base + offset);
    end = isUnion ? Math.max(end, own.size) : offset + own.size;
  }
  return { size: roundUp(end, align), align };
}

/** Records the offset of a field, and of the fields of an unnamed record that it is made of. */
function note(
  field: IrField,
  record: IrRecord,
  pack: Pack,
  arch: Arch,
  names: Names,
  known: Map<string, Layout>,
  offsets: Map<string, number>,
  prefix: string,
  offset: number,
): void {
  if (field.name) offsets.set(prefix + field.name, offset);
  const type = unconst(field.type);
  if (type.k !== 'inline') return;
  const inner = record.inline[type.index] as IrRecord;
  const path = field.name ? `${prefix}${field.name}.` : prefix;
  extentOfRecord(inner, pack, arch, names, known, offsets, path, offset);
}

function extentOf(
  type: CType,
  record: IrRecord,
  pack: Pack,
  arch: Arch,
  names: Names,
  known: Map<string, Layout>,
): Extent {
  const pointer = arch === 'ia32' ? 4 : 8;
  const resolved = names.resolve(type);
  switch (resolved.k) {
    case 'scalar': {
      const isPointerSized = resolved.base === 'intptr' || resolved.base === 'uintptr';
      const size = isPointerSized ? pointer : (SIZES[resolved.base] ?? 0);
      return { size, align: size };
    }
    case 'enum':
      return { size: 4, align: 4 };
    case 'array': {
      const element = extentOf(resolved.of, record, pack, arch, names, known);
      return { size: element.size * resolved.length, align: element.align };
    }
    case 'inline': {
      const inner = record.inline[resolved.index] as IrRecord;
      return extentOfRecord(inner, pack, arch, names, known, new Map());
    }
    case 'record': {
      const layout = known.get(resolved.item.name);
      if (layout) return layout;
      return extentOfRecord(resolved.item, resolved.item.pack, arch, names, known, new Map());
    }
    default:
      return { size: pointer, align: pointer };
  }
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
