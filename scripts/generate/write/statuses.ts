// lib/ffi/statuses.g.ts: what Winsock makes of the NTSTATUS of a finished operation.

import { words } from '../model/lists.ts';
import type { Names } from '../model/resolve.ts';
import { CODE_BY_STATUS, CODE_OF_OTHER_STATUS, NAMED_STATUSES } from '../overlays/ntstatus.ts';
import type { Clang } from '../read/clang.ts';
import { probeConstants } from '../read/probe.ts';

const UNIT = `#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
`;

const hex = (status: number) => `0x${status.toString(16).padStart(8, '0')}`;

export async function emitStatuses(names: Names, clang: Clang): Promise<string> {
  const listed = Object.values(CODE_BY_STATUS).flatMap(words);
  const macros = [...listed, ...words(NAMED_STATUSES)].map((name) => ({
    name,
    text: name,
    file: 'ntstatus',
  }));
  const values = await probeConstants(clang, 'x64', UNIT, macros);
  const statusOf = (name: string): number => {
    const value = values.get(name);
    if (value?.k !== 'int') throw new Error(`overlays/ntstatus.ts: no header has ${name}`);
    return Number(BigInt.asUintN(32, value.value));
  };

  const rows = Object.entries(CODE_BY_STATUS)
    .flatMap(([code, list]) => words(list).map((name) => ({ status: statusOf(name), name, code })))
    .sort((a, b) => a.status - b.status);
  const twice = rows.find(({ status }, index) => rows[index + 1]?.status === status);
  if (twice) throw new Error(`overlays/ntstatus.ts: ${twice.name} has two codes`);
  return [
    '/** The error code that Winsock reports for the NTSTATUS of a finished operation. */',
    'export const STATUS_CODES: ReadonlyArray<readonly [status: number, code: number]> = [',
    ...rows.map(({ status, name, code }) => {
      const said = name.startsWith('STATUS_') ? `${name}: ` : '';
      return `  [${hex(status)}, ${names.valueOf(code)}], // ${said}${code}`;
    }),
    '];',
    '',
    `/** ${CODE_OF_OTHER_STATUS}: the code for every other NTSTATUS that means failure, which is below zero as an int. */`,
    `export const OTHER_STATUS_CODE = ${names.valueOf(CODE_OF_OTHER_STATUS)};`,
    '',
    '// Statuses with a meaning of their own',
    ...words(NAMED_STATUSES).map((name) => `export const ${name} = ${hex(statusOf(name))};`),
    '',
  ].join('\n');
}
