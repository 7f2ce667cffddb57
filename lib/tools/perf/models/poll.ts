/** `WSAPoll`: an array of sockets with what is wanted of each. */
import {
  arrayOf,
  POLLRDNORM,
  POLLWRNORM,
  SOCKET_ERROR,
  WSAPOLLFD,
  WSAPoll,
} from '../../../index.ts';
import { acceptOn, type ListeningSocket, ReadyConnection, setNonBlocking } from './listener.ts';

export function serve({ socket: listening }: ListeningSocket): never {
  setNonBlocking(listening);
  let connections: ReadyConnection[] = [];
  let polled = arrayOf(WSAPOLLFD, [{ fd: listening, events: POLLRDNORM }]);
  for (;;) {
    for (const [index, { waitsToSend }] of connections.entries()) {
      polled[index + 1]!.events = waitsToSend ? POLLWRNORM : POLLRDNORM;
    }
    if (WSAPoll(polled, polled.length, -1) === SOCKET_ERROR) throw new Error('WSAPoll');
    const open = connections.filter((connection, index) => {
      const { revents } = polled[index + 1]!;
      if (revents === 0) return true;
      // An end or an error is found by receiving.
      return connection.waitsToSend ? connection.writable() : connection.readable();
    });
    const accepted = polled[0]!.revents === 0 ? undefined : acceptOn(listening);
    if (accepted !== undefined) open.push(new ReadyConnection(accepted));
    if (accepted !== undefined || open.length !== connections.length) {
      polled = arrayOf(WSAPOLLFD, [
        { fd: listening, events: POLLRDNORM },
        ...open.map(({ socket }) => ({ fd: socket, events: POLLRDNORM })),
      ]);
    }
    connections = open;
  }
}
