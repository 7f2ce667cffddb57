/** What is replaced in node:net and node:dgram. */
import ourDgram from '../../dgram.ts';
import ourNet from '../../net.ts';
import { isClusterWorker } from '../first-use.ts';
import { builtIn, type OldClass, type Replacement, SEEN, unlikeFunctions } from './replacement.ts';

const net = builtIn('net');
const dgram = builtIn('dgram');
const OwnSocket = net.Socket as OldClass;

/** Workers of a cluster share what their primary process has bound, which only the built-in modules do. */
export const keepsServers = isClusterWorker();

/** Whether something is an instance of a class, as JavaScript has it where a class says nothing else. */
const isInstance = Function.prototype[Symbol.hasInstance];

/**
 * Our class, but what inherits from the built-in one still calls that (tls.TLSSocket, the streams of a
 * terminal), and both kinds are sockets for whoever asks by `instanceof`.
 */
export const Socket = new Proxy(ourNet.Socket, {
  apply(target, self: unknown, args) {
    if (self instanceof OwnSocket) return Reflect.apply(OwnSocket, self, args);
    // Node's classes of the old kind can be called, which their types do not say.
    return Reflect.apply(target as unknown as OldClass, self, args);
  },
  get(target, name) {
    return name === Symbol.hasInstance ? isSocket : Reflect.get(target, name);
  },
});

function isSocket(this: unknown, value: unknown): boolean {
  // Classes that inherit have this from here too.
  return isInstance.call(this as never, value) || (this === Socket && value instanceof OwnSocket);
}

/** Whether something is one of our sockets. */
export function isOurs(value: unknown): value is InstanceType<typeof ourNet.Socket> {
  // The method is Function's, for any class.
  return isInstance.call(ourNet.Socket as never, value);
}

export const NET: readonly Replacement[] = [
  {
    what: 'net.Socket, net.Stream',
    reason: 'programs and libraries make their sockets themselves, and inherit from it',
    seen: SEEN,
    differs: () => unlikeFunctions('net', 'Socket', 'Stream', '_normalizeArgs'),
    replace() {
      Object.assign(net, { Socket, Stream: Socket });
      // Of each socket, what programs have for its class.
      Object.defineProperty(ourNet.Socket.prototype, 'constructor', { value: Socket });
    },
  },
  {
    what: 'net.Server, net.createServer',
    reason: 'servers of http, https, http2 and tls inherit from it; workers of a cluster keep it',
    seen: SEEN,
    differs: () => unlikeFunctions('net', 'Server', 'createServer'),
    replace() {
      const { Server, createServer } = ourNet;
      if (!keepsServers) Object.assign(net, { Server, createServer });
    },
  },
  {
    what: 'net.connect, net.createConnection',
    reason: 'agents of http and most clients connect by them',
    seen: SEEN,
    differs: () => unlikeFunctions('net', 'connect', 'createConnection'),
    replace() {
      const { connect, createConnection } = ourNet;
      Object.assign(net, { connect, createConnection });
    },
  },
  {
    what: 'dgram.Socket, dgram.createSocket',
    reason:
      'programs make their datagram sockets by them; workers of a cluster keep the built-in ones',
    seen: SEEN,
    differs: () => unlikeFunctions('dgram', 'Socket', 'createSocket'),
    replace() {
      if (!keepsServers) Object.assign(dgram, ourDgram);
    },
  },
];
