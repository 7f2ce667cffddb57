import type { Arch } from '../../ffi/types/arch.ts';
import { everything, headerName, published, readHeaders } from '../data.ts';
import { groups, type LayoutData, layoutsOf, recordOf, textsOf } from '../layouts.ts';
import { type Answer, list, notFound, table } from '../output.ts';

function show(
  archs: readonly Arch[],
  { size, align, fields }: LayoutData,
  texts: ReadonlyMap<string, string>,
): string {
  const title = `${archs.join(', ')}: ${size} bytes, aligned to ${align}`;
  const rows = fields.map(({ name, type, offset, size: bytes, bit, bits }) => [
    offset,
    bit === undefined ? bytes : `bit ${bit}${bits! > 1 ? `–${bit + bits! - 1}` : ''}`,
    type,
    name,
    ...(texts.size > 0 ? [texts.get(name)] : []),
  ]);
  const header = ['offset', 'size', 'type', 'field', ...(texts.size > 0 ? ['what'] : [])];
  return `${title}\n\n${table(header, rows)}`;
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
  const layouts = layoutsOf(type, known);
  const own = await published(type.name);
  const { name: exported, entry } = own?.value === type ? own : found;
  const kind = type.isUnion ? 'union' : 'struct';
  const { aliases } = type.options;
  const texts = textsOf(item?.fields ?? []);
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
    text: [head, ...groups(layouts).map(([archs, layout]) => show(archs, layout, texts))].join(
      '\n\n',
    ),
    data: {
      name: type.name,
      kind,
      summary: item?.summary,
      header,
      entry,
      doc: item?.doc,
      aliases,
      ...(texts.size > 0 && { texts: Object.fromEntries(texts) }),
      layouts,
    },
  };
}
