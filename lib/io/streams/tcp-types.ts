/** What a connection tells. */
export interface TcpSocketEvents {
  /** Bytes have come. Listening starts receiving. */
  data: (chunk: Buffer) => void;
  /** The peer has ended its half of the connection. */
  end: () => void;
  /** All that was written has been taken by the system, after `write` gave false. */
  drain: () => void;
  /** Nothing happened for as long as `setTimeout` said. */
  timeout: () => void;
  /** The connection failed. `close` follows. Nobody has to listen. */
  error: (error: Error) => void;
  /** Everything is over and given back. */
  close: (failed: boolean) => void;
}

/** How a connection works. */
export interface TcpSocketOptions {
  /**
   * Whether the connection stays open for sending when the peer has ended its half. Where not, ours
   * is ended as soon as everything was sent. Default false.
   */
  allowHalfOpen?: boolean;
  /** How many unsent bytes `write` takes before it gives false. Default 1 MiB, one large send. */
  highWaterMark?: number;
}

/** Data to send. Memory must not be changed until it was sent. Text goes as UTF-8. */
export type Data = string | ArrayBufferView | ArrayBuffer;

export function bytesOfData(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`data is text, an ArrayBuffer or a view of one, got ${String(data)}`);
}
