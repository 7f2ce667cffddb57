// The catalogue of facts, looked at as data: it names what there is, and each fact says where it is from.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { judged, TOPICS } from '../../../lib/tools/check/index.ts';
import { answerOf } from '../../../lib/tools/check/system.ts';

const project = path.resolve(import.meta.dirname, '../../..');
const facts = TOPICS.flatMap((topic) =>
  topic.facts.map((fact) => ({ name: `${topic.name}/${fact.id}`, fact })),
);

function filesOf(folder: string): string[] {
  return readdirSync(path.join(project, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(project, folder, file).split(path.sep).join('/'))
    .filter((file) => /\.(ts|md)$/.test(file) && !file.includes('/tools/check/'));
}

t.test('each fact has a name of its own', async (t) => {
  const names = facts.map(({ name }) => name);
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
  t.same(
    names.filter((name) => !/^[a-z0-9-]+\/[A-Za-z0-9-]+$/.test(name)),
    [],
  );
});

t.test(
  'each fact is a sentence, and Wine’s answer is given only where it is another',
  async (t) => {
    for (const { name, fact } of facts) {
      t.match(fact.says, /^[^\n]+\.$/, name);
      if (typeof fact.windows === 'string')
        t.notOk([fact.wine].flat().includes(fact.windows), name);
    }
  },
);

t.test('sources are named in full', async (t) => {
  for (const { name, fact } of facts) {
    const { source } = fact;
    if (source.kind === 'documented') {
      t.match(source.url, /^https:\/\/(learn|devblogs)\.microsoft\.com\/\S+[a-z0-9]$/, name);
    } else if (source.kind === 'inferred') {
      t.ok(source.from, name);
    } else {
      t.match(source.at, /[\w/.-]+[:#]\w+|\w+\.\w+/, name);
    }
  }
});

t.test('what relies on a fact is there', async (t) => {
  const files = ['lib', 'defs', 'examples', 'docs'].flatMap(filesOf);
  for (const { name, fact } of facts) {
    t.ok(fact.reliedOn.length > 0, `${name} is relied on`);
    for (const place of fact.reliedOn) {
      const [file = '', word = ''] = place.split(' ', 2);
      const found = files.filter((one) => one.endsWith(`/${file}`));
      t.ok(
        found.some((one) => readFileSync(one, 'utf8').includes(word)),
        `${name}: ${place}`,
      );
    }
  }
});

t.test('a change of the answer is seen', async (t) => {
  for (const { name, fact } of facts) {
    const answered = answerOf(fact.windows, 22_621);
    t.same(judged(fact, { answered }, [answered])[0], 'as expected', name);
    const other = { ...fact, windows: 'something else', wine: 'something else' };
    t.same(judged(other, { answered }, ['something else'])[0], 'differs', name);
  }
});

t.test('an answer that changed with a build of Windows', async (t) => {
  const answers = [
    { build: 17763, answer: 'old' },
    { build: 19041, answer: 'new' },
  ] as const;
  t.same(
    [0, 17763, 19040, 19041, 26100].map((build) => answerOf(answers, build)),
    ['old', 'old', 'old', 'new', 'new'],
  );
});
