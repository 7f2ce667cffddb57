// defs/api.json, which says what the definitions say, for the commands and tests of this project.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Header, Item } from '../lib/cli/data.ts';
import { projectDir } from './host/system/paths.ts';

export interface Api {
  /** The headers that the definitions are made from, and their version. */
  readonly source: string;
  readonly headers: readonly Header[];
}

export function readApi(): Api {
  const text = readFileSync(path.join(projectDir, 'defs/api.json'), 'utf8');
  const { source, ...headers } = JSON.parse(text) as Record<string, Item[]> & { source: string };
  return { source, headers: Object.entries(headers) };
}
