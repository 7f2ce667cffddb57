/** Functions of kernel32, which every process has: what it takes to find other DLLs is bound by these. */
import type * as Koffi from 'koffi';
import { hostArch } from '../types/arch.ts';
import { GetModuleHandleW, type SystemFunction, type SystemType } from '../windows.g.ts';
import { koffi } from './koffi.ts';
import { whileNothingEnds } from './loading.ts';

/** koffi's name of an address that a function returns: an integer. */
export const ABI_POINTER_RESULT = hostArch === 'ia32' ? 'uint32_t' : 'int64_t';

/** A function as koffi gives it: `async` takes one argument more, which is called with the error and the result. */
export type NativeFunction = ((...args: unknown[]) => unknown) & {
  async: (...args: unknown[]) => void;
};

const RESULTS: Record<SystemType, string> = {
  void: 'void',
  uint16: 'uint16_t',
  int32: 'int32_t',
  uint32: 'uint32_t',
  size: 'size_t',
  pointer: ABI_POINTER_RESULT,
};
const PARAMETERS: Record<SystemType, string> = { ...RESULTS, pointer: 'void *' };

/** What koffi calls the result and the parameters of a function. Pointers are memory, addresses or null. */
export function signatureOf(definition: SystemFunction): readonly [string, string[]] {
  return [RESULTS[definition.result], definition.parameters.map((type) => PARAMETERS[type])];
}

let library: Koffi.LibraryHandle | undefined;

/** kernel32, which is loaded already and found by its name. */
export function kernel32(): Koffi.LibraryHandle {
  library ??= koffi().load(`${GetModuleHandleW.dll}.dll`);
  return library;
}

const bound = new Map<string, NativeFunction>();

/** Binds a function of kernel32, once. */
export function bindKernel32(definition: SystemFunction): NativeFunction {
  const { name } = definition;
  const native =
    bound.get(name) ??
    whileNothingEnds(() => kernel32().func('__stdcall', name, ...signatureOf(definition)));
  bound.set(name, native);
  return native;
}
