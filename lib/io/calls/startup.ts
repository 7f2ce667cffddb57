import { WSADATA } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { WSACleanup, WSAStartup } from './calls.ts';
import { withScratch } from './scratch.ts';

const VERSION_2_2 = 0x0202;

/**
 * Starts Winsock, which counts its users: every open port is one.
 *
 * @throws WinsockError where Winsock cannot be started
 */
export function startWinsock(): void {
  const code = withScratch(sizeof(WSADATA), (address) => WSAStartup(VERSION_2_2, address));
  if (code !== 0) throw new WinsockError(code, 'WSAStartup');
}

/** Ends one use of Winsock. */
export function stopWinsock(): void {
  WSACleanup();
}
