/** Errors as node:dgram gives them. */
import type { InspectOptions } from 'node:util';
import { nodeError } from '../../io/node/argument-errors.ts';
import { numberOf, systemError } from '../../io/node/system-error.ts';
import { toNodeError } from '../../io.ts';
import { utilOfNode } from '../first-use.ts';

/** What the run time says of 'EBADF'. */
function meaningOf(code: string): string {
  return (
    utilOfNode()
      .getSystemErrorMap()
      .get(numberOf(code) ?? 0)?.[1] ?? code
  );
}

/** The code of a failed call, as Node.js names it; undefined where it is none. */
export function codeOf(error: unknown): string | undefined {
  return (toNodeError(error as Error) as { code?: string }).code;
}

/**
 * The error of a failed call.
 *
 * @param failure the error of the call, or its code
 * @param syscall as Node.js names it
 */
export function callError(
  failure: unknown,
  syscall: string,
  address?: unknown,
  port?: number,
): Error {
  const code = typeof failure === 'string' ? failure : codeOf(failure);
  // What is no error of a call is a mistake in the arguments: these are the system's to judge in node:dgram.
  const known = code === undefined || code.startsWith('ERR_') ? 'EINVAL' : code;
  return systemError(known, syscall, { address, port, cause: failure });
}

/** The error of a failed call for the size of a buffer: a SystemError, whose numbers are those of its `info`. */
export function bufferSizeError(failure: unknown, syscall: string): Error {
  const util = utilOfNode();
  const code = typeof failure === 'string' ? failure : (codeOf(failure) ?? 'EINVAL');
  const message = meaningOf(code);
  const info = { errno: numberOf(code), code, message, syscall };
  const text = `Could not get or set buffer size: ${syscall} returned ${code} (${message})`;
  const error = new Error(text);
  Object.defineProperty(error, 'name', { value: 'SystemError', configurable: true });
  nodeError(error, 'ERR_SOCKET_BUFFER_SIZE');
  error.stack = error.stack?.replace('Error: ', 'SystemError [ERR_SOCKET_BUFFER_SIZE]: ') ?? '';
  return Object.defineProperties(error, {
    info: { value: info, enumerable: true, configurable: true },
    errno: partOf(info, 'errno'),
    syscall: partOf(info, 'syscall'),
    [util.inspect.custom]: {
      value(this: Error, _depth: number, options: InspectOptions): string {
        return util.inspect(this, { ...options, getters: true, customInspect: false });
      },
    },
  });
}

function partOf<Name extends string>(info: Record<Name, unknown>, name: Name): PropertyDescriptor {
  return {
    enumerable: true,
    configurable: true,
    get: () => info[name],
    set: (value) => {
      info[name] = value;
    },
  };
}

/** ERR_SOCKET_DGRAM_NOT_RUNNING. */
export function notRunning(): Error {
  return nodeError(new Error('Not running'), 'ERR_SOCKET_DGRAM_NOT_RUNNING');
}

/** ERR_SOCKET_ALREADY_BOUND. */
export function alreadyBound(): Error {
  return nodeError(new Error('Socket is already bound'), 'ERR_SOCKET_ALREADY_BOUND');
}

/** ERR_SOCKET_DGRAM_IS_CONNECTED. */
export function isConnected(): Error {
  return nodeError(new Error('Already connected'), 'ERR_SOCKET_DGRAM_IS_CONNECTED');
}

/** ERR_SOCKET_DGRAM_NOT_CONNECTED. */
export function notConnected(): Error {
  return nodeError(new Error('Not connected'), 'ERR_SOCKET_DGRAM_NOT_CONNECTED');
}
