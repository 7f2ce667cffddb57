// lib/io/calls/layouts.g.ts: where the fields lie of records that lib/io writes by itself.

import type { Ir, IrRecord } from '../model/ir.ts';
import { IO_RECORDS } from '../overlays/io.ts';
import type { Clang } from '../read/clang.ts';
import { type Layout, probeLayouts } from '../read/probe.ts';

export async function emitLayouts(ir: Ir, clang: Clang, unit: string): Promise<string> {
  const records = IO_RECORDS.trim()
    .split(/\s+/)
    .map((name) => recordNamed(ir, name));
  const wide = await probeLayouts(clang, 'x64', unit, records);
  const narrow = await probeLayouts(clang, 'ia32', unit, records);
  const lines = [
    "import { hostArch, pointerSize } from '../../ffi/types/arch.ts';",
    '',
    '/** Whether a pointer has 64 bits here. */',
    'const WIDE = pointerSize(hostArch) === 8;',
  ];
  for (const { name } of records) lines.push('', ...layoutLines(name, wide, narrow));
  lines.push('');
  return lines.join('\n');
}

function recordNamed({ items }: Ir, name: string): IrRecord {
  const item = items.find((one) => one.name === name && one.kind === 'struct');
  if (item?.kind !== 'struct') throw new Error(`overlays/io.ts: no header has ${name}`);
  return item;
}

function layoutLines(
  name: string,
  wide: Map<string, Layout>,
  narrow: Map<string, Layout>,
): string[] {
  const layouts = [wide.get(name), narrow.get(name)].filter((layout) => layout !== undefined);
  const value = (of: (layout: Layout) => number) => {
    const [x64, ia32] = layouts.map(of);
    return x64 === ia32 ? `${x64}` : `WIDE ? ${x64} : ${ia32}`;
  };
  const fields = Object.keys(layouts[0]?.fields ?? {});
  return [
    `/** The size of ${name} in bytes, and the offsets of its fields. */`,
    `export const ${name}_LAYOUT = {`,
    `  size: ${value(({ size }) => size)},`,
    ...fields.map((field) => `  ${field}: ${value((layout) => layout.fields[field]![0])},`),
    '};',
  ];
}
