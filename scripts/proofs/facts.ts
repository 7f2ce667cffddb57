// What is known without running anything: the functions of the package, what a C compiler says of the
// headers (the neutral tests compare the definitions with it), and what the DLLs of Wine export.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readApi } from '../api.ts';
import { projectDir } from '../host/system/paths.ts';
import { GROUPS, type Group } from './groups.ts';

interface DllExports {
  readonly stubs: readonly string[];
  readonly absent: readonly string[];
}

export interface FunctionFact {
  readonly name: string;
  /** The name in the DLL, by which its calls are counted. */
  readonly exported: string;
  readonly header: string;
  /** Empty for a function that is reached through a pointer. */
  readonly dll: string;
  /** Whether the tests compare its parameters and result with the compiler's. */
  readonly signature: boolean;
  readonly inWine: 'exported' | 'stub' | 'absent' | 'by pointer';
}

export interface GroupFacts {
  readonly group: Group;
  readonly functions: readonly FunctionFact[];
  /** Records whose layout the tests compare with the compiler's. */
  readonly records: readonly string[];
}

export interface Facts {
  readonly groups: readonly GroupFacts[];
  /** Macros and inline functions with values that a compiler computed. */
  readonly macros: readonly string[];
  readonly constants: number;
  readonly identifiers: number;
}

/** Entries of api-values.json that are no functions: data for several of them. */
const NO_FUNCTION = ['guid', 'list', 'walk', 'walkRio', 'set', 'full'];

/** DLLs of Windows of which Wine has none. */
const NOT_IN_WINE = ['Windows.Networking'];

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(projectDir, file), 'utf8')) as T;
}

export function facts(): Facts {
  const api = new Map(readApi().headers);
  const compiler = readJson<{
    layouts: Record<string, unknown>;
    constants: Record<string, unknown>;
    signatures: Record<'x64' | 'ia32', Record<string, unknown>>;
  }>('tests/fixtures/compiler.json');
  const wine = readJson<Record<string, DllExports | undefined>>('tests/fixtures/wine-exports.json');
  const values = readJson<Record<string, unknown[]>>('tests/fixtures/api-values.json');
  // A few functions are declared for one of them only.
  const signatures = { ...compiler.signatures.ia32, ...compiler.signatures.x64 };

  const inWine = (dll: string, name: string): FunctionFact['inWine'] => {
    if (wine[dll]?.absent.includes(name) || NOT_IN_WINE.includes(dll)) return 'absent';
    return wine[dll]?.stubs.includes(name) ? 'stub' : 'exported';
  };

  const exported: FunctionFact[] = [...api].flatMap(([header, items]) =>
    items
      .filter(({ kind }) => kind === 'function')
      .map(({ name, dll = '', export: exported = name }) => ({
        name,
        exported,
        header,
        dll,
        signature: name in signatures,
        inWine: inWine(dll, name),
      })),
  );
  const pointer = (name: string): FunctionFact => {
    const upper = name.toUpperCase();
    // Members of a table without a type of their own are compared as members of the table.
    const signature = [`LPFN_${upper}`, `LP${upper}`].some((type) => type in signatures);
    return { name, exported: name, header: '', dll: '', signature, inWine: 'by pointer' };
  };

  const taken = new Set<string>();
  const take = (one: FunctionFact) => {
    if (taken.has(one.name)) return false;
    taken.add(one.name);
    return true;
  };
  // Names come before headers: those of a later group may be in the header of an earlier one.
  const named = GROUPS.map((group) => [
    ...(group.pointers ?? []).map(pointer).filter(take),
    ...exported.filter(({ name }) => group.names?.test(name)).filter(take),
  ]);
  const groups = GROUPS.map((group, index) => {
    const rest = exported.filter(({ header }) => group.headers?.includes(header)).filter(take);
    const records = (group.records ?? []).flatMap((header) =>
      (api.get(header) ?? [])
        .filter(({ kind, name }) => (kind === 'struct' || kind === 'union') && name !== '')
        .map(({ name }) => name),
    );
    return {
      group,
      functions: [...named[index]!, ...rest].sort((a, b) => (a.name < b.name ? -1 : 1)),
      records: records.filter((name) => name in compiler.layouts),
    };
  });
  const forgotten = exported.filter(({ name }) => !taken.has(name));
  if (forgotten.length > 0) {
    throw new Error(`in no group: ${forgotten.map(({ name }) => name).join(' ')}`);
  }
  return {
    groups,
    macros: Object.keys(values).filter((name) => !NO_FUNCTION.includes(name)),
    constants: Object.keys(compiler.constants).length,
    identifiers: values.guid?.length ?? 0,
  };
}
