import type { Api } from '../api.ts';

const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval ' +
    'export extends false finally for function if implements import in instanceof interface let new null ' +
    'package private protected public return static super switch this throw true try typeof var void ' +
    'while with yield undefined NaN Infinity process Buffer Number BigInt Math Object Array String Uint8Array Uint16Array ' +
    'Uint32Array Int8Array Int16Array Int32Array Float32Array Float64Array BigInt64Array BigUint64Array ' +
    'globalThis require module exports console Symbol Date Error Map Set Promise URL'
  ).split(' '),
);

/** What the output imports, by entry point. */
export class Imports {
  readonly #api: Api;
  readonly #names = new Map<string, Map<string, boolean>>();
  /** Names that the program declares itself. */
  readonly own = new Set<string>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** A value of the package, from the entry point that has it. */
  value(name: string, entry = this.#api.entryOf(name) ?? 'winsock'): string {
    this.#add(entry, name, false);
    return name;
  }
  /** A name that is only a type. */
  type(name: string, entry = this.#api.entryOf(name) ?? 'winsock'): string {
    this.#add(entry, name, true);
    return name;
  }
  /** A name of another file of the program. */
  file(name: string, home: string): string {
    this.#add(`./${home}.ts`, name, false);
    return name;
  }
  c(name: string): string {
    return this.value(name, 'winsock/c');
  }

  #add(entry: string, name: string, isType: boolean): void {
    const base = name.split('.')[0]!;
    let names = this.#names.get(entry);
    if (!names) {
      names = new Map();
      this.#names.set(entry, names);
    }
    names.set(base, (names.get(base) ?? true) && isType);
  }

  /** What comes from the package, and whether it is only a type. */
  get all(): ReadonlyMap<string, boolean> {
    const entries = [...this.#names].filter(([entry]) => !entry.startsWith('.'));
    return new Map(entries.flatMap(([, names]) => [...names]));
  }

  /** The import lines: of what was asked for, that which the lines of the file have. */
  lines(used: readonly string[]): string[] {
    const words = new Set(used.flatMap((line) => line.match(/[A-Za-z_$][\w$]*/g) ?? []));
    const entries = [...this.#names].sort(([a], [b]) => a.localeCompare(b));
    return entries.flatMap(([entry, names]) => {
      const kept = [...names].filter(([name]) => words.has(name));
      if (kept.length === 0) return [];
      const list = kept
        .sort(([a], [b]) => compareNames(a, b))
        .map(([name, isType]) => `${isType ? 'type ' : ''}${name}`);
      const line = `import { ${list.join(', ')} } from '${entry}';`;
      if (line.length <= 100) return [line];
      return ['import {', ...list.map((word) => `  ${word},`), `} from '${entry}';`];
    });
  }
}

/** As the formatter sorts: letters first, then case. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { sensitivity: 'base' }) || (a < b ? -1 : 1);
}

export function isReserved(name: string): boolean {
  return RESERVED.has(name);
}

const TYPES = new Set('any unknown never string number boolean symbol object bigint'.split(' '));

/** Whether a structure cannot have a name. */
export function isReservedType(name: string): boolean {
  return isReserved(name) || TYPES.has(name);
}
