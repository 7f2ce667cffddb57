import type { Called, CallOf } from '../../ffi/ctype.ts';
import type { Func } from '../../ffi/function.ts';

/** A native function as JavaScript calls it, by the type that an implementation of it has. */
export type Callable<F extends Called> = Func<CallOf<F>>;
