import { ARCHITECTURES, type Arch } from '../ffi/arch.ts';
import type { CType } from '../ffi/ctype.ts';
import type { BitsType } from '../ffi/layout.ts';
import type { PointerType } from '../ffi/pointer.ts';
import type { RecordType } from '../ffi/record.ts';
import { everything, headerName, published, readHeaders } from './data.ts';
import { type Answer, list, notFound, table } from './output.ts';

interface FieldData {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  /** Of a bit-field: its first bit and how many it has. */
  readonly bit?: number;
  readonly bits?: number;
}

interface LayoutData {
  readonly size: number;
  readonly align: number;
  readonly fields: readonly FieldData[];
}

function isType(value: unknown): value is CType<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null
    ? 'kind' in value && 'sizeOf' in value
    : false;
}

/** The record of a name that is one, or points to one. */
function recordOf(value: unknown): RecordType | undefined {
  if (!isType(value)) return undefined;
  if (value.kind === 'record') return value as unknown as RecordType;
  return value.kind === 'pointer' ? recordOf((value as PointerType<unknown>).target) : undefined;
}

/** The fields of a record; records inside that have no name of their own are shown by their fields. */
function fieldsOf(type: RecordType, arch: Arch, known: ReadonlySet<string>): FieldData[] {
  return type.layoutFor(arch).fields.flatMap((field) => {
    const plain = { name: field.name, offset: field.offset, size: field.type.sizeOf(arch) };
    if (field.bit !== undefined) {
      const { base, bits } = field.type as unknown as BitsType;
      return [{ ...plain, type: `${base.name} : ${bits}`, bit: field.bit, bits }];
    }
    if (field.type.kind !== 'record' || known.has(field.type.name)) {
      return [{ ...plain, type: field.type.name }];
    }
    const inner = field.type as unknown as RecordType;
    const members = fieldsOf(inner, arch, known).map((one) => ({
      ...one,
      name: `${field.name}.${one.name}`,
      offset: field.offset + one.offset,
    }));
    return [{ ...plain, type: inner.isUnion ? 'union' : 'struct' }, ...members];
  });
}

/** The architectures that lay a record out alike, together. */
function groups(layouts: Record<Arch, LayoutData>): [archs: Arch[], layout: LayoutData][] {
  const found = new Map<string, [Arch[], LayoutData]>();
  for (const arch of ARCHITECTURES) {
    const key = JSON.stringify(layouts[arch]);
    const group = found.get(key);
    if (group) group[0].push(arch);
    else found.set(key, [[arch], layouts[arch]]);
  }
  return [...found.values()];
}

function show(archs: readonly Arch[], { size, align, fields }: LayoutData): string {
  const title = `${archs.join(', ')}: ${size} bytes, aligned to ${align}`;
  const rows = fields.map(({ name, type, offset, size: bytes, bit, bits }) => [
    offset,
    bit === undefined ? bytes : `bit ${bit}${bits! > 1 ? `–${bit + bits! - 1}` : ''}`,
    type,
    name,
  ]);
  return `${title}\n\n${table(['offset', 'size', 'type', 'field'], rows)}`;
}

/** Fields, offsets and sizes of a structure on every architecture. */
export async function structure(wanted: string): Promise<Answer> {
  const name = wanted.replace(/^(struct|union)\s+/, '');
  const found = await published(name);
  const type = recordOf(found?.value);
  if (!found || !type) {
    const all = await everything();
    const records = all.filter(({ value }) => recordOf(value)).map(({ name: one }) => one);
    throw notFound('structure', name, new Set(records));
  }
  const [header, item] =
    readHeaders()
      .flatMap(([at, items]) => items.map((one) => [at, one] as const))
      .find(([, one]) => one.name === type.name && /^(struct|union)$/.test(one.kind)) ?? [];
  const known = new Set((await everything()).map(({ name: one }) => one));
  const layoutFor = (arch: Arch): LayoutData => {
    const { size, align } = type.layoutFor(arch);
    return { size, align, fields: fieldsOf(type, arch, known) };
  };
  const layouts = {
    x64: layoutFor('x64'),
    arm64: layoutFor('arm64'),
    ia32: layoutFor('ia32'),
  } satisfies Record<Arch, LayoutData>;
  const own = await published(type.name);
  const { name: exported, entry } = own?.value === type ? own : found;
  const kind = type.isUnion ? 'union' : 'struct';
  const { aliases } = type.options;
  const head = list([
    [kind, type.name],
    ['', item?.summary],
    ['header', header && headerName(header)],
    ['use', `import { ${exported} } from '${entry}';`],
    [
      'also',
      aliases &&
        Object.entries(aliases)
          .map(([from, to]) => `${from} = ${to}`)
          .join('\n'),
    ],
    ['see', item?.doc],
  ]);
  return {
    text: [head, ...groups(layouts).map(([archs, layout]) => show(archs, layout))].join('\n\n'),
    data: {
      name: type.name,
      kind,
      summary: item?.summary,
      header,
      entry,
      doc: item?.doc,
      aliases,
      layouts,
    },
  };
}
