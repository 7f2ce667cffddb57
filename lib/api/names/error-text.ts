/** The text of address lookup errors (ws2tcpip.h). */
import { FormatMessageW } from '../../../defs/kernel.g.ts';
import { WideCharArray } from '../../ffi/types/array.ts';
import { int } from '../../ffi/types/scalars.ts';

const FORMAT_MESSAGE_MAX_WIDTH_MASK = 0xff;
const FORMAT_MESSAGE_IGNORE_INSERTS = 0x200;
const FORMAT_MESSAGE_FROM_SYSTEM = 0x1000;
const GAI_STRERROR_BUFFER_SIZE = 1024;

function text(ecode: number, where: string): string {
  const code = int.check(ecode, `${where}: ecode`);
  const buffer = new WideCharArray(new ArrayBuffer(2 * (GAI_STRERROR_BUFFER_SIZE + 1)));
  const flags =
    FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  FormatMessageW(flags, null, code, 0, buffer, GAI_STRERROR_BUFFER_SIZE, null);
  return buffer.toString();
}

/**
 * The system's text for an error that getaddrinfo returned.
 *
 * @param ecode the error
 * @returns the text in the language of the system; empty where it has none
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-gai_strerrorw
 */
export function gai_strerrorW(ecode: number): string {
  return text(ecode, 'gai_strerrorW');
}

/**
 * Gives what gai_strerrorW gives: strings of JavaScript have no code page.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-gai_strerrora
 */
export function gai_strerrorA(ecode: number): string {
  return text(ecode, 'gai_strerrorA');
}

/** gai_strerrorW: names without a suffix are the W functions. */
export const gai_strerror = gai_strerrorW;
