// What the text of a module is collected in: its lines, what it exports, and what it imports.

import type { IrItem } from '../model/ir.ts';
import { canonical, type Names } from '../model/resolve.ts';
import type { Scope } from './types.ts';

export interface ModuleText {
  text: string;
  /** Names that the module exports. */
  exports: string[];
}

export interface ModuleOptions {
  name: string;
  title: string;
  header: string;
  items: IrItem[];
  names: Names;
}

export interface Writer {
  readonly module: ModuleOptions;
  readonly names: Names;
  readonly scope: Scope;
  /** The lines so far. */
  readonly body: string[];
  readonly exports: string[];
  /** Lines that export a name. */
  emit(name: string, ...lines: string[]): void;
  /** Exports something declared under another name too. */
  alias(name: string, target: string): void;
  /** The module, with the imports that its lines need. */
  finish(): ModuleText;
}

export function createWriter(options: ModuleOptions): Writer {
  const { names, items } = options;
  const ffi = new Set<string>();
  const imports = new Map<string, Set<string>>();
  const exports: string[] = [];
  const importFrom = (module: string, name: string) => {
    const list = imports.get(module) ?? new Set<string>();
    imports.set(module, list.add(name));
  };
  const scope: Scope = {
    names,
    ffi: (name) => {
      ffi.add(name);
      return name;
    },
    use: (given) => {
      const name = canonical(given);
      const item = names.find(name);
      if (!item) throw new Error(`nothing declares '${name}'`);
      if (name === 'GUID') return scope.ffi('GUID');
      if (!item.module) throw new Error(`${name}: no module has it; see model/references.ts`);
      if (item.module !== options.name) importFrom(item.module, name);
      return name;
    },
  };

  const body: string[] = [];
  const emit = (name: string, ...lines: string[]) => {
    exports.push(name);
    body.push(...lines);
  };
  const alias = (name: string, target: string) => {
    const item = names.find(target);
    // Another name for code is code: lib/api has both.
    const isLeftOut = item?.kind === 'function' && item.leftOut !== undefined;
    const isCode = item?.kind === 'macro' || item?.kind === 'inline' || isLeftOut;
    if (isCode || exports.includes(name)) return;
    exports.push(name);
    // FD_SET is a structure and a macro; lib/api has the macro under the name.
    if (items.some((one) => one.kind === 'macro' && one.name === name)) {
      body.push(`export type ${name} = ${scope.use(target)};`);
      return;
    }
    const module = target === 'GUID' ? undefined : item?.module;
    if (module === options.name) body.push(`export { ${target} as ${name} };`);
    else {
      const from = module ? `./${module}.g.ts` : '../lib/ffi/index.ts';
      body.push(`export { ${target} as ${name} } from '${from}';`);
    }
  };

  const head = [`// ${options.header}: ${options.title}.`];
  return {
    module: options,
    names,
    scope,
    body,
    exports,
    emit,
    alias,
    finish: () => ({ text: finish(head, ffi, imports, body), exports }),
  };
}

function finish(
  head: string[],
  ffi: Set<string>,
  imports: Map<string, Set<string>>,
  body: string[],
): string {
  const lines = [...head];
  const types = new Set([
    'Struct',
    'StructType',
    'Func',
    'CallbackType',
    'CallbackArg',
    'CallbackField',
    'Called',
    'OpenEnded',
    'BufferArg',
    'StructArg',
    'ScalarArg',
    'StringArg',
    'Pointer',
    'Flavor',
    'CharArray',
    'WideCharArray',
    'CArray',
  ]);
  const sorted = [...ffi].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  if (sorted.length > 0) {
    const words = sorted.map((name) => (types.has(name) ? `type ${name}` : name));
    lines.push(...wrap('import {', words, "} from '../lib/ffi/index.ts';"));
  }
  for (const module of [...imports.keys()].sort()) {
    const words = [...(imports.get(module) ?? [])].sort();
    lines.push(...wrap('import {', words, `} from './${module}.g.ts';`));
  }
  return `${[...lines, '', ...body].join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}

/** A list of names filled into lines of at most 100 characters. */
function wrap(open: string, words: string[], close: string): string[] {
  const single = `${open} ${words.join(', ')} ${close}`;
  if (single.length <= 100) return [single];
  const lines: string[] = [];
  let line = ' ';
  for (const word of words) {
    if (line.length + word.length + 2 > 100) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word},`;
  }
  return [open, ...lines, line, close];
}
