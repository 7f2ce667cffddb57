// Which system is asked, and what it is expected to answer.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import * as w from '../../index.ts';
import type { Expected, Fact } from './fact.ts';

/** Whose answers are expected. */
export type Whose = 'windows' | 'wine';

export interface System {
  readonly name: string;
  /** The build of Windows, or the one that Wine says it is: 26100. */
  readonly build: number;
  readonly wine?: string;
  readonly runtime: string;
  readonly arch: string;
  readonly package: string;
}

/** The version of Wine where the system is Wine. */
function wineVersion(): string | undefined {
  const version = w.func<() => string>('ntdll', 'wine_get_version', w.NeverFails, () => [
    w.cstring,
  ]);
  try {
    return version();
  } catch {
    return undefined;
  }
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

export function thisSystem(): System {
  const wine = wineVersion();
  const { bun, node } = process.versions as { bun?: string; node: string };
  return {
    name: os.version(),
    build: Number(os.release().split('.')[2] ?? 0),
    ...(wine === undefined ? {} : { wine }),
    runtime: bun === undefined ? `Node.js ${node}` : `Bun ${bun}`,
    arch: process.arch,
    package: packageVersion(),
  };
}

/** What a build of Windows answers. */
export function answerOf(expected: Expected, build: number): string {
  if (typeof expected === 'string') return expected;
  const known = expected.filter((one) => one.build <= build).at(-1) ?? expected[0];
  return known.answer;
}

/** The answers that are as expected. */
export function expectedOf(fact: Fact, whose: Whose, build: number): readonly string[] {
  if (whose === 'windows' || fact.wine === undefined) return [answerOf(fact.windows, build)];
  return typeof fact.wine === 'string' ? [fact.wine] : fact.wine;
}
