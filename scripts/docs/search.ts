// What the search of the site looks through: every name, and every section of the guide.

import { CAUSES } from '../../lib/cli/causes.ts';
import { EXPLANATIONS } from '../../lib/cli/explanations.ts';
import { tasksOf } from '../../lib/cli/tasks.ts';
import { declarationUrl, entryUrl, isFunction, type Model } from './model.ts';
import type { Example } from './pages/examples.ts';
import type { Guide } from './pages/guides.ts';
import { kindOf } from './pages/names.ts';
import { TOPICS } from './topics.ts';

/** Title, address, what it is, text, and how much before others it stands. */
export type SearchRow = readonly [string, string, string, string, number];

export function searchRows(
  model: Model,
  guides: readonly Guide[],
  examples: readonly Example[],
): SearchRow[] {
  const rows: SearchRow[] = [];
  for (const { rendered, url } of guides) {
    for (const { id, title, text } of rendered.sections) {
      const first = id === rendered.headings[0]?.id;
      rows.push([
        title,
        first ? url : `${url}#${id}`,
        first ? 'guide' : `guide: ${rendered.title}`,
        text.trim(),
        2,
      ]);
    }
  }
  for (const { id, title, text } of TOPICS) {
    rows.push([title, `/reference/topics/${id}.html`, 'topic', text, 2]);
  }
  for (const { name, title, text, names } of model.headers) {
    rows.push([title, `/reference/${name}/index.html`, 'header', text, 2]);
    for (const one of names) {
      if (!one.name || !one.from) continue;
      const weight = isFunction(one) ? 4 : /^(struct|union)$/.test(one.kind) ? 3 : 1;
      const code = name === 'winerror' && typeof one.value === 'number' ? one.value : undefined;
      const causes = code === undefined ? [] : (CAUSES[code] ?? []).map(({ what }) => what);
      const text =
        code === undefined
          ? one.summary
          : `${code}: ${EXPLANATIONS[code] ?? ''} ${causes.join(' ')}`;
      rows.push([one.name, one.url, `${kindOf(one)}, ${title}`, text ?? '', weight]);
      for (const member of Object.keys(one.members ?? {})) {
        rows.push([member, `${one.url}#${member}`, `member of ${one.name}`, '', 1]);
      }
    }
  }
  for (const entry of model.entries) {
    rows.push([entry.specifier, entryUrl(entry), 'entry point', entry.doc, 2]);
    for (const one of entry.declarations) {
      const url = declarationUrl(entry, one);
      const own = model.urls.get(one.name) === url || entry.name === 'io';
      if (own) rows.push([one.name, url, `${one.kind}, ${entry.specifier}`, one.doc, 3]);
    }
  }
  for (const { title, url, text } of examples) rows.push([title, url, 'example', text, 2]);
  return rows.map(([title, url, kind, text, weight]) => {
    const tasks = tasksOf(title);
    const shown = text.replace(/\s+/g, ' ').slice(0, 400);
    // What does what is looked for comes before what only mentions it.
    const found = tasks ? `${shown} (${tasks})` : shown;
    return [title, url.slice(1), kind, found, tasks ? weight + 2 : weight];
  });
}
