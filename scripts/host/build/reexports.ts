// Chunks that an entry point exports whole, named once: `export * from './chunk.js'`.
//
// esbuild writes each name of them twice, into an import and into an export. Of a header that is a thousand
// names, and reading them would be a tenth of the time of an import.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Of fewer names the list is no burden. */
const WORTHWHILE = 50;

const IMPORT = /^import \{\n(?<names>[^}]*?)\n\} from "\.\/(?<chunk>chunk-[^"]+)";\n/gm;
const EXPORT = /^export \{\n(?<names>[^}]*?)\n\};\n/m;

/** What one item of such a list says: `a as b`, or `a` for both. */
function pairs(list: string | undefined): [from: string, to: string][] {
  return (list ?? '').split(',').flatMap((item) => {
    const [from, to = from] = item.trim().split(' as ');
    return from && to ? [[from, to]] : [];
  });
}

/** Local names by those that a file exports them under. */
function exportsOf(code: string): Map<string, string> {
  return new Map(pairs(EXPORT.exec(code)?.groups?.names).map(([local, name]) => [name, local]));
}

function listed(keyword: string, names: readonly [from: string, to: string][]): string {
  const items = names.map(([from, to]) => (from === to ? from : `${from} as ${to}`));
  return items.length === 0 ? '' : `${keyword} {\n  ${items.join(',\n  ')}\n}`;
}

/**
 * An entry point's code with such chunks named once.
 *
 * @param chunk gives the code of a chunk
 */
export function exportWhole(code: string, chunk: (name: string) => string): string {
  const exported = exportsOf(code);
  const body = code.replace(IMPORT, '').replace(EXPORT, '');
  const whole: string[] = [];
  const withoutImports = code.replace(IMPORT, (statement, list: string, name: string) => {
    const imported = new Map(pairs(list));
    const all = [...exportsOf(chunk(name)).keys()];
    const isWhole = all.every(
      (one) => imported.has(one) && imported.get(one) === exported.get(one),
    );
    if (all.length < WORTHWHILE || !isWhole) return statement;
    whole.push(name);
    for (const one of all) exported.delete(one);
    const words = new Set([...(body.match(/[\w$]+/g) ?? []), ...exported.values()]);
    const used = [...imported].filter(([, local]) => words.has(local));
    return used.length === 0 ? '' : `${listed('import', used)} from "./${name}";\n`;
  });
  if (whole.length === 0) return code;
  const own = listed(
    'export',
    [...exported].map(([name, local]) => [local, name]),
  );
  const stars = whole.map((name) => `export * from "./${name}";\n`).join('');
  return withoutImports.replace(EXPORT, () => `${own && `${own};\n`}${stars}`);
}

const ONE_LINE = /^import \{ (?<names>[^}\n]*) \} from "\.\/chunk-[^"]+";$/gm;

/** A bundle without the names that it imports from chunks and does not use; every line stays where it is. */
export function withoutUnusedImports(code: string): string {
  const words = new Set(code.replace(ONE_LINE, '').match(/[\w$]+/g) ?? []);
  return code.replace(ONE_LINE, (statement, list: string) => {
    const items = list.split(', ').filter((item) => words.has(item.split(' as ').at(-1)!));
    return statement.replace(list, items.join(', '));
  });
}

function lines(code: string): number {
  return code.split('\n').length;
}

/** Lines before all code, imports, have no mapping: each is a semicolon at the beginning. */
function moveUp(map: string, by: number): string {
  const parsed = JSON.parse(map) as { mappings: string };
  return JSON.stringify({ ...parsed, mappings: parsed.mappings.slice(by) });
}

/** Does this with the bundles of a directory. */
export function reexportWhole(directory: string): void {
  const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.js'))) {
    const code = read(name);
    const written = exportWhole(code, read);
    if (written === code) continue;
    writeFileSync(path.join(directory, name), written);
    const above = (text: string) => lines(text.replace(EXPORT, '').replace(/^export \*.*\n/gm, ''));
    const map = `${name}.map`;
    writeFileSync(path.join(directory, map), moveUp(read(map), above(code) - above(written)));
  }
}
