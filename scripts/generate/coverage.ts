// Where every name went: of the headers (from defs/api.json), and of the documentation (from
// data/inventory.json), against what the package's entry points export.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Item } from '../../lib/cli/data.ts';
import { readApi } from '../api.ts';
import { projectDir } from '../host/system/paths.ts';
import inventory from './data/inventory.json' with { type: 'json' };
import { words } from './model/lists.ts';
import { ABSENT, LEFT_OUT_MACROS } from './overlays/left-out.ts';
import { MODULES } from './read/unit.ts';
import { isHeader } from './texts/pages.ts';

const ENTRY_POINTS = ['index', 'kernel', 'spi', 'iphlpapi', 'qos'];

export interface HeaderCoverage {
  header: string;
  names: number;
  /** Functions, types and constants of the definitions. */
  bound: number;
  /** Function-like macros and inline functions that lib/api has. */
  macros: number;
  inlines: number;
  leftOut: Record<string, string>;
  missing: string[];
}

export interface SectionCoverage {
  section: string;
  names: number;
  exported: number;
  leftOut: Record<string, string>;
  missing: string[];
}

export interface Coverage {
  headers: HeaderCoverage[];
  documented: SectionCoverage[];
}

export async function coverage(): Promise<Coverage> {
  const exported = await exportedNames();
  const api = new Map(readApi().headers);
  const reasons = new Map<string, string>();
  for (const { names, reason } of ABSENT) {
    for (const name of words(names)) reasons.set(name, reason);
  }
  const tags = new Set<string>();
  const headers = [...MODULES.map(({ name }) => name), 'windows', 'kernel'].map((header) => {
    const items = api.get(header) ?? [];
    for (const item of items) {
      if (item.tag) tags.add(item.tag);
      if (item.kind === 'left out') reasons.set(item.name, item.reason ?? '');
    }
    return ofHeader(header, items, exported);
  });
  const documented = Object.entries(inventory).map(([section, rows]) =>
    ofSection(section, rows as [string, ...unknown[]][], exported, reasons, tags),
  );
  return { headers: headers.filter(({ names }) => names > 0), documented };
}

async function exportedNames(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const entry of ENTRY_POINTS) {
    const file = path.join(projectDir, 'lib', `${entry}.ts`);
    if (!existsSync(file)) continue;
    const module = (await import(pathToFileURL(file).href)) as object;
    for (const name of Object.keys(module)) names.add(name);
  }
  return names;
}

function reasonForMacro(name: string): string | undefined {
  return LEFT_OUT_MACROS.find(({ names }) => names.test(name))?.reason;
}

function ofHeader(header: string, items: readonly Item[], exported: Set<string>): HeaderCoverage {
  const found: HeaderCoverage = {
    header,
    names: 0,
    bound: 0,
    macros: 0,
    inlines: 0,
    leftOut: {},
    missing: [],
  };
  const count = (name: string, kind: string, reason?: string) => {
    found.names++;
    if (exported.has(name)) {
      if (kind === 'macro') found.macros++;
      else if (kind === 'inline') found.inlines++;
      else found.bound++;
      return;
    }
    const opaque =
      kind === 'handle' ? 'a record that no header declares: its handle is a number' : '';
    const why = reason ?? (opaque || reasonForMacro(name));
    if (why) found.leftOut[name] = why;
    else found.missing.push(name);
  };
  for (const item of items) {
    if (item.name) count(item.name, item.kind, item.reason);
    for (const member of Object.keys(item.members ?? {})) count(member, 'enum');
  }
  return found;
}

function ofSection(
  section: string,
  rows: [string, ...unknown[]][],
  exported: Set<string>,
  reasons: Map<string, string>,
  tags: Set<string>,
): SectionCoverage {
  const found: SectionCoverage = { section, names: 0, exported: 0, leftOut: {}, missing: [] };
  for (const [name, ...others] of rows) {
    found.names++;
    // Headers may know a documented thing by another name: getaddrinfo, GetAddrInfoA.
    const known = [name, ...others].filter(
      (one): one is string => typeof one === 'string' && !isHeader(one),
    );
    const reason = known.map((one) => reasons.get(one) ?? reasonForMacro(one)).find(Boolean);
    // Entry points of providers and functions behind a pointer are types: LPWSPRECV, LPFN_CONNECTEX.
    const upper = name.toUpperCase();
    const types = [`LP${upper}`, `LPFN_${upper}`];
    const isThere = [...known, ...types].some((one) => exported.has(one) || tags.has(one));
    if (isThere) found.exported++;
    else if (reason) found.leftOut[name] = reason;
    else found.missing.push(name);
  }
  return found;
}
