import {
  BOOLEAN,
  CHAR,
  type CType,
  DOUBLE,
  FILE,
  type Field,
  FLOAT,
  type FunctionType,
  HANDLE,
  INT,
  INT64,
  INTPTR,
  type IntType,
  LONG,
  pointerTo,
  type RecordType,
  SCHAR,
  SHORT,
  SIZE,
  UCHAR,
  UINT,
  UINT64,
  ULONG,
  USHORT,
  VOID,
  WCHAR,
} from './ctypes.ts';
import { TM, VA_LIST } from './library.ts';

/** What the package exports: which entry point has a name, and what it is. */
export type Exports = ReadonlyMap<string, { readonly entry: string; readonly value: unknown }>;

/** A type of the package at run time, as far as the translator asks it. */
interface Runtime {
  readonly kind: string;
  readonly name: string;
  readonly width?: number | 'pointer';
  readonly signed?: boolean;
  readonly target?: Runtime;
  readonly element?: Runtime;
  readonly length?: number;
  readonly isUnion?: boolean;
  readonly options?: { readonly aliases?: Readonly<Record<string, string>> };
  readonly base?: Runtime;
  readonly bits?: number;
  readonly record?: Runtime;
  sizeOf(arch: 'x64'): number;
  fieldsOf?(arch: 'x64'): Readonly<Record<string, Runtime>>;
  signature?(): readonly (Runtime | RuntimeParameter)[];
}
interface RuntimeParameter {
  readonly name: string;
  readonly type: Runtime;
  readonly direction: 'in' | 'out' | 'inout';
  readonly kept: boolean;
  readonly bound?: { readonly kind: string } | undefined;
}

/** A parameter of a function of the package. */
export interface ApiParameter {
  readonly name: string;
  readonly type: CType;
  /** How the package takes it: 'string' text that is read, 'pointer' memory, 'callback', a number … */
  readonly takes: string;
  readonly direction: 'in' | 'out' | 'inout';
  readonly kept: boolean;
  /** Of a pointer to a structure: whether it takes that structure only, and not any memory. */
  readonly strict: boolean;
  /** Of a callback: the name of its type. */
  readonly callback?: string;
}
export interface ApiFunction {
  readonly name: string;
  readonly entry: string;
  readonly result: CType;
  /** How the package gives the result: 'string' for text. */
  readonly gives: string;
  /** Undefined for macros, which take what they take. */
  readonly params: readonly ApiParameter[] | undefined;
  readonly failure: string | undefined;
}

/** The names of C that the package does not have because TypeScript does not need them. */
const BASE: Readonly<Record<string, CType>> = {
  void: VOID,
  VOID,
  char: CHAR,
  CHAR,
  CCHAR: CHAR,
  TCHAR: CHAR,
  _TCHAR: CHAR,
  wchar_t: WCHAR,
  WCHAR,
  OLECHAR: WCHAR,
  short: SHORT,
  SHORT,
  int: INT,
  INT,
  signed: INT,
  unsigned: UINT,
  long: LONG,
  float: FLOAT,
  FLOAT,
  double: DOUBLE,
  DOUBLE,
  bool: BOOLEAN,
  _Bool: BOOLEAN,
  BYTE: { ...UCHAR, name: 'BYTE' },
  byte: UCHAR,
  uchar: UCHAR,
  int8_t: SCHAR,
  uint8_t: { ...UCHAR, name: 'uint8' },
  int16_t: { ...SHORT, name: 'int16' },
  uint16_t: { ...USHORT, name: 'uint16' },
  int32_t: { ...INT, name: 'int32' },
  uint32_t: { ...UINT, name: 'uint32' },
  int64_t: INT64,
  uint64_t: UINT64,
  INT8: SCHAR,
  INT16: { ...SHORT, name: 'int16' },
  INT32: { ...INT, name: 'int32' },
  INT64,
  LONG64: INT64,
  DWORDLONG: UINT64,
  __int64: INT64,
  uint: UINT,
  ushort: USHORT,
  ulong: ULONG,
  size_t: SIZE,
  rsize_t: SIZE,
  SIZE_T: SIZE,
  ssize_t: INTPTR,
  SSIZE_T: INTPTR,
  ptrdiff_t: INTPTR,
  intptr_t: INTPTR,
  uintptr_t: { ...SIZE, name: 'ULONG_PTR' },
  INT_PTR: INTPTR,
  UINT_PTR: { ...SIZE, name: 'ULONG_PTR' },
  LONG_PTR: { ...INTPTR, name: 'LPARAM' },
  // Seconds and handles are numbers that JavaScript has exactly.
  time_t: INTPTR,
  __time64_t: INTPTR,
  fpos_t: INTPTR,
  off_t: LONG,
  clock_t: LONG,
  errno_t: INT,
  wint_t: USHORT,
  BOOLEAN: { ...UCHAR, name: 'BOOLEAN' },
  LANGID: { ...USHORT, name: 'WORD' },
  LCID: { ...ULONG, name: 'DWORD' },
  COLORREF: { ...ULONG, name: 'DWORD' },
  FILE,
  tm: TM,
  va_list: VA_LIST,
  HINSTANCE: { ...HANDLE, name: 'HINSTANCE' },
  LPTHREAD_START_ROUTINE: pointerTo({
    k: 'function',
    result: { ...ULONG, name: 'DWORD' },
    params: [{ name: 'lpParameter', type: pointerTo(VOID) }],
    variadic: false,
  }),
};

/** Types that the package has under another name that they have in C as well. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  CRITICAL_SECTION: 'RTL_CRITICAL_SECTION',
  FD_SET: 'fd_set',
};

/** Pointers that windows.h names, where the name does not say it by itself. */
const POINTERS: Readonly<Record<string, CType>> = {
  LPSTR: CHAR,
  LPCSTR: CHAR,
  PSTR: CHAR,
  PCSTR: CHAR,
  PCHAR: CHAR,
  LPCH: CHAR,
  PCH: CHAR,
  LPCCH: CHAR,
  PCCH: CHAR,
  PWCHAR: WCHAR,
  LPWCH: WCHAR,
  PWCH: WCHAR,
  LPCWCH: WCHAR,
  PCWCH: WCHAR,
  LPWSTR: WCHAR,
  LPCWSTR: WCHAR,
  PWSTR: WCHAR,
  PCWSTR: WCHAR,
  LPOLESTR: WCHAR,
  LPCOLESTR: WCHAR,
  LPTSTR: CHAR,
  LPCTSTR: CHAR,
  PTSTR: CHAR,
  PCTSTR: CHAR,
  PTCHAR: CHAR,
  LPTCH: CHAR,
  PTCH: CHAR,
  LPCTCH: CHAR,
  LPVOID: VOID,
  PVOID: VOID,
  LPCVOID: VOID,
  PCVOID: VOID,
};
const WIDE_WHEN_UNICODE: ReadonlySet<string> = new Set(
  'TCHAR _TCHAR LPTSTR LPCTSTR PTSTR PCTSTR PTCHAR LPTCH PTCH LPCTCH'.split(' '),
);

/** The package's description of a call, in the translator's terms. */
export class Api {
  readonly unicode: boolean;
  readonly #exports: Exports;
  readonly #records = new Map<string, RecordType>();
  readonly #functions = new Map<string, ApiFunction | undefined>();

  constructor(exports: Exports, unicode: boolean) {
    this.#exports = exports;
    this.unicode = unicode;
  }

  entryOf(name: string): string | undefined {
    return this.#exports.get(name)?.entry;
  }

  /** A type by its name in C. */
  type(name: string): CType | undefined {
    if (WIDE_WHEN_UNICODE.has(name)) {
      const character = this.unicode ? WCHAR : CHAR;
      return name.endsWith('TCHAR') && name[0] !== 'P' ? character : pointerTo(character);
    }
    if (Object.hasOwn(BASE, name)) return BASE[name];
    if (Object.hasOwn(POINTERS, name)) return pointerTo(POINTERS[name]!);
    const generic = `${name}${this.unicode ? 'W' : 'A'}`;
    for (const exported of [OTHER_NAMES[name] ?? name, generic]) {
      const found = this.#exports.get(exported)?.value as Runtime | undefined;
      if (found && isType(found)) return this.#named(this.fromRuntime(found), exported);
    }
    // A pointer to what is known: LPSOCKADDR_IN, PHOSTENT.
    const target = /^(?:LPC|LP|PC|P)(\w+)$/.exec(name)?.[1];
    const type = target && this.type(target);
    return type ? pointerTo(type) : undefined;
  }

  /** A type that knows the name the program has for it. */
  #named(type: CType, name: string): CType {
    if (type.k === 'int') return { ...type, name };
    if (type.k === 'record' && type.name !== name) return { ...type, name };
    return type;
  }

  fromRuntime(type: Runtime): CType {
    switch (type.kind) {
      case 'integer':
        return integerOf(type);
      case 'float':
        return type.name === 'float' ? FLOAT : DOUBLE;
      case 'string':
        return pointerTo(type.name.startsWith('char') ? CHAR : WCHAR);
      case 'pointer':
        return pointerTo(type.target ? this.fromRuntime(type.target) : VOID);
      case 'array':
        return { k: 'array', of: this.fromRuntime(type.element!), length: type.length };
      case 'callback':
        return { k: 'ptr', to: this.#callback(type), name: type.name };
      case 'record':
        return this.#record(type);
      case 'bits':
        return this.fromRuntime(type.base!);
      default:
        return VOID;
    }
  }

  #callback(type: Runtime): FunctionType {
    const [result, ...params] = type.signature!() as [Runtime, ...RuntimeParameter[]];
    return {
      k: 'function',
      result: this.fromRuntime(result),
      params: params.map((one) => ({ name: one.name, type: this.fromRuntime(one.type) })),
      variadic: false,
    };
  }

  #record(type: Runtime): RecordType {
    const known = this.#records.get(type.name);
    if (known) return known;
    const api = this;
    let fields: Field[] | undefined;
    // Asked when needed: records point to one another.
    const record: RecordType = {
      k: 'record',
      name: type.name,
      union: type.isUnion === true,
      api: true,
      ...(type.options?.aliases && { aliases: type.options.aliases }),
      get fields() {
        fields ??= Object.entries(type.fieldsOf!('x64')).map(([name, field]) =>
          field.kind === 'anonymous'
            ? { name: '', type: api.#record(field.record!) }
            : {
                name,
                type: api.fromRuntime(field),
                ...(field.kind === 'bits' && { bits: field.bits! }),
                takes: field.kind,
              },
        );
        return fields;
      },
    };
    this.#records.set(type.name, record);
    return record;
  }

  /** A function or macro of the package; of a name with A and W functions, as UNICODE says. */
  function(name: string): ApiFunction | undefined {
    const known = this.#functions.get(name);
    if (known || this.#functions.has(name)) return known;
    const made = this.#function(name);
    this.#functions.set(name, made);
    return made;
  }

  #function(name: string): ApiFunction | undefined {
    const plain = this.#exports.get(name);
    const suffix = this.unicode ? 'W' : 'A';
    const narrow = this.#exports.get(`${name}${suffix}`);
    const isGeneric = narrow !== undefined && !/^(Get|Free)AddrInfo$/.test(name);
    const chosen = isGeneric ? narrow : plain;
    if (!chosen || typeof chosen.value !== 'function' || isType(chosen.value)) return undefined;
    const { value, entry } = chosen;
    const { definition } = value as {
      definition?: {
        signature(): readonly (Runtime | RuntimeParameter)[];
        failure: { name: string };
      };
    };
    const exported = chosen === plain ? name : `${name}${suffix}`;
    if (!definition) {
      return {
        name: exported,
        entry,
        result: this.#macroResult(name),
        gives: name === 'WSA_CMSG_DATA' ? 'bytes' : 'integer',
        params: undefined,
        failure: undefined,
      };
    }
    const [result, ...params] = definition.signature() as [Runtime, ...RuntimeParameter[]];
    return {
      name: exported,
      entry,
      result: this.fromRuntime(result),
      gives: result.kind,
      failure: definition.failure.name,
      params: params.map((one) => ({
        name: one.name,
        type: this.fromRuntime(one.type),
        takes: one.type.kind,
        direction: one.direction,
        kept: one.kept,
        strict: !one.bound || one.bound.kind === 'count' || one.bound.kind === 'countAt',
        ...(one.type.kind === 'callback' && { callback: one.type.name }),
      })),
    };
  }

  #macroResult(name: string): CType {
    if (/^WSA_CMSG_(?:FIRST|NXT)HDR$/.test(name)) return pointerTo(this.type('WSACMSGHDR') ?? VOID);
    return MACRO_RESULTS[name] ?? INT;
  }

  /** A constant of the headers: its value, or true for one that is no number. */
  constant(name: string): number | bigint | true | undefined {
    const found = this.#exports.get(name);
    if (!found) return undefined;
    const { value } = found;
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    if (typeof value === 'object' && value !== null && !isType(value)) return true;
    return typeof value === 'string' ? true : undefined;
  }

  /** The extension function that a pointer of a type is for: AcceptEx of LPFN_ACCEPTEX. */
  extensionOf(type: string): string | undefined {
    const wanted = /^LPFN_(\w+)$/.exec(type)?.[1]?.replaceAll('_', '');
    if (!wanted) return undefined;
    for (const [name, { value }] of this.#exports) {
      const isFunction = typeof value === 'function' && !isType(value);
      if (isFunction && name.toUpperCase() === wanted) return name;
    }
    return undefined;
  }

  value(name: string): unknown {
    return this.#exports.get(name)?.value;
  }
}

/** What macros give that is no plain int. */
const MACRO_RESULTS: Readonly<Record<string, CType>> = {
  MAKEWORD: { ...USHORT, name: 'WORD' },
  LOBYTE: UCHAR,
  HIBYTE: UCHAR,
  LOWORD: USHORT,
  HIWORD: USHORT,
  WSAGETSELECTEVENT: USHORT,
  WSAGETSELECTERROR: USHORT,
  MAKELONG: LONG,
  WSA_CMSG_DATA: pointerTo(UCHAR),
};

function isType(value: unknown): value is Runtime {
  return typeof (value as Runtime | null)?.sizeOf === 'function';
}

function integerOf({ width, signed, name }: Runtime): IntType {
  if (name === 'char') return CHAR;
  if (name === 'WCHAR') return WCHAR;
  if (width === 'pointer') return signed ? HANDLE : { ...SIZE, name: 'ULONG_PTR' };
  if (width === 64) return signed ? INT64 : UINT64;
  if (width === 32) return signed ? INT : UINT;
  if (width === 16) return signed ? SHORT : USHORT;
  return signed ? SCHAR : UCHAR;
}
