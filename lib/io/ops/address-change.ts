import { SIO_ADDRESS_LIST_CHANGE } from '../../../defs/ws2def.g.ts';
import { WSAIoctl } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BYTES } from '../port/operation-layout.ts';

/**
 * Starts WSAIoctl with SIO_ADDRESS_LIST_CHANGE, which completes when an address of the socket's family comes
 * to this computer or goes.
 *
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed
 */
export function startAddressChange(operation: Operation, on: Association): number {
  operation.prepare(on, 'addressChange');
  const record = operation.address;
  return operation.judgeStart(
    WSAIoctl(on.handle, SIO_ADDRESS_LIST_CHANGE, 0, 0, 0, 0, record + BYTES, record, 0) !== 0,
  );
}
