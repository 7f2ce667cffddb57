// What is said of a name in words. The A and W variants share an entry.

import { EXPLANATIONS, IP_STATUS_EXPLANATIONS } from '../../../lib/cli/explanations.ts';
import type { FailureData } from '../../../lib/ffi/errors/failure.ts';
import minimum from '../data/minimum.json' with { type: 'json' };
import { ofVariants, withoutVariant, words } from '../model/lists.ts';
import { CONSTANTS } from './constants.ts';
import { ERRORS } from './errors.ts';
import { FIELDS } from './fields.ts';
import { GROUPS } from './groups.ts';
import { PARAMETERS } from './parameters.ts';
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

function groupOf(module: string, prefix: string): string | undefined {
  return GROUPS[`${module} ${prefix}`] ?? GROUPS[prefix];
}

/** What all constants with a prefix are; undefined where nothing is said of them. */
export function groupText(module: string, prefix: string): string | undefined {
  const [title] = groupOf(module, prefix)?.split(' @ ') ?? [];
  return title && `${title}.`;
}

/** What the constants with a prefix are, and the page about them. */
export function groupTitle(module: string, prefix: string, count: number): string {
  const text = groupOf(module, prefix);
  if (text === undefined) return prefix && count >= 4 ? `${prefix}*` : '';
  const [title, link] = text.split(' @ ');
  return link ? `${title}: https://learn.microsoft.com${link}` : `${title}`;
}

/** What a parameter is, as a noun phrase. */
export function parameterWhat(fn: string, parameter: string): string | undefined {
  const own = [fn, withoutVariant(fn)].map((name) => PARAMETERS[`${name}.${parameter}`]);
  return own.find(Boolean) ?? PARAMETERS[parameter];
}

/** What a field is: by the entry of the record whose name has most in common with this one's. */
export function fieldText(record: string, field: string): string | undefined {
  for (let length = record.length; length > 0; length--) {
    const text = FIELDS[`${record.slice(0, length)}.${field}`];
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Codes of errors that winsock2.h has under names of its own. */
const CODE_OF_WINSOCK = /^WSA_(IO_|INVALID_HANDLE|INVALID_PARAMETER|NOT_ENOUGH_|OPERATION_)/;

/** What a constant itself is; of codes of errors what they mean. */
export function constantText(module: string, name: string, value: unknown): string | undefined {
  const isCode = module === 'winerror' || CODE_OF_WINSOCK.test(name);
  const isStatus = module === 'ipexport' && !/^IP_(FLAG|OPT)_/.test(name);
  return (
    CONSTANTS[name] ??
    (isCode ? EXPLANATIONS[Number(value)] : undefined) ??
    (isStatus ? IP_STATUS_EXPLANATIONS[Number(value)] : undefined)
  );
}
