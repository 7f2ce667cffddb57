// npm run generate [-- --check]: the definitions from the headers.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from '../generate/generate.ts';
import { openToolchain, VERSIONS } from '../generate/read/toolchain.ts';
import { projectDir } from '../host/system/paths.ts';

export async function run(args: string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--check');
  if (unknown) {
    console.error(`unknown argument '${unknown}'; there is: npm run generate [-- --check]`);
    return 2;
  }
  const { files } = await generate({ clang: await openToolchain(), versions: VERSIONS });
  const stale = [...files].filter(([name, text]) => readOrEmpty(name) !== text);
  if (!args.includes('--check')) {
    for (const [name, text] of stale) {
      mkdirSync(path.dirname(path.join(projectDir, name)), { recursive: true });
      writeFileSync(path.join(projectDir, name), text);
    }
    console.log(`${files.size} files, ${stale.length} changed`);
    return 0;
  }
  if (stale.length === 0) {
    console.log(`${files.size} files are what the generator makes`);
    return 0;
  }
  for (const [name, text] of stale) console.error(describe(name, text));
  console.error('Generated files differ from what the generator makes. Run: npm run generate');
  return 1;
}

function readOrEmpty(name: string): string {
  try {
    return readFileSync(path.join(projectDir, name), 'utf8');
  } catch {
    return '';
  }
}

/** The first line that differs, to say what kind of change it is. */
function describe(name: string, text: string): string {
  const wanted = text.split('\n');
  const found = readOrEmpty(name).split('\n');
  const line = wanted.findIndex((one, index) => one !== found[index]);
  const at = line < 0 ? wanted.length : line;
  return `${name}:${at + 1}\n  - ${found[at] ?? ''}\n  + ${wanted[at] ?? ''}`;
}
