import type net from 'node:net';
import {
  BlockList,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  SocketAddress,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
} from 'node:net';
import { callable } from '../callable.ts';
import { marked, normalize } from './arguments.ts';
import * as builtIn from './built-in.ts';
import { type ElsewhereOptions, isOfHandle } from './built-in.ts';
import { type ConnectionListener, Server as ServerClass, type ServerOptions } from './server.ts';
import { Socket as SocketClass, type SocketOptions } from './socket.ts';

export {
  BlockList,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  SocketAddress,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};

/** A server of TCP: see `net.Server`. May be called without `new`. */
export const Server = callable('Server', ServerClass, ServerClass.initialise);
export type Server = ServerClass;

/** A connection: see `net.Socket`. May be called without `new`. One of a descriptor or a handle is the built-in's. */
export const Socket = callable(
  'Socket',
  SocketClass,
  // Classes of old that inherit from the built-in one, as those of node:tls and node:tty.
  (self: object, options?: SocketOptions) => {
    if (!(self instanceof builtIn.Socket)) {
      throw new TypeError('a class inherits from Socket by class … extends Socket');
    }
    Reflect.apply(builtIn.Socket, self, [options]);
  },
  // What is of a handle is the built-in's, which looks at its options itself and has all that ours has.
  (options?: SocketOptions) =>
    isOfHandle(options)
      ? (new builtIn.Socket(options as net.SocketConstructorOpts) as unknown as SocketClass)
      : undefined,
);
export type Socket = SocketClass;
export const Stream = Socket;

/** A port that is bound and not used yet: see `net.BoundSocket`; undefined where Node.js is older. It is the built-in's. */
export const BoundSocket = builtIn.BoundSocket;

/** A server of TCP: see `net.createServer`. */
export function createServer(
  options?: ServerOptions | ConnectionListener,
  listener?: ConnectionListener,
): Server {
  return new Server(options, listener);
}

/** Connects: see `net.connect`. Where a path is given, to a named pipe by the built-in module. */
export function connect(options: net.NetConnectOpts, listener?: () => void): Socket;
export function connect(port: number, host?: string, listener?: () => void): Socket;
export function connect(port: number, listener?: () => void): Socket;
export function connect(path: string, listener?: () => void): Socket;
export function connect(...args: unknown[]): Socket {
  const [options, listener] = normalize<net.TcpNetConnectOpts & ElsewhereOptions>(args);
  if (isOfHandle(options) || (options.path !== undefined && options.path !== null)) {
    // The built-in looks at its options itself, and its sockets have all that ours are asked for.
    const socket = builtIn.connect(options as unknown as net.NetConnectOpts, listener);
    return socket as unknown as Socket;
  }
  const socket = new Socket(options as SocketOptions);
  if (options.timeout) socket.setTimeout(options.timeout);
  // By a signal that has aborted already.
  if (socket.destroyed) return socket;
  const normalized = marked([options, listener]) as unknown;
  return socket.connect(normalized as net.TcpNetConnectOpts);
}
export const createConnection = connect;

export default {
  BlockList,
  ...(BoundSocket && { BoundSocket }),
  connect,
  createConnection,
  createServer,
  getDefaultAutoSelectFamily,
  getDefaultAutoSelectFamilyAttemptTimeout,
  isIP,
  isIPv4,
  isIPv6,
  Server,
  Socket,
  SocketAddress,
  Stream,
  setDefaultAutoSelectFamily,
  setDefaultAutoSelectFamilyAttemptTimeout,
};
