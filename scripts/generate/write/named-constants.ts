// lib/api/names/constants.g.ts: the numeric constants of all headers as data, for what turns numbers
// into names. Data alone is a fraction of the modules that declare them.

import type { Ir } from '../model/ir.ts';
import { NAMES_ORDER } from '../overlays/names.ts';
import { literal } from './constants.ts';

export function emitNamedConstants(ir: Ir): string {
  const headers = new Map<string, string[]>(NAMES_ORDER.map((name) => [name, []]));
  const constants = (module: string) => {
    const found = headers.get(module) ?? [];
    headers.set(module, found);
    return found;
  };
  for (const item of ir.items) {
    if (!item.module) continue;
    if (item.kind === 'constant' && item.value.k === 'int') {
      constants(item.module).push(`${item.name}: ${literal(item.value, item.text)},`);
    } else if (item.kind === 'enum') {
      const members = item.members.map(({ name, value }) => `${name}: ${value},`);
      constants(item.module).push(...members);
    }
  }
  const lines = [...headers]
    .filter(([, found]) => found.length > 0)
    .flatMap(([header, found]) => [
      '  {',
      `    // ${header}`,
      ...found.map((line) => `    ${line}`),
      '  },',
    ]);
  return [
    '/** The headers in order: of several names for one number, that of the earliest header comes first. */',
    'export const HEADER_CONSTANTS: readonly Readonly<Record<string, number | bigint>>[] = [',
    ...lines,
    '];',
    '',
  ].join('\n');
}
