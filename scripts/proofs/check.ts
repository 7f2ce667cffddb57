// Whether docs/proofs.md is what a run of the tests has shown.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectDir } from '../host/system/paths.ts';
import type { Evidence } from './evidence.ts';
import { facts } from './facts.ts';
import { isOfThisComputer, proofsPage } from './page.ts';

export const PAGE = path.join(projectDir, 'docs/proofs.md');

/** What was skipped because of this computer, so that this run shows less than it could. */
export function missingHere(evidence: readonly Evidence[]): string[] {
  const reasons = evidence.flatMap(({ tests }) => tests.flatMap((test) => test.reasons));
  return [...new Set(reasons.filter(isOfThisComputer))];
}

/** The first line in which the page is not what a run of the tests has shown. */
export function differenceOf(evidence: readonly Evidence[]): string | undefined {
  const wanted = proofsPage(facts(), evidence).split('\n');
  const found = readPage().split('\n');
  const line = wanted.findIndex((one, index) => one !== found[index]);
  if (line < 0 && wanted.length === found.length) return undefined;
  const at = line < 0 ? wanted.length : line;
  return [
    `docs/proofs.md:${at + 1}`,
    `  - ${found[at] ?? ''}`,
    `  + ${wanted[at] ?? ''}`,
    'It is not what the tests have shown. Run: npm run proofs',
  ].join('\n');
}

function readPage(): string {
  try {
    return readFileSync(PAGE, 'utf8');
  } catch {
    return '';
  }
}
