import { ABI_SIGNED_POINTER_SIZED, bindNative, type NativeFunction } from '../native/native.ts';
import type { AnyFunction, CType } from '../types/ctype.ts';
import type { Func } from './function.ts';
import { abiOf, type Parameter } from './parameters.ts';
import { abiOfResult } from './results.ts';

/** As many as there are, of any type. */
type RawArguments<P extends unknown[]> = { [Index in keyof P]: unknown };

/** A result as native code gives it: an address is a number, and so is a small 64-bit integer. */
type RawResult<R> = R extends number | undefined ? R : R extends bigint ? number | bigint : number;

/** A foreign function as it is: with as many arguments as it has in C, which nothing looks at. */
export type Unchecked<F extends AnyFunction> = ((
  ...args: RawArguments<Parameters<F>>
) => RawResult<ReturnType<F>>) &
  Pick<NativeFunction, 'async'>;

/**
 * The foreign function itself, without any of the checks: for a hot loop, at the caller's risk.
 *
 * Arguments go to native code as they are. A wrong address, a length beyond the memory, memory that
 * has been collected: each crashes the process or corrupts it, as in C. Results are raw as well: an
 * address is a number.
 *
 * @param target a function of this package
 * @param pointers how pointers are given: as `'memory'` (typed arrays, records, null) or, cheapest,
 *   as `'addresses'` (plain numbers, as `addressOf` gives them)
 */
export function unchecked<F extends AnyFunction>(
  target: Func<F>,
  pointers: 'memory' | 'addresses' = 'memory',
): Unchecked<F> {
  const { dll, name, signature } = target.definition;
  if (dll === '') throw new TypeError(`unchecked: ${name} is reached through a pointer, not a DLL`);
  const [result, ...parameters] = signature() as [CType<unknown>, ...Parameter[]];
  const types = parameters.map(({ type }) => {
    const abi = abiOf(type);
    return abi === 'void *' && pointers === 'addresses' ? ABI_SIGNED_POINTER_SIZED : abi;
  });
  return bindNative(dll, name, abiOfResult(result), types) as unknown as Unchecked<F>;
}
