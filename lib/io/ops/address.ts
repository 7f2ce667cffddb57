import type { Operation } from '../operation.ts';
import { ADDRESS, ADDRESS_BYTES, ADDRESS_LENGTH_WORD } from '../record.ts';

/** Puts a sockaddr where the record has room for one. */
export function putAddress(operation: Operation, address: Uint8Array): void {
  if (address.length > ADDRESS_BYTES) {
    throw new RangeError(`an address of ${address.length} bytes; ${ADDRESS_BYTES} fit`);
  }
  addressBytes(operation).set(address);
}

/** The sockaddr that the system has put into the record: a view, until the next start. */
export function takeAddress(operation: Operation): Uint8Array {
  const length = Math.min(operation.words[ADDRESS_LENGTH_WORD]!, ADDRESS_BYTES);
  return addressBytes(operation).subarray(0, length);
}

function addressBytes({ words }: Operation): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + ADDRESS, ADDRESS_BYTES);
}
