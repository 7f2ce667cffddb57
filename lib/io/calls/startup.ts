import { WinsockError } from '../../ffi/errors/errors.ts';
import { bindNative } from '../../ffi/native/native.ts';

// WSADATA is 400 or 408 bytes, by architecture.
const WSADATA_ROOM = 512;
const VERSION_2_2 = 0x0202;

/** Winsock counts its users: every open port is one. */
export function startWinsock(): void {
  const WSAStartup = bindNative('ws2_32', 'WSAStartup', 'int32_t', ['uint16_t', 'void *']);
  const code = WSAStartup(VERSION_2_2, new Uint8Array(new ArrayBuffer(WSADATA_ROOM))) as number;
  if (code !== 0) throw new WinsockError(code, 'WSAStartup');
}

export function stopWinsock(): void {
  bindNative('ws2_32', 'WSACleanup', 'int32_t', [])();
}
