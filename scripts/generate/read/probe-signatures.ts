// The compiler's own view of functions: how many parameters, and how each travels. Taking a
// function's address makes clang declare it in the IR with its calling sequence.

import type { Arch } from '../model/ir.ts';
import type { Clang } from './clang.ts';

/** `i8` … `i64` for integers, `ptr` for addresses, `void`, `byval` for a record on the stack. */
export type AbiClass = string;

/** Classes of the result and the parameters, by name. `types` are function-pointer typedefs. */
export async function probeSignatures(
  clang: Clang,
  arch: Arch,
  unit: string,
  functions: string[],
  types: string[],
): Promise<Map<string, AbiClass[]>> {
  const lines = [
    // A name of the DLL may be a macro for its W variant.
    ...functions.map((name) => `#undef ${name}`),
    ...functions.map((name, index) => `const void *QF${index} = (const void *)&${name};`),
    ...types.map(
      (name, index) =>
        `extern __typeof__(*(${name})0) QT${index}_${name}; const void *QP${index} = (const void *)&QT${index}_${name};`,
    ),
  ];
  const { ir, errors } = await clang.compile(arch, `${unit}\n${lines.join('\n')}\n`);
  if (errors.size > 0) throw new Error('a function of the headers cannot be referred to');
  const found = new Map<string, AbiClass[]>();
  for (const match of ir.matchAll(/^declare (.*?)@("?)(?:\\01_)?([\w@]+)\2\((.*)\)/gm)) {
    const [, before, , mangled, params] = match as unknown as [
      string,
      string,
      string,
      string,
      string,
    ];
    // ia32's names end in the size of the parameters; a type's stand-in carries its index.
    const name = mangled.replace(/@\d+$/, '').replace(/^QT\d+_/, '');
    const result = before.trim().split(' ').at(-1) ?? 'void';
    found.set(name, [classOf(result), ...splitTop(params.replace(/^\.\.\.$/, '')).map(classOf)]);
  }
  return found;
}

function classOf(text: string): AbiClass {
  if (text.includes('byval') || text.includes('sret')) return 'byval';
  return /^(void|ptr|i\d+|float|double)/.exec(text)?.[1] ?? text;
}

function splitTop(params: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of params) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(current.trim());
      current = '';
    } else current += char;
  }
  if (current.trim()) parts.push(current.trim());
  return parts;
}
