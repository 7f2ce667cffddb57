// Which pointers and counts of the definitions nothing measures, and why.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Definition, Parameter } from '../../lib/ffi/index.ts';
import type { Bound } from '../../lib/ffi/types/bound.ts';
import type { AnyCType, RecordType } from '../../lib/ffi/types/ctype.ts';
import { projectDir } from '../host/system/paths.ts';
import { lengthsOf } from './model/entries.ts';
import { ofVariants, words } from './model/lists.ts';
import { PARAM_GROUPS } from './overlays/params.ts';
import { UNMEASURED } from './overlays/unmeasured.ts';

export interface Unmeasured {
  /** `recv.buf`, `WSABUF.buf`. */
  readonly name: string;
  readonly reason: string | undefined;
}

/** Names of integers that count something. */
const COUNT = /(?:^n|^c|^cb|^cch|^dw|^ul?)?(?:num|count|len|size|bytes|entries)\w*$/i;

/** Every pointer and count without a measure, of functions and of the records that they are given. */
export async function unmeasured(): Promise<Unmeasured[]> {
  const names = new Set<string>();
  const records = new Set<RecordType>();
  for (const { name, signature } of await definitions()) {
    const [, ...parameters] = signature();
    for (const one of ofFunction(name, parameters)) names.add(one);
    for (const { type, direction } of parameters) {
      if (direction !== 'out' && type.kind === 'pointer') collect(type.target, records);
    }
  }
  for (const record of records) for (const one of ofRecord(record)) names.add(one);
  return [...names].sort().map((name) => ({ name, reason: reasonOf(name) }));
}

async function definitions(): Promise<Definition[]> {
  const found = new Map<string, Definition>();
  for (const file of readdirSync(path.join(projectDir, 'defs'))) {
    if (!file.endsWith('.g.ts')) continue;
    const url = pathToFileURL(path.join(projectDir, 'defs', file)).href;
    for (const value of Object.values((await import(url)) as object)) {
      const { definition } = (value ?? {}) as { definition?: Definition };
      if (definition) found.set(definition.name, definition);
    }
  }
  return [...found.values()];
}

/** A record that a function reads, and the records that it is made of or points to. */
function collect(type: AnyCType | undefined, records: Set<RecordType>): void {
  if (type?.kind === 'array') collect(type.element, records);
  if (type?.kind === 'pointer') collect(type.target, records);
  if (type?.kind !== 'record' || records.has(type)) return;
  records.add(type);
  for (const field of type.layoutFor('x64').fields) collect(field.type, records);
}

/** Whether a pointer is to bytes or characters, of which its type does not say how many there are. */
function isToBytes(type: AnyCType): boolean {
  if (type.kind !== 'pointer') return false;
  const { target } = type;
  if (target === undefined || target.kind === 'void') return true;
  return target.kind === 'integer' && (target.width === 8 || target.name === 'WCHAR');
}

function isCount(name: string, type: AnyCType): boolean {
  return type.kind === 'integer' && COUNT.test(name);
}

function ofFunction(name: string, parameters: readonly Parameter[]): string[] {
  const measured = new Set(parameters.flatMap(({ bound }) => lengthsOf(bound)));
  return parameters
    .filter(
      ({ name: own, type, bound }) =>
        (isToBytes(type) && (bound === undefined || bound.kind === 'opaque')) ||
        (isCount(own, type) && !measured.has(own)),
    )
    .map((one) => `${name}.${one.name}`);
}

function ofRecord(record: RecordType): string[] {
  const { measured = {}, counted = {} } = record.options;
  const bounds: Bound[] = Object.values(measured);
  const lengths = new Set([...bounds.flatMap(lengthsOf), ...Object.values(counted)]);
  return record
    .layoutFor('x64')
    .fields.filter(
      ({ name, type }) =>
        (isToBytes(type) && measured[name] === undefined) ||
        (isCount(name, type) && !lengths.has(name)),
    )
    .map((one) => `${record.name}.${one.name}`);
}

function reasonOf(name: string): string | undefined {
  const listed = UNMEASURED.find(({ names }) =>
    words(names).some((pattern) => matches(pattern, name)),
  );
  if (listed) return listed.reason;
  const [fn = '', parameter = ''] = name.split('.');
  const group = PARAM_GROUPS.find(({ functions }) =>
    words(ofVariants(functions, fn)?.[parameter] ?? '').includes('opaque'),
  );
  return group?.reason;
}

function matches(pattern: string, name: string): boolean {
  return new RegExp(
    `^${pattern.replaceAll('.', '\\.').replaceAll('*', '\\w*').replaceAll('?', '\\w')}$`,
  ).test(name);
}

/** Reasons of the list that are for nothing. */
export function voidReasons(rows: readonly Unmeasured[]): string[] {
  return UNMEASURED.flatMap(({ names }) => words(names)).filter(
    (pattern) => !rows.some(({ name }) => matches(pattern, name)),
  );
}
