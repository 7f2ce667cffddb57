import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';

/**
 * The socket as a pair of web streams. It takes the socket over: both halves end on their own;
 * cancelling the readable drops the connection, aborting the writable resets it. Where the
 * connection is lost, both fail with the WinsockError.
 */
export function toWeb(socket: TcpSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  let ended = false;
  socket.allowHalfOpen = true;
  socket.once('end', () => {
    ended = true;
  });
  const failure = () => socket.error ?? new WinsockError(WSA_OPERATION_ABORTED, 'WSARecv');
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const chunk = await socket.read();
          if (chunk) controller.enqueue(chunk);
          // What was cut off is no end.
          else if (ended) controller.close();
          else controller.error(failure());
        },
        cancel: () => void socket.destroy(),
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<Uint8Array>({
      start(controller) {
        socket.once('close', () => {
          if (!ended || socket.error) controller.error(failure());
        });
      },
      write: (chunk) => socket.send(chunk),
      close: () => socket.end(),
      abort: () => void socket.reset(),
    }),
  };
}
