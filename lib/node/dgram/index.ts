import type { RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
import { callable } from '../callable.ts';
import { Socket as SocketClass } from './socket.ts';

/** A datagram socket: see `dgram.Socket`. May be called without `new`. */
export const Socket = callable('Socket', SocketClass, () => {
  throw new TypeError('a class inherits from Socket by class … extends Socket');
});
export type Socket = SocketClass;

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
