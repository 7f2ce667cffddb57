/** `select`: sets of sockets, handed over with each call. */
import { FD_ISSET, FD_SET, FD_ZERO, fd_set, SOCKET_ERROR, select } from '../../../index.ts';
import { acceptOn, type ListeningSocket, ReadyConnection, setNonBlocking } from './listener.ts';

export function serve({ socket: listening }: ListeningSocket): never {
  setNonBlocking(listening);
  let connections: ReadyConnection[] = [];
  const readable = new fd_set();
  const writable = new fd_set();
  for (;;) {
    FD_ZERO(readable);
    FD_ZERO(writable);
    FD_SET(listening, readable);
    for (const { socket, waitsToSend } of connections) {
      FD_SET(socket, waitsToSend ? writable : readable);
    }
    if (select(0, readable, writable, null, null) === SOCKET_ERROR) throw new Error('select');
    connections = connections.filter((connection) => {
      if (FD_ISSET(connection.socket, readable)) return connection.readable();
      return FD_ISSET(connection.socket, writable) ? connection.writable() : true;
    });
    if (FD_ISSET(listening, readable)) {
      const accepted = acceptOn(listening);
      if (accepted !== undefined) connections.push(new ReadyConnection(accepted));
    }
  }
}
