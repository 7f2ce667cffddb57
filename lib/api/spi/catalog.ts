/** The catalog of transport providers, layered ones too (ws2spi.h). */
import { DWORD } from '../../../defs/windows.g.ts';
import { WSAEFAULT, WSAEINVALIDPROVIDER, WSAENOBUFS } from '../../../defs/winerror.g.ts';
import { SOCKET_ERROR, WSAPROTOCOL_INFOW } from '../../../defs/winsock2.g.ts';
import { WSCEnumProtocols, WSCGetProviderPath } from '../../../defs/ws2spi.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { array, type CArray, WideCharArray } from '../../ffi/types/array.ts';
import type { GUID } from '../../ffi/types/guid.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { int } from '../../ffi/types/scalars.ts';
import { expandPath } from './library.ts';

const FIRST_ENTRIES = 32;

/**
 * The entries of the catalog in their order, by WSCEnumProtocols. WSAEnumProtocolsW has those that
 * programs open sockets with; this has hidden and layered ones as well.
 *
 * The records are views of one buffer, which lives as long as any of them. Windows 2000, ws2_32.dll.
 *
 * @param protocols only entries of these, as IPPROTO_TCP; all where left out
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-wscenumprotocols
 */
export function catalogEntries(protocols?: readonly number[]): CArray<WSAPROTOCOL_INFOW> {
  const wanted = protocols ? Int32Array.of(...protocols, 0) : null;
  const length = ref(DWORD, FIRST_ENTRIES * sizeof(WSAPROTOCOL_INFOW));
  const errno = ref(int);
  for (;;) {
    const size = length.value;
    const memory = new Uint8Array(new ArrayBuffer(size));
    const count = WSCEnumProtocols(wanted, cast(WSAPROTOCOL_INFOW, memory), length, errno);
    if (count !== SOCKET_ERROR) {
      // The value of an array of records is one of these.
      return cast(array(WSAPROTOCOL_INFOW, count), memory).value as CArray<WSAPROTOCOL_INFOW>;
    }
    if (errno.value !== WSAENOBUFS || length.value <= size) {
      throw new WinsockError(errno.value, 'WSCEnumProtocols');
    }
  }
}

const FIRST_UNITS = 260;

/**
 * The path of a provider's DLL, by WSCGetProviderPath, with the variables of the environment in it
 * replaced: what `openTransportProvider` loads.
 *
 * Windows 2000, ws2_32.dll; Wine's is a stub that gives nothing.
 *
 * @param id `ProviderId` of an entry of the catalog
 * @throws WinsockError where the function fails, or gives no path: WSAEINVALIDPROVIDER
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-wscgetproviderpath
 */
export function providerPath(id: GUID): string {
  const length = ref(int, FIRST_UNITS);
  const errno = ref(int);
  for (;;) {
    const units = length.value;
    const path = new WideCharArray(new ArrayBuffer(2 * units));
    if (WSCGetProviderPath(id, path, length, errno) !== SOCKET_ERROR) {
      if (path.toString() === '') throw new WinsockError(WSAEINVALIDPROVIDER, 'WSCGetProviderPath');
      return expandPath(path.toString());
    }
    if (errno.value !== WSAEFAULT || length.value <= units) {
      throw new WinsockError(errno.value, 'WSCGetProviderPath');
    }
  }
}
