// What the reference is made of: the names of the headers (defs/api.json), what the package declares
// itself (its declaration files), and where each has its page.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { headerName, type Item } from '../../lib/cli/data.ts';
import { typesIn } from '../../lib/cli/declarations.ts';
import { type LayoutData, layoutsOf, recordOf } from '../../lib/cli/layouts.ts';
import { failureOf, formsOf } from '../../lib/cli/signature.ts';
import type { Arch } from '../../lib/ffi/types/arch.ts';
import { readApi } from '../api.ts';
import { MODULES } from '../generate/read/unit.ts';
import { projectDir } from '../host/system/paths.ts';
import { type Declaration, type Entry, type EntryName, readEntries } from './declarations.ts';
import { type Topic, topicOf } from './topics.ts';

export interface HeaderData {
  readonly name: string;
  /** As it is called: winsock2.h. */
  readonly title: string;
  readonly text: string;
  readonly names: readonly Name[];
}

/** A name of a header. */
export interface Name extends Item {
  readonly header: string;
  /** Where it is described. */
  readonly url: string;
  /** The entry point that exports it, if one does. */
  readonly from: string | undefined;
  readonly topic: Topic | undefined;
  /** What the package itself says of it, of macros and inline functions above all. */
  readonly declared: Declaration | undefined;
  /** How an extension function says that it failed. */
  readonly fails?: string | undefined;
  /** The TypeScript of a function, of its declaration file. */
  readonly typescript: string | undefined;
  readonly value?: unknown;
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A function that the package writes itself and no header names as such. */
export interface OwnFunction {
  readonly name: string;
  readonly url: string;
  readonly from: string;
  readonly doc: string;
  readonly topic: Topic | undefined;
}

export interface Model {
  readonly source: string;
  readonly own: readonly OwnFunction[];
  readonly headers: readonly HeaderData[];
  readonly entries: readonly Entry[];
  /** Where a name of the package is described. */
  readonly urls: ReadonlyMap<string, string>;
  readonly layouts: (name: string) => Record<Arch, LayoutData> | undefined;
}

/** The names that are called. */
export const isFunction = ({ kind }: Item) => /^(function|macro|inline)$/.test(kind);
export const isRecord = ({ kind }: Item) => /^(struct|union)$/.test(kind);

/** Kinds that have a page each, and what the file's name begins with. */
const PAGES: Record<string, string> = {
  function: 'fn',
  macro: 'fn',
  inline: 'fn',
  struct: 'struct',
  union: 'struct',
  callback: 'type',
  enum: 'enum',
};

export function entryUrl({ name }: Pick<Entry, 'name'>): string {
  return `/api/${name === 'index' ? 'winsock' : name}/index.html`;
}

export function declarationUrl(entry: Pick<Entry, 'name'>, { kind, name }: Declaration): string {
  const page = entryUrl(entry);
  return kind === 'class' ? page.replace('index', name) : `${page}#${name}`;
}

function urlOf(header: string, { kind, name }: Item, published: boolean): string {
  const page = published ? PAGES[kind] : undefined;
  return page && name
    ? `/reference/${header}/${page}.${name}.html`
    : `/reference/${header}/index.html#${name}`;
}

/** Functions that no DLL exports, each described by the type of the pointer that it is reached by. */
function extensionFunctions(items: readonly Item[], exported: ReadonlySet<string>): Item[] {
  const known = new Set(items.filter(isFunction).map(({ name }) => name));
  const names = new Map([...exported].map((name) => [name.toUpperCase(), name]));
  return items.flatMap((type) => {
    const name = type.kind === 'callback' && names.get(type.name.replace(/^LPFN_/, ''));
    if (!name || known.has(name)) return [];
    const summary = type.summary?.replace(/^\w+: (.)/, (_, first: string) => first.toUpperCase());
    return [{ ...type, name, kind: 'function', ...(summary && { summary }) }];
  });
}

/** The signatures that the declarations of a header have, by name. */
function signaturesOf(header: string): Map<string, string> {
  const text = readFileSync(path.join(projectDir, 'dist/types/defs', `${header}.g.d.ts`), 'utf8');
  const { functions, callbacks } = typesIn(text);
  const written = new Map([...functions].map(([name, type]) => [name, `${name}: ${type}`]));
  for (const [name, type] of callbacks) {
    const forms = formsOf(type);
    written.set(name, `type ${name} = ${forms.written};`);
    // What is reached by a pointer is called by the other form.
    const reached = name.replace(/^LPFN_/, '');
    if (reached !== name) written.set(reached, forms.called);
  }
  return written;
}

function pointerSignature({ kind, name }: Item, signatures: ReadonlyMap<string, string>) {
  const called = kind === 'function' ? signatures.get(name.toUpperCase()) : undefined;
  return called && `${name}: ${called}`;
}

export async function readModel(): Promise<Model> {
  const { source, headers: modules } = readApi();
  const entries = readEntries();
  const exporting = (name: string) => entries.find(({ names }) => names.has(name));
  const declared = new Map<string, Declaration>();
  // The first entry that has a name is where it is at home: the mirror before the others.
  for (const { declarations } of [...entries].reverse()) {
    for (const one of declarations) declared.set(one.name, one);
  }

  const mirrored = (await import('../../lib/index.ts')) as Record<string, unknown>;
  const describe = (header: string, items: readonly Item[]): Name[] => {
    const signatures = signaturesOf(header);
    const seen = new Set<string>();
    return items.flatMap((item) => {
      const from = item.kind === 'left out' ? undefined : exporting(item.name);
      const name: Name = {
        ...item,
        header,
        url: urlOf(header, item, from !== undefined),
        from: from?.specifier,
        topic: isFunction(item) && from ? topicOf({ name: item.name, header }) : undefined,
        typescript: signatures.get(item.name) ?? pointerSignature(item, signatures),
        fails: item.kind === 'function' && !item.dll ? failureOf(mirrored[item.name]) : undefined,
        declared: from?.name === 'io' ? undefined : declared.get(item.name),
      };
      // Some names are macros as well as inline functions.
      const key = isFunction(item) ? name.url : `${item.kind} ${item.name}`;
      if (item.name && seen.has(key)) return [];
      seen.add(key);
      return [name];
    });
  };
  const order = [...MODULES.map(({ name }) => name), 'windows', 'kernel'];
  const mirror = entries[0]!.names;
  const headers = [...modules]
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([name, items]): HeaderData => {
      const extensions = name === 'mswsock' ? extensionFunctions(items, mirror) : [];
      return {
        name,
        title: headerName(name),
        text: TITLES[name] ?? MODULES.find((one) => one.name === name)?.title ?? '',
        names: describe(name, [...items, ...extensions]),
      };
    });
  return {
    source,
    own: ownFunctions(headers, entries),
    headers,
    entries,
    urls: urlsOf(headers, entries),
    layouts: await layouts(entries),
  };
}

/** Where the functions of an entry belong, for the rules of the topics. */
const HEADERS: Partial<Record<EntryName, string>> = {
  iphlpapi: 'iphlpapi',
  spi: 'ws2spi',
  qos: 'qos2',
  kernel: 'kernel',
};

function ownFunctions(headers: readonly HeaderData[], entries: readonly Entry[]): OwnFunction[] {
  const known = new Set(headers.flatMap(({ names }) => names.map(({ name }) => name)));
  return entries
    .filter(({ name }) => name !== 'io')
    .flatMap((entry) =>
      entry.declarations
        .filter(({ name, kind, source }) => {
          const called = kind === 'function' || (kind === 'constant' && /[a-z]{2}/.test(name));
          return called && source.startsWith('api/') && !known.has(name);
        })
        .map((one) => ({
          name: one.name,
          url: declarationUrl(entry, one),
          from: entry.specifier,
          doc: one.doc,
          topic: topicOf({ name: one.name, header: HEADERS[entry.name] }),
        })),
    );
}

const TITLES: Record<string, string> = {
  windows: 'Types that all headers use',
  kernel: 'Events, ports, waits, files, threads and windows',
};

function urlsOf(headers: readonly HeaderData[], entries: readonly Entry[]): Map<string, string> {
  const urls = new Map<string, string>();
  const set = (name: string, url: string) => urls.has(name) || urls.set(name, url);
  const names = headers.flatMap((header) => header.names).filter(({ from }) => from);
  // What is called or laid out goes before an alias or a constant of the same name.
  for (const { name, url } of names.filter(({ kind }) => kind in PAGES)) if (name) set(name, url);
  for (const { name, url, kind, members } of names) {
    if (name && !(kind in PAGES)) set(name, url);
    for (const member of Object.keys(members ?? {})) set(member, url);
  }
  for (const entry of entries) {
    for (const one of entry.declarations) set(one.name, declarationUrl(entry, one));
  }
  return urls;
}

async function layouts(entries: readonly Entry[]): Promise<Model['layouts']> {
  const modules = await Promise.all(
    entries
      .filter(({ name }) => name !== 'io' && name !== 'names')
      .map(({ name }) => import(`../../lib/${name}.ts`) as Promise<Record<string, unknown>>),
  );
  const known = new Set(modules.flatMap((module) => Object.keys(module)));
  return (name) => {
    const type = modules.map((module) => recordOf(module[name])).find(Boolean);
    return type && layoutsOf(type, known);
  };
}
