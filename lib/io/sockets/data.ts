import { isBuffer, isUint8Array, isView } from '../../ffi/memory/intrinsics.ts';
import { bytesOf } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';

/** Data to send. Memory must not be changed until it was sent. Text goes as UTF-8. */
export type Data = string | ArrayBufferView | ArrayBuffer;

/** What an array holds, asked once for each: whatever it answers later, this stays. */
export function listOf<T, Made>(given: readonly T[], make: (one: T) => Made): Made[] {
  const list: Made[] = [];
  for (let i = 0; i < given.length; i++) list.push(make(given[i]!));
  return list;
}

/**
 * Data as bytes: text is encoded, memory is not copied.
 *
 * @throws TypeError for anything else
 */
export function bytesOfData(data: Data): Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return Buffer.from(data);
  if (isUint8Array(data)) return data;
  if (isView(data) || isBuffer(data)) return bytesOf(data, 'data');
  throw new TypeError(`data is text, an ArrayBuffer or a view of one, got ${describe(data)}`);
}
