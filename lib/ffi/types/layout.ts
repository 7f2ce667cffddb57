import { type Arch, hostArch } from './arch.ts';
import type { FieldLayout, Layout, RecordShape } from './ctype.ts';
import { integerBytes } from './scalars.ts';

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

  for (const [name, type] of Object.entries(shape.fieldsOf(arch))) {
    const natural = type.alignOf(arch);
    const alignment = pack ? Math.min(natural, pack) : natural;
    align = Math.max(align, alignment);
    const size = type.sizeOf(arch);

    if (type.kind === 'bits') {
      const { base, bits } = type;
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
      for (const inner of type.record.layoutFor(arch).fields) {
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
    if (found.type.kind === 'record') layout = found.type.layoutFor(arch);
  }
  return { ...found!, offset };
}
