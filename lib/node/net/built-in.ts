/**
 * The functions of node:net itself, as they were when this was loaded: for what is no socket of TCP. The rule is
 * one for all of the module: what is said by a path (named pipes), by a descriptor or by a handle is the
 * built-in module's, and so is what a worker of node:cluster shares with others.
 */
import net from 'node:net';

export const { connect, Server, Socket } = net;

/** A bound port is a handle of libuv's. Types of Node.js do not have it yet. */
export const BoundSocket = Reflect.get(net, 'BoundSocket') as
  | (new (
      options?: object,
    ) => object)
  | undefined;

/** Options by which node:net is asked for something else than a connection of TCP. */
export interface ElsewhereOptions {
  fd?: unknown;
  handle?: unknown;
  _handle?: unknown;
  path?: unknown;
}

/** Whether something is to be made of a descriptor or of a handle of libuv's, or is such a handle. */
export function isOfHandle(options: unknown): boolean {
  if (typeof options === 'number') return true;
  if (typeof options !== 'object' || options === null) return false;
  if (BoundSocket && options instanceof BoundSocket) return true;
  const { fd, handle, _handle } = options as ElsewhereOptions;
  const isHandle = typeof (options as { getsockname?: unknown }).getsockname === 'function';
  return isHandle || [fd, handle, _handle].some((one) => one !== undefined && one !== null);
}
