/** How what TLS and HTTP/2 write goes out by one of our sockets. */
import type { Duplex } from 'node:stream';
import { isOurs } from './net.ts';
import type { OldClass } from './replacement.ts';

/** A wrapped stream, of which its handle asks for one write at a time. */
interface Wrap extends Duplex {
  readonly stream: Duplex;
  readonly _handle: object | null;
  finishWrite(handle: object | null, code: number): void;
}

/** libuv's UV_EPIPE on Windows: the connection is over. */
const EPIPE = -4047;

interface Waiting {
  readonly request: unknown;
  readonly pieces: unknown;
}

const queues = new WeakMap<object, Waiting[]>();

/**
 * A wrapped stream fails an assertion, which ends the process, where TLS wants to write while a write is under
 * way, as it does when a client asks for a new handshake too often; such a write waits here. And what is still to be
 * written after the end, as the last word of TLS, is lost without an error of the stream, as it is with libuv.
 *
 * @param wraps the prototype of wrapped streams
 * @param current where a wrapped stream has the write that is under way
 */
export function replaceWrites(wraps: object, current: symbol): void {
  const ownWrite = Reflect.get(wraps, 'doWrite') as OldClass;
  const ownFinish = Reflect.get(wraps, 'finishWrite') as OldClass;

  function doWrite(this: Wrap, request: unknown, pieces: unknown): unknown {
    if (!isOurs(this.stream)) return Reflect.apply(ownWrite, this, [request, pieces]);
    if (Reflect.get(this, current) !== null) {
      const queue = queues.get(this) ?? [];
      queues.set(this, queue);
      queue.push({ request, pieces });
      return 0;
    }
    // Where it is being closed, the wrapped stream knows what to do.
    if (!this.stream.writableEnded || this.stream.destroyed || this._handle === null) {
      return Reflect.apply(ownWrite, this, [request, pieces]);
    }
    Reflect.set(this, current, request);
    const handle = this._handle;
    setImmediate(() => this.finishWrite(handle, EPIPE));
    return 0;
  }

  function finishWrite(this: Wrap, handle: object | null, code: number): void {
    Reflect.apply(ownFinish, this, [handle, code]);
    if (Reflect.get(this, current) !== null) return;
    const next = queues.get(this)?.shift();
    if (next) Reflect.apply(doWrite, this, [next.request, next.pieces]);
  }

  Object.defineProperties(wraps, {
    doWrite: { value: doWrite, writable: true, configurable: true },
    finishWrite: { value: finishWrite, writable: true, configurable: true },
  });
}
