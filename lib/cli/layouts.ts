import { ARCHITECTURES, type Arch } from '../ffi/types/arch.ts';
import type { AnyCType, RecordType } from '../ffi/types/ctype.ts';
import type { FieldItem } from './data.ts';

export interface FieldData {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  /** The first bit of a bit-field, and how many it has. */
  readonly bit?: number;
  readonly bits?: number;
}

export interface LayoutData {
  readonly size: number;
  readonly align: number;
  readonly fields: readonly FieldData[];
}

function isType(value: unknown): value is AnyCType {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    ? 'kind' in value && 'sizeOf' in value
    : false;
}

/** The record of a name that is one, or points to one. */
export function recordOf(value: unknown): RecordType | undefined {
  if (!isType(value)) return undefined;
  if (value.kind === 'record') return value;
  return value.kind === 'pointer' ? recordOf(value.target) : undefined;
}

/** The fields of a record; records inside that have no name of their own are shown by their fields. */
function fieldsOf(type: RecordType, arch: Arch, known: ReadonlySet<string>): FieldData[] {
  return type.layoutFor(arch).fields.flatMap((field) => {
    const plain = { name: field.name, offset: field.offset, size: field.type.sizeOf(arch) };
    if (field.bit !== undefined && field.type.kind === 'bits') {
      const { base, bits } = field.type;
      return [{ ...plain, type: `${base.name} : ${bits}`, bit: field.bit, bits }];
    }
    if (field.type.kind !== 'record' || known.has(field.type.name)) {
      return [{ ...plain, type: field.type.name }];
    }
    const inner = field.type;
    const members = fieldsOf(inner, arch, known).map((one) => ({
      ...one,
      name: `${field.name}.${one.name}`,
      offset: field.offset + one.offset,
    }));
    return [{ ...plain, type: inner.isUnion ? 'union' : 'struct' }, ...members];
  });
}

/** The architectures that lay a record out alike, together. */
export function groups(layouts: Record<Arch, LayoutData>): [archs: Arch[], layout: LayoutData][] {
  const found = new Map<string, [Arch[], LayoutData]>();
  for (const arch of ARCHITECTURES) {
    const key = JSON.stringify(layouts[arch]);
    const group = found.get(key);
    if (group) group[0].push(arch);
    else found.set(key, [[arch], layouts[arch]]);
  }
  return [...found.values()];
}

/** How every architecture lays a record out. */
export function layoutsOf(type: RecordType, known: ReadonlySet<string>): Record<Arch, LayoutData> {
  const layoutFor = (arch: Arch): LayoutData => {
    const { size, align } = type.layoutFor(arch);
    return { size, align, fields: fieldsOf(type, arch, known) };
  };
  return { x64: layoutFor('x64'), arm64: layoutFor('arm64'), ia32: layoutFor('ia32') };
}

/** What is said of the fields of a record, by their names as a layout has them. */
export function textsOf(fields: readonly FieldItem[], prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name = '', text, fields: inner } of fields) {
    if (text !== undefined) texts.set(prefix + name, text);
    if (!inner) continue;
    // Those of an unnamed member are fields of the record around it.
    for (const entry of textsOf(inner, name ? `${prefix}${name}.` : prefix)) texts.set(...entry);
  }
  return texts;
}
