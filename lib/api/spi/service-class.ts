import { WSANSCLASSINFOW, type WSASERVICECLASSINFOW } from '../../../defs/winsock2.g.ts';
import { encodeWString } from '../../ffi/memory/strings.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { GUID } from '../../ffi/types/guid.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { offsetof, type Struct, type StructType, sizeof } from '../../ffi/types/record.ts';
import { uintptr } from '../../ffi/types/scalars.ts';
import { behind, Pack } from './pack.ts';

function packed(record: WSASERVICECLASSINFOW): Pack {
  // Records are made by `struct` only, and so of a class that is a record type.
  const type = record.constructor as StructType<Struct>;
  const pack = new Pack();
  pack.add(record);
  const id = behind(record, offsetof(type, 'lpServiceClassId'), sizeof(GUID));
  if (id) pack.point(offsetof(type, 'lpServiceClassId'), pack.add(id));
  const name = record.lpszServiceClassName;
  if (name !== null) {
    const text = encodeWString(name, 'lpszServiceClassName');
    pack.point(offsetof(type, 'lpszServiceClassName'), pack.add(text));
  }
  const offset = offsetof(type, 'lpClassInfos');
  const size = sizeof(WSANSCLASSINFOW);
  const infos = behind(record, offset, record.dwCount * size);
  if (!infos) return pack;
  const place = pack.add(infos);
  pack.point(offset, place);
  const first = uintptr.get(record, offset);
  for (let i = 0; i < record.dwCount; i++) {
    // An address moved by bytes is an address.
    const info = cast(WSANSCLASSINFOW, (first + i * size) as Pointer);
    const at = (member: string) => place + i * size + offsetof(WSANSCLASSINFOW, member);
    if (info.lpszName !== null) {
      pack.point(at('lpszName'), pack.add(encodeWString(info.lpszName, 'lpszName')));
    }
    const value = behind(info, offsetof(WSANSCLASSINFOW, 'lpValue'), info.dwValueSize);
    if (value) pack.point(at('lpValue'), pack.add(value));
  }
  return pack;
}

/**
 * Answers NSPGetServiceClassInfo: copies a service class into the caller's memory, together with what it
 * points to. Where that memory is too small, the length that is needed is written to `size`.
 *
 * @param info what the function is given as `lpServiceClassInfo`
 * @param size what it is given as `lpdwBufSize`: the size of the caller's memory in bytes
 * @param answer the service class
 * @returns 0, which is the function's result
 * @throws WinsockError WSAEFAULT where the caller's memory is too small
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nc-ws2spi-lpnspgetserviceclassinfo
 */
export function answerServiceClass(
  info: WSASERVICECLASSINFOW | null,
  size: Pointer<number>,
  answer: WSASERVICECLASSINFOW,
): number {
  packed(answer).answer(info, size, 'NSPGetServiceClassInfo');
  return 0;
}
