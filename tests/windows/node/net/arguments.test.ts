/** What functions and methods of winsock/net refuse, and in which words: as node:net does. */
import type net from 'node:net';
import t from 'tap';
import { same, thrown } from './support.ts';

const CONNECT: readonly unknown[][] = [
  [],
  [{}],
  [{ host: 'localhost' }],
  [{ port: true }],
  [{ port: null }],
  [{ port: -1 }],
  [{ port: 65536 }],
  [{ port: 1.5 }],
  [{ port: '' }],
  [{ port: 'x' }],
  [Number.NaN],
  [70000, 'localhost'],
  [{ port: 80, host: 5 }],
  [{ port: 80, localAddress: 'nowhere' }],
  [{ port: 80, localPort: 'x' }],
  [{ port: 80, host: 'localhost', lookup: 5 }],
  [{ port: 80, host: 'localhost', hints: 0xffff }],
  [{ port: 80, autoSelectFamily: 1 }],
  [{ port: 80, autoSelectFamilyAttemptTimeout: 0 }],
  [{ port: 80, autoSelectFamilyAttemptTimeout: 'x' }],
  [{ port: 80, keepAliveInitialDelay: 'x' }],
  [{ port: 80, objectMode: true }],
  [{ port: 80, signal: {} }],
  [{ path: 5 }],
];

const LISTEN: readonly unknown[][] = [
  [{}],
  [{ host: 'localhost' }],
  [{ port: -1 }],
  [{ port: 65536 }],
  [{ port: 'x' }],
  [{ port: true }],
  [-1],
  ['0x1ffff'],
  [{ port: 0, signal: 1 }],
  [true],
  [{ path: 5 }],
];

const SERVER: readonly unknown[][] = [[5], ['x'], [{ keepAliveInitialDelay: 'x' }]];

const SOCKET: readonly ((socket: net.Socket) => unknown)[] = [
  (socket) => socket.setTimeout('x' as never),
  (socket) => socket.setTimeout(-1),
  (socket) => socket.setTimeout(Number.POSITIVE_INFINITY),
  (socket) => socket.setTimeout(1, 5 as never),
  (socket) => socket.write(5 as never),
  (socket) => socket.write(null as never),
  (socket) => socket.connect({} as never),
  (socket) => socket.setEncoding('x' as never),
];

same(t, {
  'connect refuses what node:net refuses': (net) =>
    CONNECT.map((args) => [args, thrown(() => net.connect(...(args as [number])))]),
  'listen refuses what node:net refuses': (net) =>
    LISTEN.map((args) => [args, thrown(() => net.createServer().listen(...(args as [number])))]),
  'createServer refuses what node:net refuses': (net) =>
    SERVER.map((args) => [args, thrown(() => net.createServer(...(args as [object])))]),
  'a socket refuses what that of node:net refuses': (net) =>
    SOCKET.map((call) => thrown(() => call(new net.Socket()))),
  'a listener that is none': (net) => thrown(() => net.createServer().getConnections(5 as never)),
});
