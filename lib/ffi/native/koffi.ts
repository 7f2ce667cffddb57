/** Finding and loading koffi, which calls native functions. */
import { pathToFileURL } from 'node:url';
import type * as Koffi from 'koffi';
import { isMainThread, isThere } from './builtins.ts';
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

/** In place of 3 MiB, for a thread that waits in one function of the system and gives it numbers. */
const SMALL = { sync_stack_size: 1 << 18, sync_heap_size: 1 << 16 };

/**
 * The library, loaded at the first call.
 *
 * @throws Error where it is absent, has no binary for this computer, or it or the run time is too old
 */
export function koffi(): typeof Koffi {
  if (loaded) return loaded;
  if (process.platform === 'win32') requireSupportedRuntime(process.versions);
  loaded = whileNothingEnds(() => {
    const library = load();
    requireKoffi(library.version);
    return hasOurSettings(library) ? library : another();
  });
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
      return { require, file: resolve(require, name) };
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

/**
 * As `require.resolve` finds it. That reads the description of each package on the way, which takes as long as loading
 * the library: a file is there or is not.
 */
function resolve(require: NodeJS.Require, name: string): string {
  const folders = (name.endsWith('.node') && require.resolve.paths?.(name)) || [];
  return folders.map((folder) => `${folder}/${name}`).find(isThere) ?? require.resolve(name);
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
export function besideKoffi(): Found {
  koffi();
  // Loading it has found it.
  return found!;
}

/** The place that the library was found from, for another thread. */
export function placeOfKoffi(): string {
  return besideKoffi().file;
}

/** Has the library loaded from the place that another thread has found it in, for the poller. */
export function loadKoffiFrom(file: string): void {
  const require = createRequire(file);
  found = { require, file };
  loaded = whileNothingEnds(() => {
    const library = require(file) as typeof Koffi;
    library.config({ ...library.config(), ...SMALL });
    return library;
  });
}

/** Whether the settings of the library could be made ours: its first use fixes them. */
function hasOurSettings(library: typeof Koffi): boolean {
  try {
    const settings = { ...library.config(), async_stack_size: ASYNC_STACK_BYTES };
    // The stacks of a thread's asynchronous calls would stay when it ends.
    if (!isMainThread()) settings.resident_async_pools = 0;
    library.config(settings);
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
