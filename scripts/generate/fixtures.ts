// Runs the generator on the fixtures: small headers, one folder a feature, with the module that has
// to come out (`expected.g.ts`) or the reason for refusing the header (`expected-error.txt`).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectDir } from '../host/system/paths.ts';
import { readHeaders } from './generate.ts';
import type { Clang } from './read/clang.ts';
import { emitModule } from './write/module.ts';

const FOLDER = path.join(projectDir, 'scripts/generate/fixtures');

export interface Fixture {
  name: string;
  /** The file with what has to come out. */
  file: string;
  expected: string;
  refused: boolean;
}

export function fixtures(): Fixture[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const refused = existsSync(path.join(FOLDER, name, 'expected-error.txt'));
      const file = path.join(FOLDER, name, refused ? 'expected-error.txt' : 'expected.g.ts');
      return { name, file, refused, expected: existsSync(file) ? readFileSync(file, 'utf8') : '' };
    });
}

/** The text that the generator makes of a fixture, or the message it refuses it with. */
export async function runFixture(clang: Clang, name: string): Promise<string> {
  const unit = `#include "fixtures/base.h"\n#include "fixtures/${name}/input.h"\n`;
  try {
    const { ir, names } = await readHeaders(clang, unit, (_, file) =>
      file === 'input' ? 'input' : undefined,
    );
    const items = ir.items.filter((item) => item.module === 'input');
    const options = { name: 'input', title: name, header: 'input.h', items, names };
    return emitModule(options).text;
  } catch (error) {
    return `${(error as Error).message}\n`;
  }
}
