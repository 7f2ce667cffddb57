import { SOCKET_ERROR, WSAIoctl } from '../../../defs/winsock2.g.ts';
import { SIO_GET_EXTENSION_FUNCTION_POINTER } from '../../../defs/ws2def.g.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { GUID } from '../../ffi/types/guid.ts';
import { pvoid } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { uint32 } from '../../ffi/types/scalars.ts';

/** What asks a provider: WSAIoctl, or a function that takes the same. */
export type Ioctl = typeof WSAIoctl;

/**
 * Asks the provider of a socket for the address of an extension function, as C does with
 * `WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, …)`.
 *
 * @param socket a socket of the provider
 * @param id which function: `WSAID_ACCEPTEX` and so on
 * @param ioctl what is asked instead of WSAIoctl
 * @returns its address; 0 where the provider has none, and then the last error says so: WSAEINVAL or
 *   WSAEOPNOTSUPP
 */
export function extensionPointer(socket: number, id: GUID, ioctl: Ioctl = WSAIoctl): Pointer {
  const pointer = ref(pvoid);
  const received = ref(uint32);
  const code = SIO_GET_EXTENSION_FUNCTION_POINTER;
  const result = ioctl(
    socket,
    code,
    id,
    sizeof(GUID),
    pointer,
    sizeof(pointer),
    received,
    null,
    null,
  );
  // NULL.
  return result === SOCKET_ERROR ? (0 as Pointer) : pointer.value;
}
