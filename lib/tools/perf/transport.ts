/** What a test needs of the network; `transports/` has it over the completion port and over Node's own. */

/** Where a socket is, or its peer. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** What is set on the sockets of a stream. */
export interface StreamOptions {
  /** Bytes of the system's buffers of both directions. */
  readonly window?: number | undefined;
  readonly noDelay?: boolean | undefined;
  /** The byte of the type of service. */
  readonly tos?: number | undefined;
  readonly dontFragment?: boolean | undefined;
}

/** A connected stream. A handler that is set takes the place of the one before. */
export interface Connection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The SOCKET, where there is one. */
  readonly handle: number | undefined;
  /** Bytes written that the system has not taken. */
  readonly pendingBytes: number;
  /** Gives false where `onDrain` will tell when there is room. The memory must stay as it is. */
  write(bytes: Uint8Array): boolean;
  setOptions(options: StreamOptions): void;
  /** The bytes are valid until the handler returns. */
  onData(handler: (bytes: Uint8Array) => void): void;
  onDrain(handler: () => void): void;
  /** Called once: the peer has ended, the connection has failed, or was destroyed. */
  onEnd(handler: (error?: Error) => void): void;
  /** Sends what is left and ends our half. */
  end(): void;
  destroy(): void;
}

/** A socket for datagrams, with one peer or many. */
export interface Datagrams {
  readonly local: Endpoint;
  readonly handle: number | undefined;
  /** Resolves when the system has taken it; `to` where it has many peers. */
  send(bytes: Uint8Array, to?: Endpoint): Promise<void>;
  /** The bytes are valid until the handler returns. */
  onDatagram(handler: (bytes: Buffer, from: Endpoint) => void): void;
  onError(handler: (error: Error) => void): void;
  close(): void;
}

export interface ConnectSettings extends StreamOptions {
  readonly host: string;
  readonly port: number;
  readonly family?: 'IPv4' | 'IPv6' | undefined;
  /** The local address to use. */
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface ListenSettings {
  readonly host?: string | undefined;
  readonly port: number;
  readonly family?: 'IPv4' | 'IPv6' | undefined;
}

/**
 * What datagrams may wait in where no window is asked for, in bytes: the 64 KiB that Windows gives are
 * full before a turn of the event loop is over, and what is lost then the network has not lost.
 */
export const DATAGRAM_BUFFER = 2 << 20;

export interface DatagramSettings extends StreamOptions {
  readonly family: 'IPv4' | 'IPv6';
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** The only peer. */
  readonly remote?: Endpoint | undefined;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface Transport {
  readonly model: TransportModel;
  connect(settings: ConnectSettings): Promise<Connection>;
  listen(
    settings: ListenSettings,
    onConnection: (connection: Connection) => void,
  ): Promise<Listener>;
  datagrams(settings: DatagramSettings): Promise<Datagrams>;
  /** What the completion port has done so far, where there is one. */
  portStats?(): PortStats;
}

/** The figures of a completion port that tell how it works. */
export interface PortStats {
  readonly batches: number;
  readonly wakeUps: number;
  readonly inlineDequeues: number;
  readonly packets: number;
  readonly completedAtStart: number;
}

/** The models that a test with a peer can run on. */
export const TRANSPORT_MODELS = ['port', 'net'] as const;
export type TransportModel = (typeof TRANSPORT_MODELS)[number];

/** '127.0.0.1' for '::ffff:127.0.0.1', which is how a socket of both families sees IPv4. */
export function unmapped(endpoint: Endpoint): Endpoint {
  const [, four] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(endpoint.address) ?? [];
  return four ? { address: four, port: endpoint.port, family: 'IPv4' } : endpoint;
}

/** Tells the end of a connection once, also to a handler that is set afterwards. */
export class EndNotice {
  #handler: ((error?: Error) => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  set handler(handler: (error?: Error) => void) {
    this.#handler = handler;
    if (this.#ended) setImmediate(() => this.#handler?.(this.#error));
  }

  tell(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#handler?.(error);
  }
}
