import { Duplex } from 'node:stream';
import type { SocketAddress } from './address.ts';
import type { TcpSocket } from './tcp-socket.ts';

/**
 * A socket as a stream of Node's, with the methods of node:net's sockets that libraries call. It
 * takes the socket over: use one of the two.
 */
export class SocketDuplex extends Duplex {
  readonly socket: TcpSocket;
  readonly connecting = false;
  bytesRead = 0;
  bytesWritten = 0;
  #noDelay = false;

  constructor(socket: TcpSocket) {
    super({ allowHalfOpen: true, emitClose: true, autoDestroy: true });
    this.socket = socket;
    socket.pause();
    socket.on('data', (chunk) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('timeout', () => this.emit('timeout'));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => {
      if (!this.destroyed) this.destroy();
    });
  }

  get remoteAddress(): string | undefined {
    return addressOf(this.#remote());
  }

  get remotePort(): number | undefined {
    return portOf(this.#remote());
  }

  get remoteFamily(): string | undefined {
    return this.#remote()?.family;
  }

  get localAddress(): string | undefined {
    return addressOf(this.#local());
  }

  get localPort(): number | undefined {
    return portOf(this.#local());
  }

  get readyState(): string {
    return this.destroyed ? 'closed' : 'open';
  }

  address(): { address?: string; port?: number; family?: string } {
    const local = this.#local();
    return local && local.family !== 'Unix'
      ? { address: local.address, port: local.port, family: local.family }
      : {};
  }

  setNoDelay(on = true): this {
    if (on !== this.#noDelay && !this.socket.destroyed) {
      this.#noDelay = on;
      this.socket.setOption('noDelay', on);
    }
    return this;
  }

  setKeepAlive(on = false, initialDelay = 0): this {
    if (!this.socket.destroyed) this.socket.setKeepAlive(on, initialDelay || undefined);
    return this;
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    if (callback) this.once('timeout', callback);
    this.socket.setTimeout(milliseconds);
    return this;
  }

  ref(): this {
    this.socket.ref();
    return this;
  }

  unref(): this {
    this.socket.unref();
    return this;
  }

  /** Ends the stream, and destroys it when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(
    chunk: Buffer,
    _: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.bytesWritten += chunk.length;
    this.socket.write(chunk, callback);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    this.socket.cork();
    for (const [index, { chunk }] of chunks.entries()) {
      this.bytesWritten += chunk.length;
      this.socket.write(chunk, index === chunks.length - 1 ? callback : undefined);
    }
    this.socket.uncork();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.socket.end().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.socket.destroy();
    this.socket.closed.then(() => callback(error));
  }

  #remote(): SocketAddress | undefined {
    return attempt(() => this.socket.remoteAddress);
  }

  #local(): SocketAddress | undefined {
    return attempt(() => this.socket.localAddress);
  }
}

/** Addresses are undefined once the socket is closed, as in node:net. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function addressOf(address: SocketAddress | undefined): string | undefined {
  return address && address.family !== 'Unix' ? address.address : undefined;
}

function portOf(address: SocketAddress | undefined): number | undefined {
  return address && address.family !== 'Unix' ? address.port : undefined;
}

/** The socket as a stream of Node's. */
export function toDuplex(socket: TcpSocket): SocketDuplex {
  return new SocketDuplex(socket);
}

/** The socket as a pair of web streams. */
export function toWeb(socket: TcpSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const chunk = await socket.read();
          if (chunk) controller.enqueue(chunk);
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
