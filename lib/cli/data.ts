import { readFileSync } from 'node:fs';
import type { FailureData } from '../ffi/errors/failure.ts';
import type { Bound } from '../ffi/types/bound.ts';

/** What dist/api.json tells of a parameter. */
export interface ParameterData {
  readonly name: string;
  readonly type: string;
  /** What it is, as a noun phrase: the socket. */
  readonly what?: string;
  readonly direction?: 'in' | 'out' | 'inout';
  readonly required?: boolean;
  /** How much memory there must be, where the type does not say it. */
  readonly bound?: Bound;
  readonly string?: boolean;
  /** Whether the system goes on using it after the call. */
  readonly kept?: boolean;
}

/** A field of a structure, as the header has it. */
export interface FieldItem {
  readonly name?: string;
  /** What it is. */
  readonly text?: string;
  /** Of an unnamed structure or union within. */
  readonly fields?: readonly FieldItem[];
}

/** One name of a header. What is there depends on its kind. */
export interface Item {
  readonly name: string;
  readonly kind: string;
  readonly tag?: string;
  /** The name that the DLL and the header have, where it is another. */
  readonly export?: string;
  readonly summary?: string;
  /** Of a constant what it is, or what constants of its group are. */
  readonly text?: string;
  readonly fields?: readonly FieldItem[];
  readonly doc?: string;
  readonly dll?: string;
  readonly minimum?: string;
  readonly failure?: FailureData;
  /** What it returns when it has succeeded. */
  readonly returns?: string;
  /** The codes that its documentation names for its failures. */
  readonly errors?: readonly string[];
  readonly archs?: readonly string[];
  readonly result?: string;
  readonly params?: readonly (ParameterData | string)[];
  readonly type?: string;
  readonly of?: string;
  readonly reason?: string;
  readonly members?: Readonly<Record<string, number>>;
  /** What members are, by name. */
  readonly texts?: Readonly<Record<string, string>>;
}

export type Header = readonly [name: string, items: readonly Item[]];

let headers: readonly Header[] | undefined;

/** The description of the interface that the package carries, by header. */
export function readHeaders(): readonly Header[] {
  if (!headers) {
    const text = readFileSync(new URL('./api.json', import.meta.url), 'utf8');
    const data = JSON.parse(text) as Record<string, string | readonly Item[]>;
    headers = Object.entries(data).filter((entry): entry is [string, readonly Item[]] =>
      Array.isArray(entry[1]),
    );
  }
  return headers;
}

/** How a header is called: some of the names come from several small ones. */
export function headerName(name: string): string {
  return name === 'kernel' ? 'windows.h (kernel32)' : `${name}.h`;
}

/** The entry points of this package, and the modules they are. */
const ENTRIES = {
  winsock: () => import('../index.ts'),
  'winsock/iphlpapi': () => import('../iphlpapi.ts'),
  'winsock/spi': () => import('../spi.ts'),
  'winsock/kernel': () => import('../kernel.ts'),
  'winsock/qos': () => import('../qos.ts'),
  'winsock/io': () => import('../io.ts'),
  'winsock/names': () => import('../names.ts'),
  'winsock/c': () => import('../c.ts'),
} satisfies Record<string, () => Promise<object>>;

type Entry = keyof typeof ENTRIES;

/** The entry points whose names are C's, and so those that translated programs have. */
export const MIRROR: readonly Entry[] = [
  'winsock',
  'winsock/iphlpapi',
  'winsock/kernel',
  'winsock/qos',
  'winsock/spi',
];

export interface Published {
  readonly entry: string;
  readonly name: string;
  readonly value: unknown;
}

/** What the package exports under a name, in the first entry point that has it; in any case of letters. */
export async function published(name: string): Promise<Published | undefined> {
  let other: Published | undefined;
  for (const [entry, load] of Object.entries(ENTRIES)) {
    const module = (await load()) as Record<string, unknown>;
    if (Object.hasOwn(module, name)) return { entry, name, value: module[name] };
    if (other) continue;
    const close = Object.keys(module).find((key) => key.toLowerCase() === name.toLowerCase());
    if (close) other = { entry, name: close, value: module[close] };
  }
  return other;
}

/** All names that entry points export, or those of some, with what they are. */
export async function everything(
  entries: readonly Entry[] = Object.keys(ENTRIES) as Entry[],
): Promise<Published[]> {
  const all: Published[] = [];
  for (const entry of entries) {
    for (const [name, value] of Object.entries(await ENTRIES[entry]())) {
      all.push({ entry, name, value });
    }
  }
  return all;
}
