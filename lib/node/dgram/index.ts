import type { RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
import { Socket } from './socket.ts';

/**
 * A datagram socket, as `dgram.createSocket` gives it.
 *
 * @param type `'udp4'`, `'udp6'` or options
 * @param listener for `message`
 * @throws TypeError and RangeError with Node's codes
 */
export function createSocket(
  type: SocketType | SocketOptions,
  listener?: (data: Buffer, from: RemoteInfo) => void,
): Socket {
  return new Socket(type, listener);
}

export default { createSocket, Socket };
