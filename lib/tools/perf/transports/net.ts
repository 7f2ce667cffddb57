/** The network as Node.js has it: what to compare with, and what there is on other systems. */
import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import net from 'node:net';
import { PerfError } from '../perf-error.ts';
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

export function netTransport(): Transport {
  return { model: 'net', connect, listen, datagrams };
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint {
  const text = address ?? '';
  return unmapped({ address: text, port: port ?? 0, family: net.isIPv6(text) ? 'IPv6' : 'IPv4' });
}

function refuse(options: StreamOptions, names: readonly (keyof StreamOptions)[]): void {
  const wanted = names.find((name) => options[name]);
  if (wanted) throw new PerfError(`Node's own sockets cannot set ${wanted}: use --model port`);
}

class NetConnection implements Connection {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly handle = undefined;
  readonly #socket: net.Socket;
  readonly #end = new EndNotice();

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('end', () => this.#end.tell());
    socket.on('error', (error) => this.#end.tell(error));
    socket.on('close', () => this.#end.tell());
    this.local = endpoint(socket.localAddress, socket.localPort);
    this.remote = endpoint(socket.remoteAddress, socket.remotePort);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  setOptions(options: StreamOptions): void {
    refuse(options, ['window', 'tos']);
    if (options.noDelay) this.#socket.setNoDelay();
  }

  onData(handler: (bytes: Uint8Array) => void): void {
    this.#socket.removeAllListeners('data').on('data', handler);
  }

  onDrain(handler: () => void): void {
    this.#socket.removeAllListeners('drain').on('drain', handler);
  }

  onEnd(handler: (error?: Error) => void): void {
    this.#end.handler = handler;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function connect(settings: ConnectSettings): Promise<Connection> {
  const { host, port, family, localAddress, localPort, timeout } = settings;
  refuse(settings, ['window', 'tos']);
  const socket = net.connect({
    host,
    port,
    ...(family && { family: family === 'IPv6' ? 6 : 4 }),
    ...(localAddress && { localAddress }),
    ...(localPort && { localPort }),
    ...(settings.noDelay && { noDelay: true }),
    allowHalfOpen: true,
  });
  const timer = setTimeout(() => {
    socket.destroy(new PerfError(`no answer within ${timeout / 1000} s`));
  }, timeout);
  try {
    await once(socket, 'connect');
  } finally {
    clearTimeout(timer);
  }
  return new NetConnection(socket);
}

async function listen(
  settings: ListenSettings,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { host, port, family } = settings;
  const everywhere = family === 'IPv4' ? '0.0.0.0' : family === 'IPv6' ? '::' : undefined;
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    onConnection(new NetConnection(socket));
  });
  server.listen({ host: host ?? everywhere, port, ipv6Only: family === 'IPv6', backlog: 511 });
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function datagrams(settings: DatagramSettings): Promise<Datagrams> {
  const { family, localAddress, localPort = 0, remote, window } = settings;
  refuse(settings, ['tos', 'dontFragment']);
  const type = family === 'IPv6' ? 'udp6' : 'udp4';
  const buffers = {
    recvBufferSize: window || DATAGRAM_BUFFER,
    ...(window && { sendBufferSize: window }),
  };
  const socket = dgram.createSocket({ type, ...buffers });
  const opened = once(socket, 'listening');
  socket.bind({ port: localPort, ...(localAddress && { address: localAddress }) });
  await opened;
  if (remote) {
    // A name is looked up once, not for each datagram.
    const { address } = net.isIP(remote.address) ? remote : await lookup(remote.address);
    socket.connect(remote.port, address);
    await once(socket, 'connect');
  }
  return {
    get local() {
      const { address, port } = socket.address();
      return endpoint(address, port);
    },
    handle: undefined,
    send: (bytes, to) =>
      new Promise((resolve, reject) => {
        const done = (error: Error | null) => (error ? reject(error) : resolve());
        if (remote || !to) socket.send(bytes, done);
        else socket.send(bytes, to.port, to.address, done);
      }),
    onDatagram: (handler) => {
      socket.on('message', (bytes, from) => handler(bytes, endpoint(from.address, from.port)));
    },
    onError: (handler) => void socket.on('error', handler),
    close: () => void socket.close(),
  };
}
