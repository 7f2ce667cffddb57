/**
 * How what HTTP/2 receives by one of our sockets is handed on. libuv hands it on where no JavaScript runs: Node.js then
 * runs its ticks and microtasks after each frame, so that a program hears of a request or of a response before what
 * follows it, its end or a reset, is looked at. From JavaScript, as here, they would all come after the last frame: a
 * stream that is reset at once would be destroyed when the program is told of it.
 */
import type { Duplex } from 'node:stream';
import { isOurs } from './net.ts';
import { isLoaded, type OldClass } from './replacement.ts';

/** The handle of a wrapped stream. */
type Handle = Record<symbol, Wrap | undefined>;

interface Wrap {
  readonly stream: Duplex;
  readonly _handle: Handle | null;
}

/** What a handle was given, its end, or what must not happen within that. */
interface Read {
  readonly of?: { readonly handle: Handle; readonly wrap: Wrap };
  readonly method: (...args: unknown[]) => unknown;
  readonly args: unknown[];
}

/** Handles of HTTP/2 by the names of their classes, which programs never see. */
const HTTP2 = ['Http2Session', 'Http2Stream'];

const KEPT = Symbol('owner');

/** Over which TLS a wrapped stream is, where it is. */
const secureOf = new WeakMap<object, Duplex>();

const reads: Read[] = [];
/** What came while HTTP/2 wants nothing: it reckons with being given no more then. */
const held = new WeakMap<Handle, Read[]>();
/** While something is handed on, also while ticks are run between. */
let isReading = false;
let isDraining = false;

/** Notes by which socket of TLS a wrapped stream is used. */
export function readByTls(wrap: object, secure: Duplex): void {
  secureOf.set(wrap, secure);
}

/** Whether HTTP/2 reads from a wrapped stream, or may when the handshake of TLS is over. */
function mayBeHttp2(wrap: object): boolean {
  const secure = secureOf.get(wrap);
  if (!secure) return true;
  // It is null until it is known, and false where none was agreed on.
  const agreed: unknown = Reflect.get(secure, 'alpnProtocol');
  return agreed === 'h2' || (agreed === null && isLoaded('internal/http2/core'));
}

/** Keeps what is not wanted now until its stream goes on, which says so before it has anything new. */
function hold(handle: Handle, stream: Duplex, read: Read): void {
  const waiting = held.get(handle);
  if (waiting) {
    waiting.push(read);
    return;
  }
  const first = [read];
  held.set(handle, first);
  stream.once('resume', () => {
    held.delete(handle);
    const isWaitedFor = isReading || reads.length > 0;
    // Before what has come for the handle since.
    reads.unshift(...first);
    if (!isWaitedFor) process.nextTick(handOnNextRead);
  });
}

/** Hands on the next that was read, in a tick of its own: within a microtask no others can be run. */
function handOnNextRead(): void {
  // Run as one of the ticks between two frames of another: they go on first.
  if (isReading) return;
  const read = reads.shift();
  if (!read) return;
  const { of: owned, method, args } = read;
  isReading = true;
  try {
    // A call as it is written here, and not by Reflect, makes this function the caller: see `callerOfNode`.
    if (!owned) method(...args);
    else if (held.has(owned.handle) || owned.wrap.stream.isPaused()) {
      hold(owned.handle, owned.wrap.stream, read);
    }
    // A handle that was closed meanwhile takes no more.
    else if (owned.wrap._handle === owned.handle) method.apply(owned.handle, args);
  } finally {
    isReading = false;
    if (reads.length > 0) process.nextTick(handOnNextRead);
  }
}

/** The name of the function that has called into Node.js, from which it calls the function that asks this. */
function callerOfNode(): string | null | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const trace: { stack?: string | null | undefined } = {};
  try {
    Error.stackTraceLimit = 2;
    Error.prepareStackTrace = (_, sites) => sites[1]?.getFunctionName();
    Error.captureStackTrace(trace, ownerOf);
    return trace.stack;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Runs what Node.js runs when it has called a function. Not where the program itself has called what has led here: to
 * it, ticks never run within a call.
 */
function runTicks(): void {
  if (callerOfNode() !== handOnNextRead.name) return;
  // Documented nowhere, and there since Node.js began.
  const { _tickCallback: tick } = process as unknown as { _tickCallback(): void };
  isDraining = true;
  try {
    for (;;) {
      try {
        tick();
        return;
      } catch (error) {
        // Uncaught, as the exception of any tick: a microtask is where Node.js takes it for that at once, and not
        // for one of whoever reads.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  } finally {
    isDraining = false;
  }
}

/** Each function that Node.js calls for HTTP/2 asks for the owner of its handle first. */
function ownerOf(this: Record<symbol, unknown>): unknown {
  if (isReading && !isDraining) runTicks();
  return this[KEPT];
}

function setOwner(this: Record<symbol, unknown>, owner: unknown): void {
  this[KEPT] = owner;
}

function push(read: Read): void {
  reads.push(read);
  if (!isReading && reads.length === 1) process.nextTick(handOnNextRead);
}

/**
 * Runs it, but not among the ticks between two frames: a write that ends there would have HTTP/2 read on where it is
 * reading, and what it reads into would be freed.
 */
export function afterReading(run: () => void): void {
  if (isReading) push({ method: run, args: [] });
  else run();
}

/**
 * Has what HTTP/2 reads be handed on with ticks between.
 *
 * @param handles the prototype of the handles of wrapped streams
 * @param owner by which property a handle knows what it belongs to
 */
export function replaceReads(handles: object, owner: symbol): void {
  for (const name of ['readBuffer', 'emitEOF']) {
    const method = Reflect.get(handles, name) as OldClass;
    Object.defineProperty(handles, name, {
      configurable: true,
      writable: true,
      value(this: Handle, ...args: unknown[]): unknown {
        const wrap = this[owner];
        // What others read while ticks run would be taken for what is being read: it comes after that.
        const waits =
          isReading ||
          reads.length > 0 ||
          held.has(this) ||
          (isOurs(wrap?.stream) && mayBeHttp2(wrap!));
        if (!wrap || !waits) return Reflect.apply(method, this, args);
        push({ of: { handle: this, wrap }, method, args });
        return undefined;
      },
    });
  }
}

let isWatching = false;

/**
 * Waits for the first handles of HTTP/2, whose classes are found by nothing else. Called when one of our sockets is
 * wrapped, which is before.
 */
export function watchForHttp2(handles: object, owner: symbol): void {
  if (isWatching || !isLoaded('internal/http2/core')) return;
  isWatching = true;
  const all = Object.getPrototypeOf(handles) as object;
  const missing = new Set(HTTP2);
  Object.defineProperty(all, owner, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      const { name } = this.constructor;
      if (!missing.delete(name)) {
        Object.defineProperty(this, owner, {
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        });
        return;
      }
      const prototype = Object.getPrototypeOf(this) as object;
      Object.defineProperty(prototype, owner, { configurable: true, get: ownerOf, set: setOwner });
      if (missing.size === 0) Reflect.deleteProperty(all, owner);
      Reflect.set(this, owner, value);
    },
  });
}
