import { WSAGetLastError } from '../../../defs/winsock2.g.ts';
import type { CallbackType } from '../../ffi/callbacks/callback.ts';
import type { Call, Func } from '../../ffi/calls/definition.ts';
import { handedOn } from '../../ffi/calls/flavours.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Failure } from '../../ffi/errors/failure.ts';
import type { AnyFunction, Called, Pointer } from '../../ffi/types/ctype.ts';
import type { GUID } from '../../ffi/types/guid.ts';
import { intptr } from '../../ffi/types/scalars.ts';
import type { Callable } from './callable.ts';
import { extensionPointer } from './extension-pointer.ts';
import { providerName, providerOf, type SocketProvider } from './socket-provider.ts';

/** A function that a provider has beside Winsock's own, reached through a pointer. */
export interface Extension<F extends AnyFunction> {
  readonly name: string;
  readonly id: GUID;
  readonly type: CallbackType<F>;
  readonly failure: Failure;
  /** What a call returns where the provider has no such function. */
  readonly failed: unknown;
  /** Refuses what the types of the parameters do not. */
  readonly verify?: (args: readonly unknown[]) => void;
  /** Sees the arguments of each call and whose function it goes to. */
  readonly observe?: (args: readonly unknown[], provider: SocketProvider) => void;
}

/** The function of one provider; undefined where it has none, and the last error says so. */
export function extensionOf<F extends AnyFunction>(
  extension: Extension<F>,
  provider: SocketProvider,
  socket: number,
): Func<Call> | undefined {
  const { functions } = provider;
  const { id, name, type, failure } = extension;
  const found = functions.get(name);
  if (found) return found;
  const address = extensionPointer(socket, id);
  if (address === 0) return undefined;
  // F is what the definition of the type says; here its arguments are only handed on.
  const bound = type.at(address as Pointer<F>, name, failure) as unknown as Func<Call>;
  functions.set(name, bound);
  return bound;
}

/** The error for a function that the provider of a socket does not have, or for a socket that is none. */
function lacking(name: string, provider: SocketProvider | undefined): WinsockError {
  const code = WSAGetLastError();
  const error = new WinsockError(code, name);
  if (!provider) return error;
  const lack = `the provider ${providerName(provider)} has no ${name}`;
  error.message = `${name}: ${error.code} (${code}): ${lack}`;
  return error;
}

/**
 * An extension function that is called like any other: the function of the socket's provider is
 * fetched at the first call for that provider, and kept.
 */
export function extensionFunction<F extends AnyFunction & Called>(
  extension: Extension<F>,
): Callable<F> {
  const { name, failed, failure, type, verify, observe } = extension;
  let first: string | undefined;
  const socketOf = (args: readonly unknown[]) => {
    first ??= `${name}: ${type.signature()[1]?.name}`;
    return intptr.check(args[0], first);
  };
  const resolve = (args: readonly unknown[]) => {
    const socket = socketOf(args);
    verify?.(args);
    const provider = providerOf(socket);
    const call = provider && extensionOf(extension, provider, socket);
    if (call) observe?.(args, provider);
    return { provider, call };
  };
  const resolveOrThrow = (args: readonly unknown[]) => {
    const { provider, call } = resolve(args);
    if (!call) throw lacking(name, provider);
    return call;
  };
  const mirror: Call = (...args) => {
    const { call } = resolve(args);
    return call ? call(...args) : failed;
  };
  const definition = { dll: '', name, failure, signature: type.signature };
  // Callable<F> is by type what F's definition says at run time.
  return handedOn(name, definition, resolveOrThrow, mirror) as unknown as Callable<F>;
}
