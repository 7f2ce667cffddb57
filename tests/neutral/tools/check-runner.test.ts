// Facts that end their process, or never end, are one line of the report each.

import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Asked, askAll } from '../../../lib/tools/check/runner.ts';

const script = fileURLToPath(new URL('cases/asker.mjs', import.meta.url));

t.test('the others are asked all the same', async (t) => {
  const names = ['first', 'crashes', 'second', 'hangs', 'third', 'crashes-too'];
  const questions = names.map((name) => ({ name, slow: false, alone: false }));
  const told: Asked[] = [];
  await askAll(questions, (asked) => told.push(asked), { script, seconds: 3 });
  const outcomes = Object.fromEntries(told.map(({ name, outcome }) => [name, outcome]));
  t.same(outcomes, {
    first: { answered: 'of first' },
    crashes: { broken: 'its process ended with code 0x4d: the last words' },
    second: { answered: 'of second' },
    hangs: { broken: 'does not end' },
    third: { answered: 'of third' },
    'crashes-too': { broken: 'its process ended with code 0x4d: the last words' },
  });
  t.equal(told.length, names.length, 'each once');
});

t.test('one that wants to be alone gets a process of its own', async (t) => {
  const questions = [
    { name: 'crashes', slow: false, alone: true },
    { name: 'first', slow: false, alone: false },
  ];
  const told: string[] = [];
  await askAll(questions, ({ name }) => told.push(name), { script, seconds: 3 });
  t.same(told, ['first', 'crashes'], 'after the others');
});
