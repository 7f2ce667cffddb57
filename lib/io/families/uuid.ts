/** UUIDs as text and as the bytes of a GUID, where services of other families are named by them. */

import { describe } from '../../ffi/types/describe.ts';
import { GUID, guidFromString, guidToString } from '../../ffi/types/guid.ts';

/** '00001101-0000-1000-8000-00805f9b34fb' */
export type Uuid = string;

const BYTES = 16;

/** @throws TypeError for what is no UUID */
export function writeUuid(sockaddr: Uint8Array, at: number, text: Uuid): void {
  if (typeof text !== 'string') throw new TypeError(`a UUID is text, got ${describe(text)}`);
  sockaddr.set(guidFromString(text), at);
}

/** The text of the GUID there, without braces; undefined where it is all zeros. */
export function readUuid(sockaddr: Uint8Array, at: number): Uuid | undefined {
  const bytes = sockaddr.subarray(at, at + BYTES);
  if (bytes.every((byte) => byte === 0)) return undefined;
  const guid = new GUID();
  guid.set(bytes);
  return guidToString(guid).slice(1, -1);
}

/** The text of a UUID in one form: lower case, without braces. */
export function normalUuid(text: Uuid): Uuid {
  return guidToString(guidFromString(text)).slice(1, -1);
}
