import { TF_REUSE_SOCKET } from '../../../defs/mswsock.g.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import { isWine } from '../calls/wine.ts';
import type { Association } from '../port/association.ts';
import { type Operation, PENDING } from '../port/operation.ts';

/**
 * Starts DisconnectEx.
 *
 * @param reuse whether the socket shall be fit for another AcceptEx or ConnectEx afterwards
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no DisconnectEx
 */
export function startDisconnect(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  reuse: boolean,
): number {
  const DisconnectEx = extension('DisconnectEx', on.handle, kind);
  operation.prepare(on, 'disconnect');
  const flags = reuse ? TF_REUSE_SOCKET : 0;
  const failed = DisconnectEx(on.handle, operation.address, flags, 0) === 0;
  // Wine says "pending" of what is over already, and sends no packet where that may be skipped.
  const isOver = failed && on.skips && isWine() && operation.words[0] === 0;
  return operation.judgeStart(failed && !(isOver && WSAGetLastError() === PENDING));
}
