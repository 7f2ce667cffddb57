/** The buffer that AcceptEx fills: first data, then the two addresses in a form of the provider's own. */

import {
  GetAcceptExSockaddrs as exported,
  type LPFN_GETACCEPTEXSOCKADDRS,
} from '../../../defs/mswsock.g.ts';
import type { Call, Func } from '../../ffi/calls/definition.ts';
import { handedOn } from '../../ffi/calls/flavours.ts';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import type { Callable } from './callable.ts';
import { type Extension, extensionOf } from './extension-function.ts';
import { EXTENSIONS } from './extension-table.ts';
import type { SocketProvider } from './socket-provider.ts';

const extension: Extension<LPFN_GETACCEPTEXSOCKADDRS> = {
  name: 'GetAcceptExSockaddrs',
  ...EXTENSIONS.GetAcceptExSockaddrs,
  failed: undefined,
};

/** Whose function reads the addresses in a buffer: the one whose AcceptEx wrote them. */
const readers = new WeakMap<ArrayBufferLike, Map<number, Func<Call>>>();
let latest: Func<Call> | undefined;

/** Notes which provider fills the buffer of an AcceptEx. */
export function rememberAcceptBuffer(args: readonly unknown[], provider: SocketProvider): void {
  const [socket, , buffer] = args;
  const reader = extensionOf(extension, provider, socket as number);
  if (!reader) return;
  latest = reader;
  if (!isMemory(buffer)) return;
  const memory = bytesOf(buffer);
  const atOffset = readers.get(memory.buffer);
  if (atOffset) atOffset.set(memory.byteOffset, reader);
  else readers.set(memory.buffer, new Map([[memory.byteOffset, reader]]));
}

function readerOf(args: readonly unknown[]): Func<Call> {
  const [buffer] = args;
  if (isMemory(buffer)) {
    const memory = bytesOf(buffer);
    const reader = readers.get(memory.buffer)?.get(memory.byteOffset);
    if (reader) return reader;
  }
  // Its arguments are only handed on.
  return latest ?? (exported as unknown as Func<Call>);
}

/**
 * Finds the two addresses in the buffer of an AcceptEx that has completed.
 *
 * The function takes no socket: for memory that was given to AcceptEx it is that of the provider
 * that filled it, for other memory and for plain addresses that of the latest AcceptEx; before any
 * AcceptEx it is the one that mswsock.dll exports.
 *
 * Windows 2000; mswsock.h. Does not fail.
 *
 * @param lpOutputBuffer in, the memory that AcceptEx got; as many bytes as the three lengths together
 * @param dwReceiveDataLength bytes of first data in it, as given to AcceptEx
 * @param dwLocalAddressLength bytes of the local address in it, as given to AcceptEx
 * @param dwRemoteAddressLength bytes of the remote address in it, as given to AcceptEx
 * @param LocalSockaddr out, `ref(ptr(sockaddr))`: the local address, inside the buffer
 * @param LocalSockaddrLength out, its bytes
 * @param RemoteSockaddr out, the remote address, inside the buffer
 * @param RemoteSockaddrLength out, its bytes
 * @throws RangeError where the buffer is shorter than the lengths say
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nf-mswsock-getacceptexsockaddrs
 */
export const GetAcceptExSockaddrs: Callable<LPFN_GETACCEPTEXSOCKADDRS> = /*#__PURE__*/ (() => {
  const definition = { ...exported.definition, dll: '' };
  // Both functions it hands on to have this type.
  return handedOn(
    extension.name,
    definition,
    readerOf,
  ) as unknown as Callable<LPFN_GETACCEPTEXSOCKADDRS>;
})();
