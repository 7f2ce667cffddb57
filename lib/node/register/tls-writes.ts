/** How what TLS and HTTP/2 write goes out by one of our sockets. */
import type { Duplex } from 'node:stream';
import { afterReading } from './http2-reads.ts';
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
  readonly pieces: readonly Uint8Array[];
}

const queues = new WeakMap<object, Waiting[]>();

/** Wrapped streams that TLS writes to: it cannot take a write for done while it still asks for it, but soon after. */
const ofTls = new WeakSet<object>();

/**
 * Wrapped streams that are just saying that a write is done: HTTP/2 reads on then what it had put aside, and writes
 * meanwhile. Were it told within that of a next write that is done, it would read the same once more, and fail an
 * assertion, which ends the process.
 */
const finishing = new WeakSet<object>();

/** Notes that a wrapped stream is one that TLS writes to. */
export function writtenByTls(wrap: object): void {
  ofTls.add(wrap);
}

/**
 * What is written is done at once where the system takes it at once, as it is with libuv. What HTTP/2 still wants to say
 * while a write is under way is lost where its session is destroyed; and TLS ends a connection when its last write is
 * done: turns of the event loop later, a reset by the peer would be told as an error to whoever has closed it.
 */
function writeAtOnce(wrap: Wrap, pieces: readonly Uint8Array[]): void {
  const { stream, _handle: handle } = wrap;
  let isOver = false;
  const over = (code: number) => {
    if (isOver) return;
    isOver = true;
    wrap.finishWrite(handle, code);
  };
  stream.cork();
  for (const piece of pieces.slice(0, -1)) stream.write(piece);
  stream.write(pieces.at(-1) ?? new Uint8Array(), (error) => {
    if (!isOver) setImmediate(() => over(error ? codeOf(error) : 0));
  });
  stream.uncork();
  if (stream.writableLength > 0 || stream.errored) return;
  if (ofTls.has(wrap) || finishing.has(wrap)) process.nextTick(afterReading, () => over(0));
  else over(0);
}

function codeOf(error: Error): number {
  return (error as NodeJS.ErrnoException).errno ?? EPIPE;
}

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

  function doWrite(this: Wrap, request: unknown, pieces: readonly Uint8Array[]): unknown {
    if (!isOurs(this.stream)) return Reflect.apply(ownWrite, this, [request, pieces]);
    if (Reflect.get(this, current) !== null) {
      const queue = queues.get(this) ?? [];
      queues.set(this, queue);
      queue.push({ request, pieces });
      return 0;
    }
    // Where it is being closed, the wrapped stream knows what to do.
    if (this.stream.destroyed || this._handle === null) {
      return Reflect.apply(ownWrite, this, [request, pieces]);
    }
    Reflect.set(this, current, request);
    if (!this.stream.writableEnded) {
      writeAtOnce(this, pieces);
      return 0;
    }
    const handle = this._handle;
    setImmediate(() => this.finishWrite(handle, EPIPE));
    return 0;
  }

  function finishWrite(this: Wrap, handle: object | null, code: number): void {
    const isWithin = finishing.has(this);
    finishing.add(this);
    try {
      Reflect.apply(ownFinish, this, [handle, code]);
    } finally {
      if (!isWithin) finishing.delete(this);
    }
    if (Reflect.get(this, current) !== null) return;
    const next = queues.get(this)?.shift();
    if (next) Reflect.apply(doWrite, this, [next.request, next.pieces]);
  }

  Object.defineProperties(wraps, {
    doWrite: { value: doWrite, writable: true, configurable: true },
    finishWrite: { value: finishWrite, writable: true, configurable: true },
  });
}
