// Doc comments: a sentence, where the function comes from, how it fails, and the page about it.

import { GROUPS } from './overlays/groups.ts';
import { LINKS } from './overlays/links.ts';
import { SUMMARIES } from './overlays/summaries.ts';

export type Documented = 'function' | 'struct' | 'enum' | 'callback';

const BASE = 'https://learn.microsoft.com';

/** The lines of a doc comment; none when there is nothing to say. */
export function documentation(
  _kind: Documented,
  name: string,
  _module: string,
  notes: string[] = [],
): string[] {
  const lines: string[] = [];
  const summary = SUMMARIES[name];
  if (summary) lines.push(summary);
  lines.push(...notes);
  const link = LINKS[name];
  if (link) lines.push(`@see ${BASE}${link}`);
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`/** ${lines[0]} */`];
  return ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
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

export function failureSentence(failure: string): string {
  const errno = /^ErrnoOut\('(\w+)', (.*)\)$/.exec(failure);
  if (errno) return `${failureSentence(errno[2] as string)} The code is in ${errno[1]}.`;
  const pending = /^pending\((.*?), (.*)\)$/.exec(failure);
  if (pending) return `${failureSentence(pending[1] as string)} Pending: ${pending[2]}.`;
  return FAILURE_SENTENCES[failure] ?? '';
}

export function groupTitle(module: string, prefix: string): string {
  return GROUPS[`${module} ${prefix}`] ?? GROUPS[prefix] ?? (prefix ? `${prefix}*` : '');
}
