import type { Api } from '../api.ts';
import type { Sym } from '../ast.ts';
import { type CType, INT, type RecordType } from '../ctypes.ts';
import { libraryFunction, libraryVariable } from '../library.ts';

interface Layer {
  readonly names: Map<string, Sym>;
  readonly types: Map<string, CType>;
  readonly tags: Map<string, CType>;
}

/** The names that are known at a place of the program, the innermost first. */
export class Scope {
  readonly api: Api;
  readonly #layers: Layer[] = [];
  readonly records: RecordType[] = [];
  readonly functions = new Map<string, Sym>();
  readonly globals: Sym[] = [];
  readonly #foreign = new Map<string, Sym>();
  /** The function whose body is read. */
  owner: Sym | undefined;

  /** How many bytes a text has in the encoding of the file. */
  readonly encodedLength: (text: string) => number;

  constructor(api: Api, encodedLength: (text: string) => number) {
    this.api = api;
    this.encodedLength = encodedLength;
    this.enter();
  }

  enter(): void {
    this.#layers.push({ names: new Map(), types: new Map(), tags: new Map() });
  }
  leave(): void {
    this.#layers.pop();
  }
  get isGlobal(): boolean {
    return this.#layers.length === 1;
  }

  declare(sym: Sym): Sym {
    this.#layers.at(-1)!.names.set(sym.name, sym);
    return sym;
  }
  isDeclaredHere(name: string): boolean {
    return this.#layers.at(-1)!.names.has(name);
  }
  /** A macro is known to the end of the file, wherever it is defined. */
  declareMacro(sym: Sym): Sym {
    this.#layers[0]!.names.set(sym.name, sym);
    return sym;
  }
  declareType(name: string, type: CType): void {
    this.#layers.at(-1)!.types.set(name, type);
  }
  declareTag(name: string, type: CType): void {
    this.#layers.at(-1)!.tags.set(name, type);
  }

  #find<T>(get: (layer: Layer) => T | undefined): T | undefined {
    for (let at = this.#layers.length - 1; at >= 0; at--) {
      const found = get(this.#layers[at]!);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A type that the program names; the tag of a structure will do where the file is C++ in its ways. */
  ownType(name: string): CType | undefined {
    return this.#find((layer) => layer.types.get(name) ?? layer.tags.get(name));
  }
  type(name: string): CType | undefined {
    return this.ownType(name) ?? this.api.type(name);
  }
  /** `struct NAME`; for those that the grammar took for one, the type of that name. */
  tag(name: string): CType | undefined {
    return this.#find((layer) => layer.tags.get(name)) ?? this.type(name);
  }
  isType(name: string): boolean {
    return !this.#find((layer) => layer.names.get(name)) && this.type(name) !== undefined;
  }

  name(name: string): Sym {
    return (
      this.#find((layer) => layer.names.get(name)) ??
      this.#foreign.get(name) ??
      this.#foreignName(name)
    );
  }

  /** A name that the program does not declare. */
  #foreignName(name: string): Sym {
    const sym = this.#library(name) ?? this.#package(name) ?? unknown(name);
    this.#foreign.set(name, sym);
    return sym;
  }

  #library(name: string): Sym | undefined {
    const library = libraryFunction(name);
    if (library) return { name, id: library.name, kind: 'library', type: library.type, library };
    const variable = libraryVariable(name);
    return variable && { name, id: variable.id, kind: 'library', type: variable.type };
  }

  #package(name: string): Sym | undefined {
    const api = this.api.function(name);
    if (api) {
      const { result, params = [] } = api;
      const type: CType = { k: 'function', result, params, variadic: false };
      return { name, id: api.name, kind: 'api', type, api };
    }
    const value = this.api.constant(name);
    if (value === undefined) return undefined;
    return { name, id: name, kind: 'constant', type: constantType(name, value, this.api), value };
  }
}

function unknown(name: string): Sym {
  return { name, id: name, kind: 'unknown', type: INT };
}

/** C's type of a constant of the headers. */
export function constantType(
  name: string,
  value: number | bigint | string | true,
  api: Api,
): CType {
  if (name === 'INVALID_SOCKET') return api.type('SOCKET') ?? INT;
  if (name === 'INVALID_HANDLE_VALUE') return api.type('HANDLE') ?? INT;
  if (/^(?:INADDR_|WSA_INFINITE|INFINITE|WSA_WAIT_|WAIT_|FIONBIO|FIONREAD|SIO_)/.test(name)) {
    return api.type('ULONG') ?? INT;
  }
  if (typeof value === 'bigint') return api.type('ULONGLONG') ?? INT;
  if (typeof value === 'number') {
    if (value > 0x7fffffff) return api.type('ULONG') ?? INT;
    return INT;
  }
  const object = api.value(name);
  const type = api.type((object as { constructor?: { name: string } })?.constructor?.name ?? '');
  return type ?? INT;
}
