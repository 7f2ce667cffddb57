// Where the fields of records lie, for code that writes and reads them without their accessors, and
// lib/io/calls/layouts.g.ts, which has those of lib/io.

import type { Arch } from '../model/ir.ts';
import { words } from '../model/lists.ts';
import { IO_RECORDS } from '../overlays/io.ts';
import type { Layout, Layouts } from '../read/probe.ts';

/** What the lines of a layout choose by: all but ia32 lay records out alike. */
export const WIDE_LINES = [
  '/** Whether a pointer has 64 bits here. */',
  "const WIDE = hostArch !== 'ia32';",
];

export function emitLayouts(layouts: Layouts): string {
  const lines = ["import { hostArch } from '../../ffi/types/arch.ts';", '', ...WIDE_LINES];
  for (const name of words(IO_RECORDS)) lines.push('', ...layoutLines(name, layouts));
  lines.push('');
  return lines.join('\n');
}

/** The lines that say how large a record is, and where the fields lie that it has on every architecture. */
export function layoutLines(name: string, layouts: Layouts): string[] {
  const ofArch = (arch: Arch): Layout => {
    const layout = layouts.get(arch)?.get(name);
    if (!layout) throw new Error(`overlays: ${name} has no layout on ${arch}`);
    return layout;
  };
  const [x64, arm64, ia32] = [ofArch('x64'), ofArch('arm64'), ofArch('ia32')];
  const common = Object.keys(x64.fields).filter((field) => field in ia32.fields);
  const value = (of: (layout: Layout) => number | undefined) => {
    if (of(x64) !== of(arm64)) throw new Error(`${name} is laid out otherwise on arm64`);
    return of(x64) === of(ia32) ? `${of(x64)}` : `WIDE ? ${of(x64)} : ${of(ia32)}`;
  };
  return [
    `/** The size of ${name} in bytes, and the offsets of its fields. */`,
    `export const ${name.toUpperCase()}_LAYOUT = {`,
    `  size: ${value(({ size }) => size)},`,
    ...common.map((field) => `  ${field}: ${value(({ fields }) => fields[field]?.[0])},`),
    '};',
  ];
}
