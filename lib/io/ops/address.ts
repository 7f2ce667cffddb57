import { peerSockaddr } from '../families/address.ts';
import type { Operation } from '../port/operation.ts';
import { ADDRESS_BYTES, ADDRESS_LENGTH_WORD } from '../port/operation-layout.ts';

/**
 * Puts the sockaddr of a peer where the record has room for one.
 *
 * @returns what was put there: see `peerSockaddr`
 * @throws RangeError for more than 128 bytes
 */
export function putAddress(operation: Operation, address: Uint8Array): Uint8Array {
  if (address.length > ADDRESS_BYTES) {
    throw new RangeError(`an address of ${address.length} bytes; ${ADDRESS_BYTES} fit`);
  }
  const peer = peerSockaddr(address);
  operation.addressBytes.set(peer);
  return peer;
}

/** The sockaddr that the system has put into the record: a view, until the next start. */
export function takeAddress(operation: Operation): Uint8Array {
  return operation.addressBytes.subarray(0, addressLength(operation));
}

/** How many bytes the sockaddr has that the system has put into the record. */
export function addressLength({ words }: Operation): number {
  return Math.min(words[ADDRESS_LENGTH_WORD]!, ADDRESS_BYTES);
}
