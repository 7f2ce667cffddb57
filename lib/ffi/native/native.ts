import { pathToFileURL } from 'node:url';
import type * as Koffi from 'koffi';
import { hostArch } from '../types/arch.ts';
import {
  GetModuleHandleW,
  GetSystemDirectoryW,
  MAX_PATH,
  SYSTEM_CALL_DLLS,
  SYSTEM_CALLS,
  type SystemFunction,
  type SystemType,
} from '../windows.g.ts';
import { createRequire, HERE } from './here.ts';
import { whileNothingEnds } from './loading.ts';

/**
 * The foreign-function library is loaded at the first native call, not at import: definitions,
 * structures and constants then work where it is absent, and importing the package stays cheap.
 */
let loaded: typeof Koffi | undefined;

interface Found {
  readonly require: NodeJS.Require;
  /** The file of the library: to look for it again would take as long as the first time. */
  readonly file: string;
}

/** Where it was loaded from. */
let found: Found | undefined;

/**
 * The native part of koffi, which is all of it that is called. Koffi's own way to it opens five more files, which at
 * the start of a program would be most of the time until the first native call.
 */
const nativePart = ({ platform, arch } = process) =>
  `@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`;

const OLDEST_NODE = 22;
const OLDEST_BUN = [1, 4, 0] as const;
const OLDEST_KOFFI = [3, 3, 4] as const;

/**
 * Calls on other threads run on a stack of the library's, and Windows' lookups use more of it than the
 * 128 KiB that are usual: providers and what looks over their shoulders run on it as well.
 */
const ASYNC_STACK_BYTES = 1 << 20;

export function koffi(): typeof Koffi {
  if (loaded) return loaded;
  if (process.platform === 'win32') requireSupportedRuntime(process.versions);
  const library = whileNothingEnds(load);
  requireKoffi(library.version);
  loaded = hasOurSettings(library) ? library : another();
  return loaded;
}

/** The files beside which packages are looked for: this one, the program, and the executable. */
function* places(): Generator<string> {
  yield HERE;
  const [, program] = process.argv;
  if (program !== undefined) yield pathToFileURL(program).href;
  yield pathToFileURL(process.execPath).href;
}

/**
 * What requires a file of koffi's, and ref-napi beside it, from where they are. A program that was bundled or compiled
 * into an executable may have it beside itself only; a bundler may have written the path of the computer that it ran
 * on into `HERE`.
 */
function find(name: string): Found | undefined {
  for (const place of places()) {
    try {
      const require = createRequire(place);
      return { require, file: require.resolve(name) };
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

function missing(what: string, cause?: unknown): Error {
  const binary = `@koromix/koffi-${process.platform}-${process.arch}`;
  return Object.assign(
    new Error(
      `winsock: ${what}: copy node_modules/koffi and node_modules/${binary} to a node_modules beside the program, ` +
        `or install them there by npm install winsock`,
      cause === undefined ? {} : { cause },
    ),
    { code: 'ERR_WINSOCK_NO_KOFFI' },
  );
}

/** The native part alone, where it is of a version that fits: npm may have it of another package here. */
function loadNativePart(): typeof Koffi | undefined {
  const part = find(nativePart());
  if (!part) return undefined;
  try {
    const library = part.require(part.file) as typeof Koffi;
    if (!isFit(library.version)) return undefined;
    found = part;
    return library;
  } catch {
    // Koffi may have another binary for this computer, or says what is wrong.
    return undefined;
  }
}

/** The library; where it is there and its native part is not, an error that says what to copy. */
function load(): typeof Koffi {
  const part = loadNativePart();
  if (part) return part;
  found = find('koffi');
  if (!found) throw missing('koffi, which calls native functions, was not found');
  try {
    return found.require(found.file) as typeof Koffi;
  } catch (cause) {
    // `require` throws errors.
    if (!/native Koffi module/.test((cause as Error).message)) throw cause;
    throw missing(`koffi has no binary for ${process.platform} on ${process.arch} here`, cause);
  }
}

/** What requires from where koffi was found. */
function besideKoffi(): Found {
  koffi();
  // Loading it has found it.
  return found!;
}

/** The place that the library was found from, for another thread. */
export function placeOfKoffi(): string {
  return besideKoffi().file;
}

/** Has the library loaded from the place that another thread has found it in. */
export function loadKoffiFrom(file: string): void {
  const require = createRequire(file);
  found = { require, file };
  loaded = whileNothingEnds(() => require(file) as typeof Koffi);
}

/** Whether the settings of the library could be made ours: its first use fixes them. */
function hasOurSettings(library: typeof Koffi): boolean {
  try {
    library.config({ ...library.config(), async_stack_size: ASYNC_STACK_BYTES });
    return true;
  } catch {
    return (library.config().async_stack_size ?? 0) >= ASYNC_STACK_BYTES;
  }
}

const OF_KOFFI = /[\\/]node_modules[\\/](koffi|@koromix[\\/]koffi-[^\\/]+)[\\/]/;

/** An instance of the library beside that of the program, which has used it before, with our settings. */
function another(): typeof Koffi {
  // It was loaded just before.
  const { require, file: ours } = found!;
  const { cache } = require;
  const theirs = Object.entries(cache).filter(([file]) => OF_KOFFI.test(file));
  for (const [file] of theirs) delete cache[file];
  try {
    // The package of that name is koffi.
    const library = require(ours) as typeof Koffi;
    hasOurSettings(library);
    return library;
  } finally {
    Object.assign(cache, Object.fromEntries(theirs));
  }
}

function parts(version: string): number[] {
  return version.split('.', 3).map((part) => Number.parseInt(part, 10));
}

function isFit(version: string): boolean {
  return atLeast(version, OLDEST_KOFFI) && parts(version)[0] === OLDEST_KOFFI[0];
}

function atLeast(version: string, oldest: readonly [number, number, number]): boolean {
  const [major = 0, minor = 0, patch = 0] = parts(version);
  if (major !== oldest[0]) return major > oldest[0];
  if (minor !== oldest[1]) return minor > oldest[1];
  return patch >= oldest[2];
}

/** @throws Error where the run time is older than what the native calls are known to work on. */
export function requireSupportedRuntime(versions: { node?: string; bun?: string }): void {
  if (versions.bun !== undefined) {
    // Older Bun ends the process at the first garbage collection after koffi is loaded.
    if (atLeast(versions.bun, OLDEST_BUN)) return;
    throw new Error(
      `winsock needs Bun ${OLDEST_BUN.join('.')} or later to call native functions; this is Bun ${versions.bun}`,
    );
  }
  const node = versions.node ?? '0.0.0';
  if (atLeast(node, [OLDEST_NODE, 0, 0])) return;
  throw new Error(
    `winsock needs Node.js ${OLDEST_NODE} or later to call native functions; this is Node.js ${node}`,
  );
}

/** @throws Error where koffi is not of the range whose last-error and pointer behaviour is relied upon. */
export function requireKoffi(version: string): void {
  if (isFit(version)) return;
  throw new Error(
    `winsock needs koffi ${OLDEST_KOFFI.join('.')} or later of the ${OLDEST_KOFFI[0]}.x series; ${version} is installed`,
  );
}

/** How koffi names the types that cross a call. Addresses travel as integers or as memory. */
export const ABI_POINTER_RESULT = hostArch === 'ia32' ? 'uint32_t' : 'int64_t';
export const ABI_SIGNED_POINTER_SIZED = hostArch === 'ia32' ? 'int32_t' : 'int64_t';

export type NativeFunction = ((...args: unknown[]) => unknown) & {
  async: (...args: unknown[]) => void;
};

const libraries = new Map<string, Koffi.LibraryHandle>();

const FILE_EXTENSION = /\.(dll|dylib|so)(\.\d+)*$/i;

/** Loads a library once. Names without a file extension are DLLs of Windows. */
function library(name: string, wanted: string): Koffi.LibraryHandle {
  const known = libraries.get(name);
  if (known) return known;
  const isDll = !FILE_EXTENSION.test(name);
  if (isDll && process.platform !== 'win32') {
    throw Object.assign(
      new Error(
        `${wanted} is a function of ${name}.dll, which exists on Windows only; this is ${process.platform}. ` +
          'Types, structures and constants work here, calls do not.',
      ),
      { code: 'ERR_WINSOCK_PLATFORM' },
    );
  }
  const file = isDll ? systemFile(`${name}.dll`) : name;
  let opened: Koffi.LibraryHandle;
  try {
    opened = koffi().load(file);
  } catch (cause) {
    // koffi throws errors.
    const { message } = cause as Error;
    throw Object.assign(new Error(`${wanted} needs ${file}: ${message}`, { cause }), {
      code: 'ERR_WINSOCK_NO_DLL',
    });
  }
  libraries.set(name, opened);
  return opened;
}

let kernel32: Record<'moduleHandle' | 'systemDirectory', NativeFunction> | undefined;
let systemDirectory: string | undefined;

/**
 * Where to load a DLL of Windows from. By its bare name it would also be found beside the program, in
 * the current directory or on the PATH, whoever has put it there; one that is loaded already is taken
 * by its name, and nothing is searched.
 */
function systemFile(dll: string): string {
  if (!kernel32) {
    const handle = koffi().load(`${GetModuleHandleW.dll}.dll`);
    const bind = ({ name, result, parameters }: SystemFunction) =>
      handle.func(
        '__stdcall',
        name,
        RESULTS[result],
        parameters.map((type) => PARAMETERS[type]),
      );
    kernel32 = {
      moduleHandle: bind(GetModuleHandleW),
      systemDirectory: bind(GetSystemDirectoryW),
    };
  }
  if (kernel32.moduleHandle(Buffer.from(`${dll}\0`, 'utf16le')) !== 0) return dll;
  if (systemDirectory === undefined) {
    const text = Buffer.alloc(2 * MAX_PATH);
    // It gives a UINT.
    const units = kernel32.systemDirectory(text, MAX_PATH) as number;
    systemDirectory = text.toString('utf16le', 0, 2 * units);
  }
  return `${systemDirectory}\\${dll}`;
}

/**
 * A function with parameters that it does not have after its own; the x64 calling convention lets
 * the caller give more. The system calls of Wine read six arguments, however few there are, and
 * those beyond the fourth lie after the end of koffi's stack, where Wine stumbles for ever.
 */
function padded(
  bind: (types: readonly string[]) => NativeFunction,
  parameters: readonly string[],
  missing: number,
): NativeFunction {
  const native = bind([...parameters, ...Array<string>(missing).fill('int64_t')]);
  const rest = Array<number>(missing).fill(0);
  const call = (...args: unknown[]) => native(...args, ...rest);
  const async = (...args: unknown[]) => native.async(...args.slice(0, -1), ...rest, args.at(-1));
  return Object.assign(call, { async });
}

/** Binds one function. The names are koffi's own type names. */
export function bindNative(
  dll: string,
  name: string,
  result: string,
  parameters: readonly string[],
): NativeFunction {
  return whileNothingEnds(() => bindFunction(dll, name, result, parameters));
}

function bindFunction(
  dll: string,
  name: string,
  result: string,
  parameters: readonly string[],
): NativeFunction {
  const handle = library(dll, name);
  try {
    // Named on all architectures: it matters on ia32 and is ignored elsewhere.
    const bind = (types: readonly string[]) => handle.func('__stdcall', name, result, [...types]);
    const isSystemCall = SYSTEM_CALL_DLLS.includes(dll) || SYSTEM_CALLS.includes(name);
    const missing = isSystemCall && hostArch === 'x64' ? 6 - parameters.length : 0;
    return missing > 0 ? padded(bind, parameters, missing) : bind(parameters);
  } catch (cause) {
    throw Object.assign(new Error(`${dll}.dll on this system has no function ${name}`, { cause }), {
      code: 'ERR_WINSOCK_NO_FUNCTION',
    });
  }
}

const RESULTS: Record<SystemType, string> = {
  void: 'void',
  int32: 'int32_t',
  uint32: 'uint32_t',
  size: 'size_t',
  pointer: ABI_POINTER_RESULT,
};
const PARAMETERS: Record<SystemType, string> = { ...RESULTS, pointer: 'void *' };

/** Binds one of the functions that calls themselves are made with. Pointers are memory or null. */
export function bindSystem({ dll, name, result, parameters }: SystemFunction): NativeFunction {
  return bindNative(
    dll,
    name,
    RESULTS[result],
    parameters.map((type) => PARAMETERS[type]),
  );
}

const prototypes = new Map<string, Koffi.TypeObject>();

/**
 * What koffi needs to know of a function of native code: to be called by it, or to call it. Its names of
 * types are global to the process, other packages may use the C name too, and they are never given back.
 */
export function prototypeOf(
  name: string,
  result: string,
  parameters: readonly string[],
): Koffi.TypeObject {
  const key = [name, result, ...parameters].join();
  let known = prototypes.get(key);
  if (known === undefined) {
    const unique = `winsock_${name}_${prototypes.size + 1}`;
    known = koffi().proto('__stdcall', unique, result, [...parameters]);
    prototypes.set(key, known);
  }
  return known;
}

/** Binds the function at an address. The names are koffi's own type names. */
export function bindPointer(
  address: number,
  name: string,
  result: string,
  parameters: readonly string[],
): NativeFunction {
  const type = prototypeOf(name, result, parameters);
  return koffi().decode(BigInt(address), type);
}

/** A function of Windows that is bound at its first call. */
/* @__NO_SIDE_EFFECTS__ */
export function systemFunction(definition: SystemFunction): (...args: unknown[]) => unknown {
  let native: NativeFunction | undefined;
  return (...args) => {
    native ??= bindSystem(definition);
    return native(...args);
  };
}

interface RefNapi {
  allocCString(text: string): Buffer<ArrayBuffer>;
  address(bytes: Uint8Array): number;
}

/** What is used of ref-napi, by koffi, which has binaries for more systems: Windows on ARM is one. */
export const insteadOfRefNapi: RefNapi = {
  allocCString: (text) => Buffer.from(`${text}\0`),
  address: (buffer) => Number(koffi().address(buffer)),
};

let references: RefNapi | undefined;

/** ref-napi: C strings that stay where they are, and addresses as plain numbers. */
export function refNapi(): RefNapi {
  if (references === undefined) {
    try {
      references = survivesRefNapi()
        ? (besideKoffi().require('ref-napi') as RefNapi)
        : insteadOfRefNapi;
    } catch {
      references = insteadOfRefNapi;
    }
  }
  return references;
}

/**
 * Whether this thread can end after ref-napi was loaded in it. At the end of a worker it frees what its own finalizers
 * still use; Bun (seen on 1.4.5) runs those afterwards, and the process crashes.
 */
function survivesRefNapi(): boolean {
  const { Bun } = globalThis as { Bun?: { readonly isMainThread: boolean } };
  return Bun === undefined || Bun.isMainThread;
}
