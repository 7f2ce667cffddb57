/** What is changed in node:tls, so that it encrypts over our sockets. */
import type { NetConnectOpts } from 'node:net';
import { Duplex } from 'node:stream';
import ourNet from '../../net.ts';
import { readByTls, replaceReads, watchForHttp2 } from './http2-reads.ts';
import { isOurs, keepsServers } from './net.ts';
import { builtIn, type OldClass, type Replacement, SEEN, unlikeFunctions } from './replacement.ts';
import { handleMethods } from './tls-handle.ts';
import { replaceWrites, writtenByTls } from './tls-writes.ts';

// Loaded before net is replaced: its sockets go on to inherit from the built-in net.Socket.
const tls = builtIn('tls');
const net = builtIn('net');
const OwnServer = net.Server as OldClass;
const OwnSocket = net.Socket as OldClass;
const TLSSocket = tls.TLSSocket as new (
  ...args: unknown[]
) => Duplex & { connecting: boolean; setTimeout(milliseconds: number): unknown };
const TLSServer = tls.Server as OldClass;
const ownConnect = tls.connect as (...args: unknown[]) => InstanceType<typeof TLSSocket>;
const ownInit = Reflect.get(TLSSocket.prototype, '_init') as OldClass;

/** What a TLSSocket makes of a stream that has no handle of libuv. */
interface StreamWrap {
  readonly stream: unknown;
  readonly _handle: object;
}

type Wrap = Duplex & { connecting: boolean; server?: unknown };

/** Such a wrap, of a TLSSocket that is given up before it is made. */
function wrapOf(stream: Duplex): StreamWrap | undefined {
  let made: StreamWrap | undefined;
  class Probe extends TLSSocket {
    _wrapHandle(wrap: StreamWrap): never {
      made = wrap;
      throw new Error('this is all that was to be seen');
    }
  }
  try {
    new Probe(stream);
  } catch {
    // As it says.
  }
  return made;
}

interface Known {
  /** Of all wraps. */
  readonly wraps: object;
  /** By which property a wrap knows the write that is under way. */
  readonly current: symbol;
  /** Of all handles. */
  readonly prototype: object;
  readonly owner: symbol;
}

let known: Known | undefined;

/** What is common to all such wraps and to their handles, and by which property a handle knows its wrap. */
function handles(): Known | undefined {
  if (known) return known;
  const wrap = wrapOf(new Duplex({ read: () => undefined, write: (_, __, done) => done() }));
  const handle = wrap?._handle;
  if (!handle) return undefined;
  const owner = Object.getOwnPropertySymbols(handle).find(
    (symbol) => Reflect.get(handle, symbol) === wrap,
  );
  const current = Object.getOwnPropertySymbols(wrap).find(
    ({ description }) => description === 'kCurrentWriteRequest',
  );
  if (!owner || !current || !(wrap.stream instanceof Duplex)) return undefined;
  known = {
    wraps: Object.getPrototypeOf(wrap) as object,
    current,
    prototype: Object.getPrototypeOf(handle) as object,
    owner,
  };
  return known;
}

/**
 * An error of the connection destroys its TLSSocket, as one of libuv's handle does; of a wrapped stream it would be told,
 * and 'close' would say that there was none. What fails after a TLSSocket was destroyed is told to nobody; and a write
 * that fails when all of the program's has been written is the last word of TLS to a peer that has gone: no error of the
 * stream, as it is with libuv.
 */
function destroyedByErrors(secure: Duplex, wrap: Duplex): void {
  // Just added, as a function of one error.
  const told = wrap.listeners('error').at(-1) as ((error: Error) => void) | undefined;
  if (!told) return;
  wrap.off('error', told);
  wrap.on('error', (error: NodeJS.ErrnoException) => {
    const hasWritten = secure.writableEnded && secure.writableLength === 0;
    if (secure.destroyed || (hasWritten && error.syscall === 'write')) return;
    secure.destroy(error);
  });
}

/** Options that ask for something else than a connection of TCP, or for what only the built-in socket does. */
const ELSEWHERE = ['socket', 'path', 'onread', 'fd', 'handle'];

/** Events of a connection that is being made, which tls.connect shows as its own. */
const SHOWN = [
  'ready',
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
];

function connect(...args: unknown[]): unknown {
  const options = optionsOf(args);
  if (ELSEWHERE.some((name) => options[name])) return ownConnect(...args);
  const last = args.at(-1);
  const { allowHalfOpen, timeout } = options as { allowHalfOpen?: boolean; timeout?: number };
  const socket = new ourNet.Socket({ allowHalfOpen: Boolean(allowHalfOpen) });
  const secure = ownConnect({ ...options, socket }, ...(typeof last === 'function' ? [last] : []));
  for (const event of SHOWN) {
    socket.on(event, (...told: unknown[]) => void secure.emit(event, ...told));
  }
  Object.defineProperty(secure, 'autoSelectFamilyAttemptedAddresses', {
    configurable: true,
    get: () => socket.autoSelectFamilyAttemptedAddresses,
  });
  if (timeout) secure.setTimeout(timeout);
  // By a signal, for example.
  secure.once('close', () => socket.destroy());
  if (secure.destroyed) return secure;
  try {
    // Checked by `connect`.
    socket.connect(options as unknown as NetConnectOpts);
  } catch (error) {
    secure.destroy();
    throw error;
  }
  return secure;
}

/** `(port, host, options)`, `(port, options)` and `(options)`, each with a listener at the end, as options. */
function optionsOf(args: readonly unknown[]): Record<string, unknown> {
  const normalize = net._normalizeArgs as (args: readonly unknown[]) => [Record<string, unknown>];
  const [options] = normalize(args);
  const more = typeof args[1] === 'object' && args[1] !== null ? args[1] : args[2];
  return { ...options, ...(typeof more === 'object' ? more : undefined) };
}

export const TLS: readonly Replacement[] = [
  {
    what: 'the prototype of tls.Server',
    reason:
      'tls is loaded before net is replaced, because its sockets inherit from the built-in one',
    seen: SEEN,
    differs() {
      if (Object.getPrototypeOf(TLSServer.prototype) !== OwnServer.prototype) {
        return 'tls.Server does not inherit from net.Server';
      }
      if (Object.getPrototypeOf(TLSSocket.prototype) !== OwnSocket.prototype) {
        return 'tls.TLSSocket does not inherit from net.Socket';
      }
      return undefined;
    },
    replace() {
      if (keepsServers) return;
      Object.setPrototypeOf(TLSServer.prototype, ourNet.Server.prototype);
      Object.setPrototypeOf(TLSServer, ourNet.Server);
    },
  },
  {
    what: 'tls.TLSSocket.prototype._init',
    reason: 'it waits for a net.Socket without a handle of libuv to be connected, also where it is',
    seen: SEEN,
    differs() {
      return typeof ownInit === 'function' && ownInit.length === 2
        ? undefined
        : 'tls.TLSSocket.prototype._init is not a function of two parameters';
    },
    replace() {
      function _init(this: InstanceType<typeof TLSSocket>, socket: unknown, wrap: unknown): void {
        Reflect.apply(ownInit, this, [socket, wrap]);
        if (!isOurs(socket)) return;
        writtenByTls(wrap as object);
        readByTls(wrap as object, this);
        destroyedByErrors(this, wrap as Duplex);
        this.connecting = socket.pending;
        // The end of TLS is to be told after the peer has ended.
        socket.allowHalfOpen = true;
        // Node 22 follows this to the end, and takes nothing but null for it.
        Object.assign(socket, { _parent: null });
      }
      Object.assign(TLSSocket.prototype, { _init });
    },
  },
  {
    what: 'tls.connect',
    reason: 'it would make a handle of libuv for the connection; given a socket it does not',
    seen: SEEN,
    differs: () => unlikeFunctions('tls', 'connect'),
    replace: () => void Object.assign(tls, { connect }),
  },
  {
    what: 'the handle by which TLS and HTTP/2 use a stream: addresses, ref, setNoDelay, setKeepAlive',
    reason: 'it has none of these, so that req.socket.remoteAddress would be undefined with https',
    seen: SEEN,
    differs() {
      const found = handles();
      if (!found) return 'tls.TLSSocket does not wrap streams as it did';
      const taken = Object.keys(handleMethods).find((name) => name in found.prototype);
      return taken && `the handle of a wrapped stream has ${taken} already`;
    },
    replace() {
      const { prototype, owner } = handles()!;
      for (const [name, method] of Object.entries(handleMethods)) {
        Object.defineProperty(prototype, name, {
          configurable: true,
          writable: true,
          value(this: Record<symbol, StreamWrap | undefined>, ...args: never[]) {
            const stream = this[owner]?.stream;
            return isOurs(stream) ? Reflect.apply(method, undefined, [stream, ...args]) : 0;
          },
        });
      }
    },
  },
  {
    what: 'the stream of a wrapped stream',
    reason: 'http2 takes a wrapped stream for connected from the beginning, and begins to talk',
    seen: SEEN,
    differs() {
      const found = handles();
      if (!found) return 'tls.TLSSocket does not wrap streams as it did';
      return 'stream' in found.wraps ? 'a wrapped stream has its stream elsewhere' : undefined;
    },
    replace() {
      Object.defineProperty(handles()!.wraps, 'stream', {
        configurable: true,
        set(this: Wrap, stream: unknown) {
          const value = stream;
          Object.defineProperty(this, 'stream', { value, writable: true, configurable: true });
          if (!isOurs(stream)) return;
          watchForHttp2(handles()!.prototype, handles()!.owner);
          this.server = stream.server;
          if (!stream.pending || stream.destroyed) return;
          this.connecting = true;
          stream.once('connect', () => {
            this.connecting = false;
            this.emit('connect');
          });
        },
      });
    },
  },
  {
    what: 'the writes of a wrapped stream',
    reason: 'one more while one is under way ends the process, and one after the end is an error',
    seen: SEEN,
    differs() {
      const found = handles();
      if (!found) return 'tls.TLSSocket does not wrap streams as it did';
      const lengths = [
        ['doWrite', 2],
        ['finishWrite', 2],
      ] as const;
      const other = lengths.find(([name, length]) => {
        const method: unknown = Reflect.get(found.wraps, name);
        return typeof method !== 'function' || method.length !== length;
      });
      return other && `${other[0]} of a wrapped stream is not a function of two parameters`;
    },
    replace() {
      const { wraps, current } = handles()!;
      replaceWrites(wraps, current);
    },
  },
  {
    what: 'the reads of a wrapped stream, and the owner of the handles of HTTP/2',
    reason:
      'HTTP/2 hears of all that came at once before the program does, which is told of streams that are closed already',
    seen: SEEN,
    differs() {
      const found = handles();
      if (!found) return 'tls.TLSSocket does not wrap streams as it did';
      const missing = ['readBuffer', 'emitEOF'].find(
        (name) => typeof Reflect.get(found.prototype, name) !== 'function',
      );
      if (missing) return `the handle of a wrapped stream has no ${missing}`;
      if (Object.getPrototypeOf(found.prototype) === Object.prototype) {
        return 'the handle of a wrapped stream inherits from no other handle';
      }
      const { _tickCallback: tick } = process as unknown as Record<string, unknown>;
      return typeof tick === 'function' ? undefined : 'process._tickCallback is not a function';
    },
    replace() {
      const { prototype, owner } = handles()!;
      replaceReads(prototype, owner);
    },
  },
];
