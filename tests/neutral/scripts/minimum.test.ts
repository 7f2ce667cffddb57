import { readFileSync } from 'node:fs';
import t from 'tap';
import { words } from '../../../scripts/generate/model/lists.ts';
import { NO_MINIMUM } from '../../../scripts/generate/overlays/left-out.ts';

type Item = { kind: string; name: string; minimum?: string };
const api = JSON.parse(
  readFileSync(new URL('../../../defs/api.json', import.meta.url), 'utf8'),
) as Record<string, Item[]>;

t.test('each function names its first Windows, or why it does not', (t) => {
  const functions = Object.values(api)
    .filter((items) => Array.isArray(items))
    .flat()
    .filter(({ kind }) => kind === 'function');
  const without = functions.filter(({ minimum }) => !minimum).map(({ name }) => name);
  t.same(without.sort(), NO_MINIMUM.flatMap(({ names }) => words(names)).sort());
  t.ok(functions.length > without.length);
  t.end();
});
