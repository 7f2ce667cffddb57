/** The network over the completion port of `winsock/io`. */
import {
  CompletionPort,
  connect,
  createServer,
  type SocketAddress,
  setOption,
  type TcpSocket,
  UdpSocket,
} from '../../../io.ts';
import {
  type Connection,
  type ConnectSettings,
  DATAGRAM_BUFFER,
  type DatagramSettings,
  type Datagrams,
  EndNotice,
  type Endpoint,
  type Listener,
  type ListenSettings,
  type StreamOptions,
  type Transport,
  unmapped,
} from '../transport.ts';

export function portTransport(): Transport {
  return {
    model: 'port',
    connect: connectTo,
    listen,
    datagrams,
    portStats() {
      const { batches, wakeUps, inlineDequeues, packets, completedAtStart } =
        CompletionPort.default.stats();
      return { batches, wakeUps, inlineDequeues, packets, completedAtStart };
    },
  };
}

function endpointOf(address: SocketAddress): Endpoint {
  if (address.family !== 'IPv4' && address.family !== 'IPv6') {
    throw new TypeError(`a socket of ${address.family} has no port`);
  }
  return unmapped(address);
}

function applyOptions(socket: number, family: Endpoint['family'], options: StreamOptions): void {
  const { window, noDelay, tos, dontFragment } = options;
  if (window) {
    setOption(socket, 'sendBuffer', window);
    setOption(socket, 'receiveBuffer', window);
  }
  if (noDelay) setOption(socket, 'noDelay', true);
  if (tos) setOption(socket, 'tos', tos);
  if (dontFragment) {
    setOption(socket, family === 'IPv6' ? 'dontFragmentV6' : 'dontFragment', true);
  }
}

class PortConnection implements Connection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly handle: number;
  readonly #socket: TcpSocket;
  readonly #end = new EndNotice();

  constructor(socket: TcpSocket) {
    this.#socket = socket;
    socket.on('end', () => this.#end.tell());
    socket.on('close', () => this.#end.tell(socket.error));
    this.handle = socket.handle;
    this.local = endpointOf(socket.localAddress);
    this.remote = endpointOf(socket.remoteAddress);
  }

  get pendingBytes(): number {
    return this.#socket.pendingBytes;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  setOptions(options: StreamOptions): void {
    if (!this.#socket.destroyed) applyOptions(this.handle, this.remote.family, options);
  }

  onData(handler: (bytes: Uint8Array) => void): void {
    this.#socket.borrow(handler);
  }

  onDrain(handler: () => void): void {
    this.#socket.removeAllListeners('drain').on('drain', handler);
  }

  onEnd(handler: (error?: Error) => void): void {
    this.#end.handler = handler;
  }

  end(): void {
    // Why something was not sent is told at the end.
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function connectTo(settings: ConnectSettings): Promise<Connection> {
  const { host, port, family, timeout, window, noDelay, tos } = settings;
  const { localAddress, localPort = 0 } = settings;
  const socket = await connect({
    host,
    port,
    timeout,
    ...(family && { family }),
    ...(localAddress && { localAddress: { address: localAddress, port: localPort } }),
    socketOptions: {
      ...(window && { sendBuffer: window, receiveBuffer: window }),
      ...(noDelay && { noDelay }),
      ...(tos && { tos }),
    },
    allowHalfOpen: true,
  });
  return new PortConnection(socket);
}

async function listen(
  settings: ListenSettings,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { host, port, family } = settings;
  const everywhere = family === 'IPv4' ? '0.0.0.0' : family === 'IPv6' ? '::' : undefined;
  const address = host ?? everywhere;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Who has gone before anybody looked has no name.
    if (!socket.destroyed) onConnection(new PortConnection(socket));
  }).listen({
    port,
    // The next server may have the port at once, though connections of ours may be ending.
    exclusive: false,
    ...(address && { host: address }),
    v6Only: family === 'IPv6',
  });
  // A connection that failed while it was accepted is nobody's.
  server.on('error', () => undefined);
  return { port: server.port, close: () => server[Symbol.asyncDispose]() };
}

async function datagrams(settings: DatagramSettings): Promise<Datagrams> {
  const { family, localAddress, localPort = 0, remote } = settings;
  const socket = new UdpSocket({ family });
  try {
    setOption(socket.handle, 'receiveBuffer', DATAGRAM_BUFFER);
    applyOptions(socket.handle, family, settings);
    const any = family === 'IPv6' ? '::' : '0.0.0.0';
    socket.bind({ address: localAddress ?? any, port: localPort });
    if (remote) socket.connect(remote);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    get local() {
      return unmapped(socket.localAddress);
    },
    handle: socket.handle,
    send: (bytes, to) => socket.send(bytes, to),
    onDatagram: (handler) => {
      socket.borrow((bytes, from) => handler(bytes, endpointOf(from)));
    },
    onError: (handler) => void socket.on('error', handler),
    close: () => void socket.destroy(),
  };
}
