// What is said of a name in words. The A and W variants share an entry.

import type { FailureData } from '../../../lib/ffi/errors/failure.ts';
import minimum from '../data/minimum.json' with { type: 'json' };
import { ofVariants, words } from '../model/lists.ts';
import { ERRORS } from './errors.ts';
import { GROUPS } from './groups.ts';
import { RETURNS } from './returns.ts';
import { SUMMARIES } from './summaries.ts';

export function summaryOf(name: string): string | undefined {
  return ofVariants(SUMMARIES, name);
}

/** The codes that a function reports when it fails, as far as its documentation names them. */
export function errorsOf(name: string): string[] | undefined {
  const text = ofVariants(ERRORS, name);
  return text === undefined ? undefined : words(text).sort();
}

/** By convention of failure: what success is, where it is the same for all. */
const SUCCESS: Partial<Record<FailureData['convention'], string>> = {
  SocketError: '0',
  InvalidSocket: 'the new socket',
  InvalidHandle: 'the new handle',
  IsFalse: 'TRUE (not 0)',
  ReturnsCode: '0',
  ReturnsNtStatus: '0',
};

/** What a function returns when it has succeeded; nothing for those that return nothing. */
export function returnsOf(
  name: string,
  { convention }: FailureData,
  result: string,
): string | undefined {
  if (result === 'void') return undefined;
  const byRule = convention === 'IsFalse' && result !== 'WINBOOL' ? undefined : SUCCESS[convention];
  return ofVariants(RETURNS, name) ?? byRule;
}

const MINIMUM_BY_FUNCTION = new Map(
  Object.entries(minimum).flatMap(([version, names]) =>
    names.map((name) => [name, version] as const),
  ),
);

/** The first Windows that has a function, which has both of its variants. */
export function minimumWindows(name: string): string | undefined {
  const other = name.replace(/[AW]$/, (letter) => (letter === 'A' ? 'W' : 'A'));
  return MINIMUM_BY_FUNCTION.get(name) ?? MINIMUM_BY_FUNCTION.get(other);
}

/** What the constants with a prefix are, and the page about them. */
export function groupTitle(module: string, prefix: string, count: number): string {
  const text = GROUPS[`${module} ${prefix}`] ?? GROUPS[prefix];
  if (text === undefined) return prefix && count >= 4 ? `${prefix}*` : '';
  const [title, link] = text.split(' @ ');
  return link ? `${title}: https://learn.microsoft.com${link}` : `${title}`;
}
