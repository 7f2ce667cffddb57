import util from 'node:util';
import { WinsockError } from '../../ffi/errors/errors.ts';

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

/** Names that differ by more than the prefix; libuv translates in the same way. */
const CODES: Readonly<Record<string, string>> = {
  WSA_OPERATION_ABORTED: 'ECANCELED',
  WSAEINTR: 'ECANCELED',
  WSAESHUTDOWN: 'EPIPE',
  WSAHOST_NOT_FOUND: 'ENOTFOUND',
  WSANO_DATA: 'ENOTFOUND',
  WSATRY_AGAIN: 'EAI_AGAIN',
};

const SYSCALLS: Readonly<Record<string, string>> = {
  ConnectEx: 'connect',
  GetAddrInfoExW: 'getaddrinfo',
  WSARecv: 'read',
  WSASend: 'write',
};

let numbers: ReadonlyMap<string, number> | undefined;

/** The number that the run time has for 'ECONNRESET'. */
function numberOf(code: string): number | undefined {
  numbers ??= new Map([...(util.getSystemErrorMap?.() ?? [])].map(([n, [name]]) => [name, n]));
  return numbers.get(code);
}

/** The error that node:net would give. What is no WinsockError is returned as it is. */
export function toNodeError(error: Error, to?: { host?: string; port?: number }): Error {
  if (!(error instanceof WinsockError)) return error;
  const code = CODES[error.code] ?? error.code.replace(/^WSA(?=E)/, '');
  // 'GetAddrInfoExW(localhost)'
  const [called = ''] = error.syscall.split('(', 1);
  const syscall = SYSCALLS[called] ?? called;
  const where = to?.host === undefined ? '' : ` ${to.host}`;
  const port = syscall === 'connect' && to?.port !== undefined ? `:${to.port}` : '';
  const result = new Error(`${syscall} ${code}${where}${port}`, { cause: error });
  const details = { errno: numberOf(code) ?? error.errno, code, syscall };
  if (to === undefined) return Object.assign(result, details);
  if (syscall === 'getaddrinfo') return Object.assign(result, details, { hostname: to.host });
  return Object.assign(result, details, { address: to.host }, port && { port: to.port });
}
