// lib/ffi/windows.g.ts: the functions, constants and layouts of Windows that lib/ffi itself needs.

import { unconst } from '../model/ctype.ts';
import type { CType, IrFunction } from '../model/ir.ts';
import { words } from '../model/lists.ts';
import type { Names } from '../model/resolve.ts';
import {
  FFI_CONSTANTS,
  FFI_FUNCTIONS,
  FFI_RECORDS,
  SYSTEM_CALLS,
  WAITS_FOR_CALLBACKS,
} from '../overlays/ffi.ts';
import type { Layouts } from '../read/probe.ts';
import { literal } from './constants.ts';
import { layoutLines, WIDE_LINES } from './layouts.ts';

const quoted = (text: string) => words(text).map((word) => `'${word}'`);

export function emitFfi(names: Names, layouts: Layouts): string {
  const lines = [
    "import { hostArch } from './types/arch.ts';",
    '',
    '/** How a value crosses a call: an integer of a width, or an address. */',
    "export type SystemType = 'void' | 'uint16' | 'int32' | 'uint32' | 'size' | 'pointer';",
    '',
    '/** A function of Windows that the calls themselves are made with. */',
    'export interface SystemFunction {',
    '  readonly dll: string;',
    '  readonly name: string;',
    '  readonly result: SystemType;',
    '  readonly parameters: readonly SystemType[];',
    '}',
    '',
  ];
  for (const [dll, list] of Object.entries(FFI_FUNCTIONS)) {
    for (const name of words(list)) lines.push(...functionLines(dll, find(names, name), names));
  }

  lines.push('');
  for (const name of words(FFI_CONSTANTS)) {
    const item = names.find(name);
    if (item?.kind !== 'constant') throw new Error(`overlays/ffi.ts: no header has ${name}`);
    lines.push(`export const ${name} = ${literal(item.value, item.text)};`);
  }

  lines.push('', ...WIDE_LINES);
  for (const name of words(FFI_RECORDS)) lines.push('', ...layoutLines(name, layouts));

  lines.push(
    '',
    '/** DLLs whose functions may be nothing but a jump to a system call, and functions of others that are. */',
    `export const SYSTEM_CALL_DLLS: readonly string[] = [${quoted(SYSTEM_CALLS.dlls).join(', ')}];`,
    `export const SYSTEM_CALLS: readonly string[] = [${quoted(SYSTEM_CALLS.functions).join(', ')}];`,
    '',
    '/** Functions that wait until callbacks of these types have returned. */',
    'export const WAITS_FOR_CALLBACKS: Readonly<Record<string, readonly string[] | undefined>> = {',
    ...Object.entries(WAITS_FOR_CALLBACKS).map(
      ([name, types]) => `  ${find(names, name).name}: [${quoted(types).join(', ')}],`,
    ),
    '};',
    '',
  );
  return lines.join('\n');
}

function find(names: Names, name: string): IrFunction {
  const item = names.find(name);
  if (item?.kind !== 'function') throw new Error(`overlays/ffi.ts: no header has ${name}`);
  return item;
}

function functionLines(dll: string, fn: IrFunction, names: Names): string[] {
  const types = fn.params.map((param) => `'${systemType(param.type, names)}'`);
  return [
    `export const ${fn.name}: SystemFunction = {`,
    `  dll: '${dll}',`,
    `  name: '${fn.name}',`,
    `  result: '${systemType(fn.ret, names)}',`,
    `  parameters: [${types.join(', ')}],`,
    '};',
  ];
}

function systemType(type: CType, names: Names): string {
  const resolved = names.resolve(unconst(type));
  if (resolved.k !== 'scalar') return 'pointer';
  if (['void', 'uint16', 'int32', 'uint32'].includes(resolved.base)) return resolved.base;
  if (resolved.base === 'uintptr') return 'size';
  throw new Error(`overlays/ffi.ts: a type of ${resolved.base} is not provided for`);
}
