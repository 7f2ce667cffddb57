/** Results of name space providers: a record and all that it points to, in memory of the caller's. */

import {
  AFPROTOCOLS,
  BLOB,
  type WSAQUERYSET2W,
  type WSAQUERYSETW,
  WSAVERSION,
} from '../../../defs/winsock2.g.ts';
import { CSADDR_INFO, SOCKET_ADDRESS } from '../../../defs/ws2def.g.ts';
import { encodeWString } from '../../ffi/memory/strings.ts';
import type { CType, Pointer } from '../../ffi/types/ctype.ts';
import { GUID } from '../../ffi/types/guid.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { offsetof, type Struct, type StructType, sizeof } from '../../ffi/types/record.ts';
import { uintptr } from '../../ffi/types/scalars.ts';
import { behind, Pack } from './pack.ts';

/** What the members of both records point to. */
const STRINGS = ['lpszServiceInstanceName', 'lpszComment', 'lpszContext', 'lpszQueryString'];
const RECORDS: Readonly<Record<string, Pick<CType<unknown>, 'sizeOf'>>> = {
  lpServiceClassId: GUID,
  lpVersion: WSAVERSION,
  lpNSProviderId: GUID,
};

function addSocketAddress(pack: Pack, address: SOCKET_ADDRESS, place: number): void {
  const offset = offsetof(SOCKET_ADDRESS, 'lpSockaddr');
  const memory = behind(address, offset, address.iSockaddrLength);
  if (memory) pack.point(place + offset, pack.add(memory));
}

function packed(record: WSAQUERYSETW | WSAQUERYSET2W): Pack {
  // Records are made by `struct` only, and so of a class that is a record type.
  const type = record.constructor as StructType<Struct>;
  const pack = new Pack();
  pack.add(record);
  const follow = (name: string, bytes: number): number | undefined => {
    const offset = offsetof(type, name);
    const memory = behind(record, offset, bytes);
    if (!memory) return undefined;
    const place = pack.add(memory);
    pack.point(offset, place);
    return place;
  };
  // Its members are asked by the names that its type has.
  const members = record as unknown as Readonly<Record<string, unknown>>;
  for (const name of STRINGS) {
    // These names are of text.
    const text = members[name] as string | null;
    if (text !== null) pack.point(offsetof(type, name), pack.add(encodeWString(text, name)));
  }
  for (const [name, target] of Object.entries(RECORDS)) {
    if (name in record) follow(name, sizeof(target));
  }
  follow('lpafpProtocols', record.dwNumberOfProtocols * sizeof(AFPROTOCOLS));
  const size = sizeof(CSADDR_INFO);
  const addresses = follow('lpcsaBuffer', record.dwNumberOfCsAddrs * size);
  for (let i = 0; addresses !== undefined && i < record.dwNumberOfCsAddrs; i++) {
    const first = uintptr.get(record, offsetof(type, 'lpcsaBuffer'));
    // An address moved by bytes is an address.
    const info = cast(CSADDR_INFO, (first + i * size) as Pointer);
    const place = addresses + i * size;
    addSocketAddress(pack, info.LocalAddr, place + offsetof(CSADDR_INFO, 'LocalAddr'));
    addSocketAddress(pack, info.RemoteAddr, place + offsetof(CSADDR_INFO, 'RemoteAddr'));
  }
  const blob = follow('lpBlob', sizeof(BLOB));
  if (blob !== undefined && record.lpBlob) {
    const offset = offsetof(BLOB, 'pBlobData');
    const memory = behind(record.lpBlob, offset, record.lpBlob.cbSize);
    if (memory) pack.point(blob + offset, pack.add(memory));
  }
  return pack;
}

/**
 * Answers NSPLookupServiceNext or NSPv2LookupServiceNextEx: copies a result into the caller's memory,
 * together with the texts, identifiers, addresses and data that it points to. Assigning to a member of
 * the caller's record would let it point to memory that is JavaScript's.
 *
 * Where the caller's memory is too small, the length that is needed is written to `length`.
 *
 * @param results what the function is given as `lpqsResults`
 * @param length what it is given as `lpdwBufferLength`: the size of the caller's memory in bytes
 * @param answer the result; `dwSize` is filled in where it is 0
 * @returns 0, which is the function's result
 * @throws WinsockError WSAEFAULT where the caller's memory is too small
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nc-ws2spi-lpnsplookupservicenext
 */
export function answerLookup<T extends WSAQUERYSETW | WSAQUERYSET2W>(
  results: T | null,
  length: Pointer<number>,
  answer: T,
): number {
  if (answer.dwSize === 0) answer.dwSize = answer.byteLength;
  const pack = packed(answer);
  pack.answer(results, length, 'NSPLookupServiceNext');
  return 0;
}
