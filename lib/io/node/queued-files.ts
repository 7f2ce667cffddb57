/** Files among what is written to a stream: each waits there for its turn as an empty chunk of its own. */
import type { Writable } from 'node:stream';
import type { FileLike } from '../files/open-file.ts';
import type { SendFileOptions } from '../files/send-file.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';

/** A file that was handed to a stream. */
export interface QueuedFile {
  /** Sends it; resolves whether that has worked or not. */
  send(socket: TcpSocket): Promise<Error | undefined>;
}

const files = new WeakMap<Uint8Array, QueuedFile>();

/** The file that a chunk stands for. */
export function fileOf(chunk: Uint8Array): QueuedFile | undefined {
  return files.get(chunk);
}

/**
 * Hands a file to a stream, behind all that was written before.
 *
 * @throws by rejection: as `TcpSocket.sendFile` does, and what the stream fails with before its turn
 */
export function queueFile(
  stream: Writable,
  file: FileLike,
  options: SendFileOptions | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(0);
    files.set(chunk, {
      send: (socket) =>
        socket.sendFile(file, options).then(
          (bytes) => {
            resolve(bytes);
            return undefined;
          },
          (error: Error) => {
            reject(error);
            // What is refused leaves the connection as it is, and the stream with it.
            return socket.destroyed ? error : undefined;
          },
        ),
    });
    stream.write(chunk, (error) => {
      if (error) reject(error);
    });
  });
}
