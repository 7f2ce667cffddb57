/** The errors of Node.js for calls of the system that fail. */
import { util } from '../../ffi/native/builtins.ts';

/**
 * An error as node:net gives it: `code` is 'ECONNRESET', which libraries compare, and `cause` is the
 * WinsockError with 'WSAECONNRESET'.
 */
export interface NodeSystemError extends Error {
  /** As Node.js names it: 'ECONNRESET'. */
  code: string;
  /** As Node.js numbers it on Windows. */
  errno: number;
  /** As Node.js names the call. */
  syscall: string;
  /** The address it is about. */
  address?: string;
  /** The port it is about. */
  port?: number;
  /** The name that was not resolved. */
  hostname?: string;
}

/** What an error is about, and what it comes of. */
interface ErrorDetails {
  /** Text; or what a program has given, or its lookup found, in place of one. */
  address?: unknown;
  /** Shown where it is not 0, as Node.js does it. */
  port?: number | undefined;
  cause?: unknown;
  /** Where the run time has no number for the code. */
  errno?: number | undefined;
}

/**
 * The error of a failed call, as Node.js makes it.
 *
 * @param code as Node.js names it: 'ECONNREFUSED'
 * @param syscall as Node.js names it
 */
export function systemError(
  code: string,
  syscall: string,
  { address, port, cause, errno }: ErrorDetails = {},
): NodeSystemError {
  const at = { ...(address !== undefined && { address }), ...(port && { port }) };
  const where = port ? ` ${address}:${port}` : address ? ` ${address}` : '';
  const text = `${syscall} ${code}${where}`;
  const error = cause === undefined ? new Error(text) : new Error(text, { cause });
  const numbered = { errno: numberOf(code) ?? errno, code, syscall };
  // Codes without a number are given one.
  return Object.assign(error, numbered, at) as NodeSystemError;
}

let numbers: ReadonlyMap<string, number> | undefined;

/** The number that the run time has for 'ECONNRESET'. */
export function numberOf(code: string): number | undefined {
  numbers ??= new Map([...(util().getSystemErrorMap?.() ?? [])].map(([n, [name]]) => [name, n]));
  return numbers.get(code);
}
