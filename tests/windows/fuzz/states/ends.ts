/** The ends of connections of every kind, as one: those of winsock/io, of its bridge and of node:net. */
import net from 'node:net';
import {
  type CompletionPort,
  connectTo,
  createConnection,
  createServer,
  type InternetAddress,
  type SocketDuplex,
  type TcpSocket,
  toDuplex,
} from 'winsock/io';
import type { Random } from '../hostile/random.ts';

export type Done = (error?: Error | null) => void;

/** What the actor does to an end, whatever it is. */
export interface End {
  readonly kind: Kind;
  /** Calls back once. Whether more may be written at once. */
  write(data: Buffer, done: Done): boolean;
  end(done: Done): void;
  destroy(): void;
  reset(): void;
  pause(): void;
  resume(): void;
  writable(): boolean;
  on(event: 'data', listener: (chunk: Buffer) => void): void;
  on(event: 'end' | 'close', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

export const KINDS = ['ours', 'bridge', 'net'] as const;
export type Kind = (typeof KINDS)[number];

export function ofOurs(socket: TcpSocket): End {
  return {
    kind: 'ours',
    write: (data, done) => socket.write(data, (error) => done(error)),
    end: (done) => {
      socket.end().then(() => done(), done);
    },
    destroy: () => socket.destroy(),
    reset: () => socket.reset(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    writable: () => socket.writable,
    on: (event: string, listener: never) => {
      socket.on(event as 'data', listener);
    },
  };
}

export function ofStream(socket: net.Socket | SocketDuplex, kind: Kind): End {
  return {
    kind,
    write: (data, done) => socket.write(data, done),
    end: (done) => {
      // It calls back with an error where the stream is destroyed before.
      (socket as net.Socket).end(done as () => void);
    },
    destroy: () => socket.destroy(),
    // node:net fails with EINVAL where its end is under way, and is never closed then.
    reset: () => {
      if (kind === 'net' && socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    writable: () => socket.writable,
    on: (event: string, listener: never) => {
      socket.on(event as 'data', listener);
    },
  };
}

/** Connects to a port number of this computer. */
export async function connectAs(
  kind: Kind,
  port: number,
  completionPort: CompletionPort,
  random: Random,
): Promise<End> {
  const to = { address: '127.0.0.1', port };
  if (kind === 'ours') return ofOurs(await connectTo(to, { completionPort }));
  if (kind === 'bridge') {
    if (random.once(2)) return ofStream(toDuplex(await connectTo(to, { completionPort })), kind);
    // Written to before it is connected.
    return ofStream(createConnection({ port, host: '127.0.0.1', completionPort }), kind);
  }
  return ofStream(net.connect(port, '127.0.0.1'), kind);
}

export interface Listening {
  readonly kind: Kind;
  readonly port: number;
  close(): Promise<void>;
}

/** A server on this computer. */
export async function listenAs(
  kind: Kind,
  completionPort: CompletionPort,
  onConnection: (end: End) => void,
  accepts?: number,
): Promise<Listening> {
  if (kind === 'net') {
    const server = net.createServer((socket) => onConnection(ofStream(socket, kind)));
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    return { kind, port, close: () => new Promise((resolve) => server.close(() => resolve())) };
  }
  const server = createServer({ completionPort, ...(accepts && { accepts }) }, (socket) =>
    onConnection(kind === 'ours' ? ofOurs(socket) : ofStream(toDuplex(socket), kind)),
  );
  server.on('error', () => {});
  server.listen({ host: '127.0.0.1' });
  return { kind, port: (server.address as InternetAddress).port, close: () => server.close() };
}
