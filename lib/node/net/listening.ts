/** What listens for a server: a `TcpServer`, or a server of the built-in module. */
import diagnostics from 'node:diagnostics_channel';
import type EventEmitter from 'node:events';
import net from 'node:net';
import { isBlocked } from '../../io/node/argument-errors.ts';
import { systemError } from '../../io/node/system-error.ts';
import {
  createServer,
  type InternetAddress,
  type SocketAddress,
  type TcpServer,
  type TcpSocket,
  toNodeError,
} from '../../io.ts';
import { dnsOfNode, isClusterWorker } from '../first-use.ts';
import * as builtIn from './built-in.ts';
import { listenError } from './listen-error.ts';
import { CONNECTION, Socket } from './socket.ts';

/** What a server listens by. */
interface Listener {
  address(): net.AddressInfo | string | null;
  close(done: () => void): void;
  ref(): unknown;
  unref(): unknown;
}

/** Where a server of TCP listens. */
export interface Place {
  port: number;
  host: string | undefined;
  backlog: number | undefined;
  ipv6Only: boolean | undefined;
}

/** What a server says of its connections, in properties that programs may change. */
export interface ListeningServer extends EventEmitter {
  allowHalfOpen: boolean;
  pauseOnConnect: boolean;
  noDelay: boolean;
  keepAlive: boolean;
  keepAliveInitialDelay: number;
  highWaterMark: number;
  blockList?: net.BlockList;
  maxConnections: number;
  _connections: number;
  _connectionKey?: string;
}

const DEFAULT_BACKLOG = 511;

const accepted = diagnostics.channel('net.server.socket');

/** Where Node.js tells of each call of `listen`, and what becomes of it. */
const listens = {
  begins: diagnostics.channel('tracing:net.server.listen:asyncStart'),
  ends: diagnostics.channel('tracing:net.server.listen:asyncEnd'),
  fails: diagnostics.channel('tracing:net.server.listen:error'),
};

/** Tells of a call of `listen`, but where the built-in module listens, which does it itself. */
export function tellOfListen(server: ListeningServer, options: net.ListenOptions): void {
  const { begins } = listens;
  if (!begins.hasSubscribers || options.reusePort || isShared(options)) return;
  const isOfPath = typeof options.path === 'string' && !('port' in options);
  if (!isOfPath) begins.publish({ server, options });
}

/** The part of a server that its properties do not show. */
export class Listening {
  readonly #server: ListeningServer;
  #listener: Listener | undefined;
  /** Given up by closing while a name is looked up. */
  #lookup: object | undefined;
  #referenced = true;
  /** Whether `close` is still to be told. */
  #closing = false;

  constructor(server: ListeningServer) {
    this.#server = server;
  }

  /** Whether it listens. */
  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  address(): net.AddressInfo | string | null {
    return this.#listener?.address() ?? null;
  }

  /** Listens at a place whose host may be a name. */
  listen(place: Place): void {
    const { host } = place;
    this.#lookup = undefined;
    if (!host) {
      this.#open(place);
      return;
    }
    const asked = {};
    this.#lookup = asked;
    const found = (error: Error | null, addresses: { address: string }[]) => {
      if (this.#lookup !== asked) return;
      this.#lookup = undefined;
      if (error) this.#server.emit('error', error);
      else this.#open({ ...place, host: best(addresses) });
    };
    if (net.isIP(host)) process.nextTick(found, null, [{ address: host }]);
    else dnsOfNode().lookup(host, { all: true }, found);
  }

  #open(place: Place): void {
    const { port, host, backlog = DEFAULT_BACKLOG, ipv6Only = false } = place;
    let tcp: TcpServer;
    try {
      tcp = createServer({ allowHalfOpen: true });
      // As C takes any number. libuv ends the process where nothing is left of it.
      const waiting = Number(backlog) | 0;
      if (waiting <= 0) throw systemError('EINVAL', 'listen');
      // As libuv binds: exclusively, an address would stay taken for as long as its connections are remembered.
      const where = { port, backlog: waiting, exclusive: false, v6Only: Boolean(ipv6Only) };
      tcp.listen(host ? { ...where, host } : where);
    } catch (error) {
      const told = listenError(error as Error, host ?? '::', port);
      const server = this.#server;
      if (listens.fails.hasSubscribers) listens.fails.publish({ server, error: told });
      process.nextTick(() => this.#server.emit('error', told));
      return;
    }
    tcp.on('connection', (connection) => this.#accept(connection));
    tcp.on('error', (error) => this.#server.emit('error', toNodeError(error)));
    const { family, address } = addressInfo(tcp.address);
    this.#server._connectionKey = `${family.slice(-1)}:${address}:${port}`;
    this.#opened({
      address: () => addressInfo(tcp.address),
      close: (done) => void tcp.close().then(done),
      ref: () => tcp.ref(),
      unref: () => tcp.unref(),
    });
    if (listens.ends.hasSubscribers) listens.ends.publish({ server: this.#server });
    process.nextTick(() => {
      if (this.isOpen) this.#server.emit('listening');
    });
  }

  #opened(listener: Listener): void {
    this.#listener = listener;
    if (!this.#referenced) listener.unref();
  }

  /** Has a server of the built-in module listen, whose connections are the built-in's too. */
  listenElsewhere(options: net.ListenOptions): void {
    const server = this.#server;
    const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay } = server;
    const settings = { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay };
    const other = new builtIn.Server(settings);
    let isOpened = false;
    other.on('listening', () => {
      if (!isOpened) this.#opened(listener);
      server.emit('listening');
    });
    other.on('error', (error) => {
      if (this.#listener === listener) this.#listener = undefined;
      server.emit('error', error);
    });
    other.on('connection', (connection) => {
      if (isFull(server)) {
        connection.destroy();
        return;
      }
      // A server's streams are sockets of its own class: it makes them.
      const socket = connection as unknown as Socket;
      connection.once('close', this.#count(socket));
      server.emit('connection', socket);
    });
    const listener: Listener = {
      address: () => other.address(),
      // Its connections are counted here, so nobody waits for them there.
      close: (done) => {
        other.close();
        process.nextTick(done);
      },
      ref: () => other.ref(),
      unref: () => other.unref(),
    };
    other.listen(options);
    // What has failed is told later, but does not listen. A worker's answer is still to come from its primary process.
    isOpened = other.listening || isClusterWorker();
    if (isOpened) this.#opened(listener);
  }

  #accept(connection: TcpSocket): void {
    const server = this.#server;
    if (isFull(server)) {
      const local = internet(connection.localAddress);
      const remote = internet(connection.remoteAddress);
      connection.destroy();
      server.emit('drop', {
        localAddress: local?.address,
        localPort: local?.port,
        localFamily: local?.family,
        remoteAddress: remote?.address,
        remotePort: remote?.port,
        remoteFamily: remote?.family,
      });
      return;
    }
    if (server.blockList) {
      const from = internet(connection.remoteAddress);
      if (from && isBlocked(server.blockList, from.address)) {
        connection.destroy();
        return;
      }
    }
    const socket = new Socket({
      [CONNECTION]: connection,
      allowHalfOpen: server.allowHalfOpen,
      highWaterMark: server.highWaterMark,
      pauseOnCreate: server.pauseOnConnect,
      noDelay: server.noDelay,
      keepAlive: server.keepAlive,
      keepAliveInitialDelay: server.keepAliveInitialDelay,
    });
    socket._leave = this.#count(socket);
    server.emit('connection', socket);
    if (accepted.hasSubscribers) accepted.publish({ socket });
  }

  /** Counts a connection until what is returned is called. */
  #count(socket: Socket): () => void {
    const server = this.#server;
    server._connections++;
    socket.server = server;
    socket._server = server;
    return () => {
      server._connections--;
      this.#closeWhenOver();
    };
  }

  #closeWhenOver(): void {
    if (this.#closing && !this.isOpen && this.#server._connections === 0) {
      this.#closing = false;
      process.nextTick(() => this.#server.emit('close'));
    }
  }

  /** Stops listening. `close` follows when the last connection is over. */
  close(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#lookup = undefined;
    const isOver = this.#server._connections === 0;
    const stopped = () => {
      // It may listen anew meanwhile: what has ended is told nevertheless.
      if (isOver && this.isOpen) {
        process.nextTick(() => this.#server.emit('close'));
        return;
      }
      this.#closing = true;
      this.#closeWhenOver();
    };
    if (listener) listener.close(stopped);
    else stopped();
  }

  ref(): void {
    this.#referenced = true;
    this.#listener?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.#listener?.unref();
  }
}

/** The first of several addresses to listen on; one of a single link only where there is no other. */
function best(addresses: readonly { address: string }[]): string | undefined {
  const wide = addresses.find(({ address }) => !/^fe[89ab]/i.test(address));
  return (wide ?? addresses[0])?.address;
}

/** Whether a worker of node:cluster shares what it listens on with others, which libuv does. */
export function isShared(options: net.ListenOptions): boolean {
  return isClusterWorker() && !options.exclusive;
}

function isFull({ maxConnections, _connections }: ListeningServer): boolean {
  return maxConnections !== undefined && maxConnections !== null && _connections >= maxConnections;
}

function internet(address: SocketAddress | undefined): InternetAddress | undefined {
  return address as InternetAddress | undefined;
}

function addressInfo(address: SocketAddress): net.AddressInfo {
  const { address: host, family, port } = address as InternetAddress;
  return { address: host, family, port };
}
