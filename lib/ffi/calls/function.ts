/** Functions of Windows, from their definitions. */

import { callAsync } from '../async/async-call.ts';
import { withoutOwnCallbacks } from '../callbacks/own-callbacks.ts';
import { closeAll, errorOf } from '../callbacks/thrown.ts';
import { type Failure, NeverFails } from '../errors/failure.ts';
import type { NativeFunction } from '../native/kernel32.ts';
import { bindNative } from '../native/native.ts';
import { observer } from '../trace/observer.ts';
import type { AnyFunction, RegisteredFunction } from '../types/ctype.ts';
import { watcher } from '../watch/watcher.ts';
import { abiOf, abiOfResult } from './abi.ts';
import { assemble } from './assemble.ts';
import type { Call, Definition, Func, Signature } from './definition.ts';
import { inFlavours, throwing } from './flavours.ts';
import { failureCode, type NoteAllocated, type Prepared, prepare } from './prepare.ts';

/** Callbacks given as plain functions are native code's only while the call lasts. */
function releasingCallbacks(call: Call, transients: RegisteredFunction[]): Call {
  return (a, b, c, d, e, f, g, h, i, j, k, l, m, n) => {
    // A callback may call the same function: what was there before is the outer call's.
    const before = transients.length;
    let result: unknown;
    try {
      result = call(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
    } catch (error) {
      throw errorOf([error, ...closeAll(transients, before)]);
    }
    if (transients.length === before) return result;
    const errors = closeAll(transients, before);
    if (errors.length > 0) throw errorOf(errors);
    return result;
  };
}

/** A function that gives out memory: what was freed at its address before is memory again. */
function notingAllocated(call: Call, note: NoteAllocated): Call {
  return (...args) => {
    const result = call(...args);
    note(result, args);
    return result;
  };
}

function build(definition: Definition, resolveNative: () => NativeFunction): Func<Call> {
  const { failure, name } = definition;
  let bound: Prepared | undefined;
  const bind = () => {
    bound ??= prepare(definition, resolveNative());
    return bound;
  };
  // Replaced by the real call at the first one, which binds the function.
  let call: Call = (...args) => {
    const ready = bind();
    const takesCallbacks = ready.parameters.some(({ type }) => type.kind === 'callback');
    call = assemble(ready);
    if (ready.noteAllocated) call = notingAllocated(call, ready.noteAllocated);
    call = watcher()?.watch(call, definition, ready) ?? call;
    if (takesCallbacks) call = releasingCallbacks(call, ready.transients);
    call = withoutOwnCallbacks(call, name);
    call = observer()?.watch(call, definition, ready.parameters) ?? call;
    return call(...args);
  };
  return inFlavours(name, definition, {
    mirror: (a, b, c, d, e, f, g, h, i, j, k, l, m, n) =>
      call(a, b, c, d, e, f, g, h, i, j, k, l, m, n),
    orThrow: throwing(
      (...args) => call(...args),
      definition,
      (result, args) => failureCode(failure, bind().parameters, result, args),
    ),
    async: (...args) => callAsync(definition, bind(), args),
  });
}

/**
 * Defines a function of a DLL. Nothing is loaded until it is called.
 *
 * @param dll the name without its extension
 * @param name the exported name
 * @param failure how it says that it failed
 * @param signature the result type, then the parameters; asked at the first call
 */
export function func<F extends AnyFunction>(
  dll: string,
  name: string,
  failure: Failure,
  signature: () => Signature,
): Func<F> {
  const built = build({ dll, name, failure, signature }, () => {
    const [result, ...parameters] = signature();
    const types = parameters.map(({ type }) => abiOf(type));
    return bindNative(dll, name, abiOfResult(result), types);
  });
  // The generator writes F from the same declaration as the signature.
  return built as unknown as Func<F>;
}

/** A function that is reached through a pointer. */
export function funcAt(
  name: string,
  signature: () => Signature,
  resolveNative: () => NativeFunction,
  failure: Failure = NeverFails,
): Func<Call> {
  return build({ dll: '', name, failure, signature }, resolveNative);
}
