// Doc comments: a sentence, where the function comes from, how it fails, what happens to memory, and
// the page about it.

import { LINKS } from '../overlays/links.ts';
import { MINIMUM } from '../overlays/minimum.ts';
import { KERNEL_MODULE } from '../read/unit.ts';
import { ERRORS } from '../texts/errors.ts';
import { GROUPS } from '../texts/groups.ts';
import { RETURNS } from '../texts/returns.ts';
import { SUMMARIES } from '../texts/summaries.ts';

export type Documented = 'function' | 'struct' | 'enum' | 'callback';

const SITE = 'https://learn.microsoft.com';

const MINIMUM_BY_FUNCTION = new Map(
  Object.entries(MINIMUM).flatMap(([version, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, version] as const),
  ),
);

export function minimumWindows(name: string): string | undefined {
  return MINIMUM_BY_FUNCTION.get(name);
}

/** Headers whose functions all have a page at the usual address. */
const USUAL = new Set(['iphlpapi', 'netioapi', 'icmpapi', 'mstcpip', KERNEL_MODULE]);

/** The page about a name; `file` is the header that declares it. */
export function linkOf(kind: Documented, name: string, module: string, file: string): string {
  const known = LINKS[name];
  if (known) return SITE + known;
  if (kind !== 'function' || !USUAL.has(module)) return '';
  const header = module === KERNEL_MODULE ? file : module;
  return `${SITE}/windows/win32/api/${header}/nf-${header}-${name.toLowerCase()}`;
}

/** What is said of a name; the A and W variants share an entry. */
function entryOf(entries: Readonly<Record<string, string>>, name: string): string | undefined {
  return entries[name] ?? entries[name.replace(/[AW]$/, '')];
}

export function summaryOf(name: string): string | undefined {
  return entryOf(SUMMARIES, name);
}

/** The codes that a function reports when it fails, as far as its documentation names them. */
export function errorsOf(name: string): string[] | undefined {
  return entryOf(ERRORS, name)?.split(' ').sort();
}

/** By convention of failure: what success is, where it is the same for all. */
const SUCCESS: Record<string, string> = {
  SocketError: '0',
  InvalidSocket: 'the new socket',
  InvalidHandle: 'the new handle',
  IsFalse: 'TRUE (not 0)',
  ReturnsCode: '0',
  ReturnsNtStatus: '0',
};

/** What a function returns when it has succeeded; nothing for those that return nothing. */
export function returnsOf(name: string, failure: string, result: string): string | undefined {
  const [, convention = failure] = /^(?:pending\(|ErrnoOut\('\w+', )(\w+)/.exec(failure) ?? [];
  const byRule = convention === 'IsFalse' && result !== 'WINBOOL' ? undefined : SUCCESS[convention];
  return result === 'void' ? undefined : (entryOf(RETURNS, name) ?? byRule);
}

/** The lines of a doc comment; none when there is nothing to say. */
export function documentation(name: string, link: string, notes: string[] = []): string[] {
  const lines: string[] = [];
  const summary = summaryOf(name);
  if (summary) lines.push(summary);
  if (summary && notes.length > 0) lines.push('');
  lines.push(...notes);
  if (link) lines.push(`@see ${link}`);
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`/** ${lines[0]} */`];
  return ['/**', ...lines.map((line) => (line ? ` * ${line}` : ' *')), ' */'];
}

const FAILURE_SENTENCES: Record<string, string> = {
  SocketError: 'Fails with SOCKET_ERROR.',
  InvalidSocket: 'Fails with INVALID_SOCKET.',
  InvalidHandle: 'Fails with INVALID_HANDLE_VALUE.',
  IsFalse: 'Fails with FALSE (0).',
  IsNull: 'Fails with NULL.',
  InvalidEvent: 'Fails with WSA_INVALID_EVENT.',
  WaitFailed: 'Fails with WAIT_FAILED.',
  InetNone: 'Fails with INADDR_NONE.',
  ReturnsCode: 'Returns an error code, 0 for success.',
  ReturnsNtStatus: 'Returns an NTSTATUS.',
  NeverFails: 'Does not fail.',
};

const CODES: Record<string, string> = {
  '162': 'ERROR_SIGNAL_PENDING',
  '192': 'WAIT_IO_COMPLETION',
  '258': 'WAIT_TIMEOUT',
  '535': 'ERROR_PIPE_CONNECTED',
  '996': 'WSA_IO_INCOMPLETE',
  '997': 'WSA_IO_PENDING',
  '10036': 'WSAEINPROGRESS',
};

export function failureSentence(failure: string): string {
  const errno = /^ErrnoOut\('(\w+)', (.*)\)$/.exec(failure);
  if (errno) return `${failureSentence(errno[2] as string)} The code is in ${errno[1]}.`;
  const pending = /^pending\((.*?), (.*)\)$/.exec(failure);
  if (!pending) return FAILURE_SENTENCES[failure] ?? '';
  const codes = (pending[2] as string).split(', ').map((code) => CODES[code] ?? code);
  return `${failureSentence(pending[1] as string)} Not a failure: ${codes.join(', ')}.`;
}

/** `@param` lines for pointers: who reads and writes the memory, and how much of it there must be. */
export function parameterNotes(
  params: { name: string; facts: { direction?: string; bound?: string; kept?: boolean } }[],
): string[] {
  return params.flatMap(({ name, facts }) => {
    const words: string[] = [];
    if (facts.direction) words.push(facts.direction);
    const [kind = '', argument = ''] = (facts.bound ?? '').split(' ');
    if (kind === 'bytes') words.push(`${argument} bytes`);
    if (kind === 'bytesAt') words.push(`as many bytes as ${argument} points to`);
    if (kind === 'bytesSum')
      words.push(`as many bytes as ${argument.split(':').join(', ')} add up to`);
    if (kind === 'count') words.push(`${argument} elements`);
    if (kind === 'countAt') words.push(`as many elements as ${argument} points to`);
    if (kind === 'minBytes') words.push(`at least ${argument} bytes`);
    if (facts.kept) words.push('used until the operation is over');
    return words.length > 0 ? [`@param ${name} ${words.join(', ')}`] : [];
  });
}

/** What the constants with a prefix are, and the page about them. */
export function groupTitle(module: string, prefix: string, count: number): string {
  const text = GROUPS[`${module} ${prefix}`] ?? GROUPS[prefix];
  if (text === undefined) return prefix && count >= 4 ? `${prefix}*` : '';
  const [title, link] = text.split(' @ ');
  return link ? `${title}: ${SITE}${link}` : `${title}`;
}
