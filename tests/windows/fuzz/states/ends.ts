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

export type Numbers = readonly [own: number, peer: number];

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
  /** Its own port number and its peer's, once it is connected. All have one address, so equal numbers are one end. */
  numbers(): Numbers | undefined;
  on(event: 'data', listener: (chunk: Buffer) => void): void;
  on(event: 'end' | 'close', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

export const KINDS = ['ours', 'bridge', 'net'] as const;
export type Kind = (typeof KINDS)[number];

function numbersOfOurs(socket: TcpSocket): Numbers | undefined {
  if (socket.destroyed) return undefined;
  const [own, peer] = [socket.localAddress, socket.remoteAddress] as InternetAddress[];
  return [own!.port, peer!.port];
}

function numbersOfStream({ localPort, remotePort }: net.Socket | SocketDuplex) {
  return localPort && remotePort ? ([localPort, remotePort] as const) : undefined;
}

export function ofOurs(socket: TcpSocket): End {
  const numbers = numbersOfOurs(socket);
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
    numbers: () => numbers,
    on: (event: string, listener: never) => {
      socket.on(event as 'data', listener);
    },
  };
}

export function ofStream(socket: net.Socket | SocketDuplex, kind: Kind): End {
  // What it has received may be told when it has no addresses any more.
  let numbers = numbersOfStream(socket);
  socket.on('connect', () => {
    numbers = numbersOfStream(socket);
  });
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
    numbers: () => numbers,
    on: (event: string, listener: never) => {
      socket.on(event as 'data', listener);
    },
  };
}

/** Connects to a port number of this computer; with the number as its own, to itself. */
export async function connectAs(
  kind: Kind,
  port: number,
  completionPort: CompletionPort,
  random: Random,
  own?: number,
): Promise<End> {
  const host = '127.0.0.1';
  const from = own !== undefined && { localAddress: host, localPort: own };
  if (kind === 'net') return ofStream(net.connect({ port, host, ...from }), kind);
  if (kind === 'bridge' && random.once(2)) {
    // Written to before it is connected.
    return ofStream(createConnection({ port, host, completionPort, ...from }), kind);
  }
  const socket = await connectTo(
    { address: host, port },
    { completionPort, ...(own !== undefined && { localAddress: { address: host, port: own } }) },
  );
  return kind === 'ours' ? ofOurs(socket) : ofStream(toDuplex(socket), kind);
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
