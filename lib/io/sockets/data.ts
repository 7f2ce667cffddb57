import { types } from 'node:util';
import { describe } from '../../ffi/types/describe.ts';

/** Data to send. Memory must not be changed until it was sent. Text goes as UTF-8. */
export type Data = string | ArrayBufferView | ArrayBuffer;

/**
 * Data as bytes: text is encoded, memory is not copied.
 *
 * @throws TypeError for anything else
 */
export function bytesOfData(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Also one of another realm, as test runners have them.
  if (types.isArrayBuffer(data)) return new Uint8Array(data);
  throw new TypeError(`data is text, an ArrayBuffer or a view of one, got ${describe(data)}`);
}
