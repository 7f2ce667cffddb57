// What test files have shown when they last ran, kept beside the run times: for a page after a change
// of a few of them. A full `npm test` looks at all of them again.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDir, projectDir } from '../host/system/paths.ts';
import type { Evidence } from './evidence.ts';

/** By the file's contents: one that has changed has shown nothing yet. */
function placeOf(file: string): string {
  const contents = readFileSync(path.join(projectDir, file));
  const hash = createHash('sha256').update(file).update('\0').update(contents).digest('hex');
  return path.join(cacheDir(), 'proofs', `${hash.slice(0, 32)}.json`);
}

export function remember(evidence: Evidence): void {
  const place = placeOf(evidence.file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, JSON.stringify(evidence));
}

export function remembered(file: string): Evidence | undefined {
  try {
    return JSON.parse(readFileSync(placeOf(file), 'utf8')) as Evidence;
  } catch {
    return undefined;
  }
}
