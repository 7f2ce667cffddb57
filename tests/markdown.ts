// The TypeScript blocks of a Markdown file, as files that can be compiled and run.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));

/** The pages of the guide, but the one whose blocks need what it says is there (docs-porting tests). */
export const guides: readonly string[] = readdirSync(path.join(project, 'docs'))
  .filter((name) => name.endsWith('.md') && name !== 'porting.md')
  .map((name) => `docs/${name}`);

export interface Block {
  /** Where it is: 'README.md:10'. */
  readonly name: string;
  readonly code: string;
  /** Whether it is a program. A block that declares what it is given, or says `no-run`, is none. */
  readonly runs: boolean;
}

/** The blocks fenced as ```ts; ```ts no-run is compiled only. */
export function blocksOf(file: string): Block[] {
  const text = readFileSync(path.join(project, file), 'utf8').replaceAll('\r\n', '\n');
  const blocks = text.matchAll(/^```ts\b([^\n]*)\n(.*?)^```$/gms);
  return [...blocks].map(({ index, 1: info = '', 2: code = '' }) => ({
    name: `${file}:${text.slice(0, index).split('\n').length + 1}`,
    code,
    runs: !/\bno-run\b/.test(info) && !/^declare /m.test(code),
  }));
}

export interface Extracted extends Block {
  /** The path of the file that holds the block. */
  readonly file: string;
}

/** Writes blocks to a new directory inside of the project, where 'winsock' is this package. */
export function extract(blocks: readonly Block[]): { dir: string; files: Extracted[] } {
  const parent = path.join(project, '.tap');
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(path.join(parent, 'markdown-'));
  const files = blocks.map((block) => {
    const file = path.join(dir, `${block.name.replace(/\W+/g, '-')}.ts`);
    writeFileSync(file, block.code);
    return { ...block, file };
  });
  return { dir, files };
}
