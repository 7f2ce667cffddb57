import type { Association } from '../association.ts';
import { extension, type Provider } from '../extension-pointers.ts';
import type { Operation } from '../operation.ts';

const TF_REUSE_SOCKET = 2;

/**
 * Starts DisconnectEx.
 *
 * @param reuse whether the socket shall be fit for another AcceptEx or ConnectEx afterwards
 * @returns COMPLETED, PENDING or an error code
 */
export function startDisconnect(
  operation: Operation,
  on: Association,
  provider: Provider,
  reuse: boolean,
): number {
  const DisconnectEx = extension('DisconnectEx', on.handle, provider);
  operation.prepare(on, 'disconnect');
  return operation.started(
    DisconnectEx(on.handle, operation.address, reuse ? TF_REUSE_SOCKET : 0, 0) === 0,
  );
}
