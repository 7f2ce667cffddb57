import type { Operation } from '../port/operation.ts';
import { ADDRESS_BYTES, ADDRESS_LENGTH_WORD } from '../port/operation-layout.ts';

/** Puts a sockaddr where the record has room for one. */
export function putAddress(operation: Operation, address: Uint8Array): void {
  if (address.length > ADDRESS_BYTES) {
    throw new RangeError(`an address of ${address.length} bytes; ${ADDRESS_BYTES} fit`);
  }
  operation.addressBytes.set(address);
}

/** The sockaddr that the system has put into the record: a view, until the next start. */
export function takeAddress(operation: Operation): Uint8Array {
  return operation.addressBytes.subarray(0, addressLength(operation));
}

/** How long that sockaddr is. */
export function addressLength({ words }: Operation): number {
  return Math.min(words[ADDRESS_LENGTH_WORD]!, ADDRESS_BYTES);
}
