import type { Func } from '../../ffi/calls/definition.ts';
import type { Called, CallOf } from '../../ffi/types/ctype.ts';

/** A native function as JavaScript calls it, by the type that an implementation of it has. */
export type Callable<F extends Called> = Func<CallOf<F>>;
