/** Binding functions of DLLs, and of addresses. */
import type * as Koffi from 'koffi';
import { hostArch } from '../types/arch.ts';
import {
  GetModuleHandleW,
  GetSystemDirectoryW,
  MAX_PATH,
  SYSTEM_CALL_DLLS,
  SYSTEM_CALLS,
  type SystemFunction,
} from '../windows.g.ts';
import { bindKernel32, type NativeFunction, signatureOf } from './kernel32.ts';
import { koffi } from './koffi.ts';
import { noteKoffiMemory } from './koffi-memory.ts';
import { whileNothingEnds } from './loading.ts';

/** koffi's name of a signed integer as wide as a pointer. */
export const ABI_SIGNED_POINTER_SIZED = hostArch === 'ia32' ? 'int32_t' : 'int64_t';

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

let finders: Record<'moduleHandle' | 'systemDirectory', NativeFunction> | undefined;
let systemDirectory: string | undefined;

/**
 * Where to load a DLL of Windows from. By its bare name it would also be found beside the program, in
 * the current directory or on the PATH, whoever has put it there; one that is loaded already is taken
 * by its name, and nothing is searched.
 */
function systemFile(dll: string): string {
  if (!finders) {
    finders = {
      moduleHandle: bindKernel32(GetModuleHandleW),
      systemDirectory: bindKernel32(GetSystemDirectoryW),
    };
    noteKoffiMemory();
  }
  if (finders.moduleHandle(Buffer.from(`${dll}\0`, 'utf16le')) !== 0) return dll;
  if (systemDirectory === undefined) {
    const text = Buffer.alloc(2 * MAX_PATH);
    // It gives a UINT.
    const units = finders.systemDirectory(text, MAX_PATH) as number;
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

/** Binds one of the functions that calls themselves are made with. Pointers are memory or null. */
export function bindSystem(definition: SystemFunction): NativeFunction {
  return bindNative(definition.dll, definition.name, ...signatureOf(definition));
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
    known = whileNothingEnds(() => koffi().proto('__stdcall', unique, result, [...parameters]));
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
  return whileNothingEnds(() => koffi().decode(BigInt(address), type));
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
