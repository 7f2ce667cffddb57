/** Name space lookups whose results have no fixed size or number, as iterables (winsock2.h). */

import { DWORD, HANDLE } from '../../../defs/windows.g.ts';
import { WSA_E_NO_MORE, WSAEFAULT, WSAENOMORE } from '../../../defs/winerror.g.ts';
import {
  SOCKET_ERROR,
  WSAEnumNameSpaceProvidersW,
  WSAGetLastError,
  WSALookupServiceBeginW,
  WSALookupServiceEnd,
  WSALookupServiceNextW,
  WSANAMESPACE_INFOW,
  WSAQUERYSETW,
} from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { array, type CArray } from '../../ffi/types/array.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { anchored } from '../results/anchored.ts';

/** What WSALookupServiceNextW takes, and NSPLookupServiceNext of a name space provider. */
export type LookupNext = (
  lookup: HANDLE,
  flags: number,
  length: Ref<number>,
  results: Uint8Array,
) => number;

const FIRST_BYTES = 4096;

const systemNext: LookupNext = (lookup, flags, length, results) =>
  WSALookupServiceNextW(lookup, flags, length, results);

/**
 * The results of a lookup that has been begun, as `for (;;) WSALookupServiceNext(…)` in C, with
 * memory that grows where a result is larger.
 *
 * Each result is a record of memory of its own, which lives as long as the record or any that is
 * reached through it. Elements of `lpcsaBuffer` are read with `arrayAt` or `cast`.
 *
 * @param lookup from WSALookupServiceBeginW; it is not ended here
 * @param flags LUP_*: changes to the flags of the beginning
 * @param next what is asked instead of WSALookupServiceNextW: that of a provider used directly
 * @throws WinsockError where the lookup fails other than by having no more
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsalookupservicenextw
 */
export function* lookupResults(
  lookup: HANDLE,
  flags = 0,
  next: LookupNext = systemNext,
): IterableIterator<WSAQUERYSETW> {
  for (let size = FIRST_BYTES; ; ) {
    const memory = new Uint8Array(new ArrayBuffer(size));
    cast(DWORD, memory).value = sizeof(WSAQUERYSETW);
    const length = ref(DWORD, size);
    if (next(lookup, flags, length, memory) !== SOCKET_ERROR) {
      yield anchored(WSAQUERYSETW, memory);
      continue;
    }
    const code = WSAGetLastError();
    if (code === WSA_E_NO_MORE || code === WSAENOMORE) return;
    if (code !== WSAEFAULT || length.value <= size) {
      throw new WinsockError(code, 'WSALookupServiceNextW');
    }
    size = length.value;
  }
}

/**
 * What the name spaces know that matches a query: WSALookupServiceBeginW, WSALookupServiceNextW as
 * often as there are results, WSALookupServiceEnd also where the loop is left early.
 *
 * The functions block; large name spaces are better asked in a worker. Windows 2000, ws2_32.dll;
 * Wine's are stubs.
 *
 * @param query what is looked for; `dwSize` is filled in where it is 0
 * @param flags LUP_*: how to search and what to return
 * @throws WinsockError where the lookup fails: WSASERVICE_NOT_FOUND, WSANO_DATA …
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsalookupservicebeginw
 */
export function* lookupServices(
  query: WSAQUERYSETW,
  flags: number,
): IterableIterator<WSAQUERYSETW> {
  if (query.dwSize === 0) query.dwSize = sizeof(WSAQUERYSETW);
  const lookup = ref(HANDLE);
  WSALookupServiceBeginW.orThrow(query, flags, lookup);
  try {
    yield* lookupResults(lookup.value);
  } finally {
    WSALookupServiceEnd(lookup.value);
  }
}

/**
 * The name space providers of this computer, by WSAEnumNameSpaceProvidersW.
 *
 * The records are views of one buffer, which lives as long as any of them. Windows 2000, ws2_32.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaenumnamespaceprovidersw
 */
export function nameSpaceProviders(): CArray<WSANAMESPACE_INFOW> {
  const length = ref(DWORD, FIRST_BYTES);
  for (;;) {
    const size = length.value;
    const memory = new Uint8Array(new ArrayBuffer(size));
    const count = WSAEnumNameSpaceProvidersW(length, cast(WSANAMESPACE_INFOW, memory));
    if (count !== SOCKET_ERROR) {
      // The value of an array of records is one of these.
      return cast(array(WSANAMESPACE_INFOW, count), memory).value as CArray<WSANAMESPACE_INFOW>;
    }
    const code = WSAGetLastError();
    if (code !== WSAEFAULT || length.value <= size) {
      throw new WinsockError(code, 'WSAEnumNameSpaceProvidersW');
    }
  }
}
