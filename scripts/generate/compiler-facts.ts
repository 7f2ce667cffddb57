// What the compiler itself says of the definitions, for tests/: layouts of all records on three
// architectures, values of constants, signatures. The generator's own rules have no part in it.

import { ARCHITECTURES } from '../../lib/ffi/index.ts';
import { functionOf } from './model/ctype.ts';
import { type Arch, type Ir, type IrItem, isRecord } from './model/ir.ts';
import type { Clang } from './read/clang.ts';
import { type Layout, probeConstants, probeLayouts } from './read/probe.ts';
import { probeSignatures } from './read/probe-signatures.ts';

export async function compilerFacts(ir: Ir, clang: Clang, unit: string): Promise<string> {
  const published = ir.items.filter((item) => item.module !== '');
  const records = published.filter(isRecord);
  const lines: string[] = [];

  const layouts: Partial<Record<Arch, Map<string, Layout>>> = {};
  for (const arch of ARCHITECTURES) layouts[arch] = await probeLayouts(clang, arch, unit, records);
  for (const record of records) {
    const parts = ARCHITECTURES.map((arch) => {
      const layout = layouts[arch]?.get(record.name);
      return layout && `"${arch}":${JSON.stringify([layout.size, layout.align, layout.fields])}`;
    });
    if (record.complete) lines.push(`"${record.name}":{${parts.filter(Boolean).join(',')}}`);
  }

  const constants = published.filter((item) => item.kind === 'constant');
  const macros = constants.map(({ name, file }) => ({ name, file, text: '' }));
  const values: Partial<Record<Arch, Awaited<ReturnType<typeof probeConstants>>>> = {};
  for (const arch of ARCHITECTURES) values[arch] = await probeConstants(clang, arch, unit, macros);
  const integers: string[] = [];
  for (const { name } of constants) {
    const found = ARCHITECTURES.map((arch) => values[arch]?.get(name)).filter(
      (value) => value?.k === 'int',
    );
    if (found.length > 0) {
      integers.push(`"${name}":${JSON.stringify(found.map((value) => `${value?.value}`))}`);
    }
  }
  for (const item of published) {
    if (item.kind !== 'enum') continue;
    for (const { name, value } of item.members) integers.push(`"${name}":["${value}"]`);
  }

  const signatures: string[] = [];
  const exported = (item: IrItem) => (item.kind === 'function' && item.exported) || item.name;
  for (const arch of ['x64', 'ia32'] as const) {
    const functions = published.filter(
      (item) =>
        item.kind === 'function' && !item.leftOut && (item.archs ?? ARCHITECTURES).includes(arch),
    );
    const types = published.filter((item) => item.kind === 'typedef' && isFunctionPointer(item));
    const found = await probeSignatures(
      clang,
      arch,
      unit,
      functions.map(exported),
      types.map((item) => item.name),
    );
    const pairs = [...functions, ...types].map(
      (item) => `"${item.name}":${JSON.stringify(found.get(exported(item)) ?? [])}`,
    );
    signatures.push(`"${arch}":{\n${pairs.join(',\n')}\n}`);
  }
  return `{"layouts":{\n${lines.join(',\n')}\n},\n"constants":{\n${integers.join(',\n')}\n},\n"signatures":{\n${signatures.join(',\n')}\n}}\n`;
}

function isFunctionPointer(item: IrItem): boolean {
  return item.kind === 'typedef' && item.type.k === 'ptr' && functionOf(item.type) !== undefined;
}
