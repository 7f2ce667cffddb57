/** Hops of a single datagram: the socket's option, while it is sent. */

import { AF_INET6 } from '../../../defs/ws2def.g.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import { familyOf } from '../families/address.ts';
import { getOption, setOption } from '../sockets/socket-options.ts';
import { goesByIPv4 } from './send-control.ts';

/**
 * Sends with a number of hops. WSASendMsg is documented for no control data that says it, so the option of the
 * socket is changed meanwhile: the system takes it when the send is started.
 *
 * @param to the sockaddr of the receiver
 * @param send starts the send
 * @throws WinsockError where the option cannot be set; what `send` throws
 */
export function withTtl<T>(socket: number, to: Uint8Array, ttl: number, send: () => T): T {
  const isGroup = isMulticast(to);
  const option = goesByIPv4(to)
    ? isGroup
      ? 'multicastTtl'
      : 'ttl'
    : isGroup
      ? 'multicastHopsV6'
      : 'hopLimitV6';
  const before = getOption(socket, option);
  if (before === ttl) return send();
  setOption(socket, option, ttl);
  try {
    return send();
  } finally {
    setOption(socket, option, before);
  }
}

/** Whether a sockaddr is that of a group. */
export function isMulticast(sockaddr: Uint8Array): boolean {
  if (familyOf(sockaddr) !== AF_INET6) return (sockaddr[IN.sin_addr]! & 0xf0) === 0xe0;
  if (!goesByIPv4(sockaddr)) return sockaddr[IN6.sin6_addr] === 0xff;
  return (sockaddr[IN6.sin6_addr + 12]! & 0xf0) === 0xe0;
}
