import { CODE_NAMES } from '../../ffi/codes.g.ts';
import { CAUSES } from '../causes.ts';
import { everything, readHeaders } from '../data.ts';
import { type Declared, declarations } from '../declarations.ts';
import { EXPLANATIONS } from '../explanations.ts';
import { type Answer, notFound, table } from '../output.ts';
import { namesForTask } from '../tasks.ts';

/** Something that can be found: by the words of its name, and of what is said of it. */
interface Known {
  readonly name: string;
  readonly from: string;
  readonly text: string;
}

const MOST = 15;

function declaredNames({ name, of, entry, summary = '', members = [] }: Declared): Known[] {
  const own = { name: of ? `${of}.${name}` : name, from: entry, text: summary };
  return [own, ...members.flatMap(declaredNames)];
}

/** Everything that has a name, each once. */
async function everythingKnown(): Promise<Known[]> {
  const entries = new Map((await everything()).map(({ name, entry }) => [name, entry]));
  const items = readHeaders().flatMap(([header, all]) =>
    all
      .filter(({ name }) => entries.has(name))
      .map(({ name, summary = '' }) => ({
        name,
        from: entries.get(name) ?? header,
        text: summary,
      })),
  );
  const errors = CODE_NAMES.map(([code, name]) => ({
    name,
    from: `error ${code}`,
    text: [EXPLANATIONS[code], ...(CAUSES[code] ?? []).map(({ what }) => what)].join(' '),
  }));
  const known = [...declarations().flatMap(declaredNames), ...errors, ...items];
  for (const [name, entry] of entries) known.push({ name, from: entry, text: '' });
  const byName = new Map<string, Known>();
  for (const one of known) {
    const before = byName.get(one.name);
    if (!before || before.text.length < one.text.length) byName.set(one.name, one);
  }
  return [...byName.values()];
}

/** The words of a name: `SO_RCVTIMEO`, `IcmpSendEcho2`, `setKeepAlive`. */
function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** How well something answers; 0 where one of the words is in none of it. */
function score(words: readonly string[], { name, text }: Known): number {
  const lower = name.toLowerCase();
  const inName = wordsOf(name);
  const inText = wordsOf(text);
  let sum = 0;
  for (const word of words) {
    if (lower === word) sum += 8;
    else if (inName.includes(word)) sum += 4;
    else if (word.length >= 5 && lower.includes(word)) sum += 3;
    else if (inText.some((one) => one.startsWith(word))) sum += 1;
    else return 0;
  }
  return sum;
}

/** What does something, by the words of a task: `ping`, `process id`, `timeout`. */
export async function find(wanted: string): Promise<Answer> {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const known = await everythingKnown();
  const forTask = namesForTask(words);
  const found = known
    .map((one) => ({
      one,
      points:
        score(words, one) + (forTask.includes(one.name) ? 100 - forTask.indexOf(one.name) : 0),
    }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points || a.one.name.length - b.one.name.length)
    .map(({ one }) => one);
  if (found.length === 0) {
    const names = known.flatMap(({ name }) => [name, name.replace(/^.*\./, '')]);
    throw notFound('name or text with', wanted, new Set(names));
  }
  const shown = found.slice(0, MOST);
  const rows = shown.map(({ name, from, text }) => [name, from, text.split(/(?<=\.) |\n/)[0]]);
  const more = found.length > MOST ? `\n\n… and ${found.length - MOST} more` : '';
  return {
    text: `${table(['name', 'from', 'what'], rows)}${more}\n\n\`winsock fn NAME\` tells all of one.`,
    data: shown,
  };
}
