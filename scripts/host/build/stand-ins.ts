// What tests/native/stand-ins.cpp is compiled with: the headers that the definitions are made from, and the
// names of all functions. The prototypes are the headers' own; nothing here knows a parameter.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readApi } from '../../api.ts';
import { DEFINES, SUPPLEMENT, unitText } from '../../generate/read/unit.ts';
import { projectDir } from '../system/paths.ts';

const generate = path.join(projectDir, 'scripts/generate');

function functionNames(): string[] {
  const functions = readApi()
    .headers.flatMap(([, items]) => items)
    .filter(({ kind, archs }) => kind === 'function' && (!archs || archs.includes('x64')));
  return [...new Set(functions.map(({ name, export: exported }) => exported ?? name))];
}

/** The files beside the source, and in them all that decides what is compiled. */
export function standInInputs(): Record<string, string> {
  const names = functionNames();
  // Handles are plain addresses then, which nobody looks behind.
  const defines = ['NO_STRICT 1', ...DEFINES.map((define) => define.replace('=', ' '))];
  const supplement = SUPPLEMENT.map((name) =>
    readFileSync(path.join(generate, 'supplement', `${name}.h`), 'utf8'),
  );
  const unit = unitText().replace(/^#include "supplement.*\n/gm, '');
  return {
    'unit.h': [...defines.map((define) => `#define ${define}`), unit, ...supplement].join('\n'),
    // The name may be a macro for its W variant.
    'names.h': names.map((name, i) => `#undef ${name}\nSTAND_IN(${i}, ${name})\n`).join(''),
    'names.def': `EXPORTS\n TakeRecord\n FollowOnly\n Nothing\n${names.map((name, i) => ` ${name} = stand_in_${i}\n`).join('')}`,
  };
}

/** Flags of the compiler, and what is linked. */
export function standInFlags(dir: string): [flags: string[], linked: string[]] {
  const language = ['-std=gnu++20', '-fms-extensions', '-w', '-nostdlib++'];
  return [[...language, '-iquote', dir], [path.join(dir, 'names.def')]];
}
