import type { TcpSocket } from './tcp-socket.ts';

/**
 * The socket as a pair of web streams. It takes the socket over: both halves end on their own,
 * cancelling the readable drops the connection, aborting the writable resets it.
 */
export function toWeb(socket: TcpSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  socket.allowHalfOpen = true;
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const chunk = await socket.read();
          if (chunk) controller.enqueue(chunk);
          else if (socket.error) controller.error(socket.error);
          else controller.close();
        },
        cancel: () => void socket.destroy(),
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream<Uint8Array>({
      write: (chunk) => socket.send(chunk),
      close: () => socket.end(),
      abort: () => void socket.reset(),
    }),
  };
}
