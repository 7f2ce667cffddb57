import type { CallbackType } from '../../ffi/callbacks/callback.ts';
import { func } from '../../ffi/calls/function.ts';
import type { Failure } from '../../ffi/errors/failure.ts';
import type { AnyFunction, Called } from '../../ffi/types/ctype.ts';
import type { Callable } from '../extensions/callable.ts';

/** The catalogs of providers give paths with variables of the environment: %SystemRoot%\system32\mswsock.dll. */
export function expandPath(path: string): string {
  return path.replace(/%([^%]+)%/g, (whole, name: string) => process.env[name] ?? whole);
}

/**
 * A function that a provider's DLL exports. The DLL is loaded at its first call, and stays loaded.
 *
 * @param dll the path of the DLL
 * @param name the exported name
 * @param type the type of a pointer to the function
 * @param failure how it says that it failed
 */
export function exportedBy<F extends AnyFunction & Called>(
  dll: string,
  name: string,
  type: CallbackType<F>,
  failure: Failure,
): Callable<F> {
  // The signature is that of F.
  return func(expandPath(dll), name, failure, type.signature) as unknown as Callable<F>;
}
