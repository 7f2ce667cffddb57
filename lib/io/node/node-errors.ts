import util from 'node:util';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { addressText, isInternetAddress, type SocketAddress } from '../families/address.ts';
import { failedAddress } from '../streams/connect.ts';
import { codedError } from './argument-errors.ts';

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

/**
 * The error that node:net would give: 'ECONNREFUSED' of 'connect' with the address and port. What is
 * no WinsockError is returned as it is.
 *
 * @param to the host that was connected to or looked up, for errors that do not tell their address
 */
export function toNodeError(error: Error, to?: { host?: string; port?: number }): Error {
  if (!(error instanceof WinsockError) || typeof error.syscall !== 'string') return error;
  const { errors } = error as { errors?: Error[] };
  if (errors) {
    const all = errors.map((one) => toNodeError(one, to) as NodeSystemError);
    return codedError(new AggregateError(all, '', { cause: error }), all[0]!.code);
  }
  // 'GetAddrInfoExW(localhost)'
  const [called = ''] = error.syscall.split('(', 1);
  const syscall = SYSCALLS[called] ?? called;
  // Windows tells a receive of a connection that its sends have failed; libuv says the same of both.
  const reset = error.code === 'WSAECONNABORTED' && syscall === 'read';
  const code = reset ? 'ECONNRESET' : (CODES[error.code] ?? error.code.replace(/^WSA(?=E)/, ''));
  const at = failedAddress(error);
  const host = at ? hostOf(at) : to?.host;
  const port = at ? (isInternetAddress(at) ? at.port : undefined) : to?.port;
  const isConnect = syscall === 'connect' && port !== undefined;
  const where = host === undefined ? '' : ` ${host}`;
  const text = `${syscall} ${code}${where}${isConnect ? `:${port}` : ''}`;
  const result = Object.assign(new Error(text, { cause: error }), {
    errno: numberOf(code) ?? error.errno,
    code,
    syscall,
  });
  if (host === undefined) return result;
  if (syscall === 'getaddrinfo') return Object.assign(result, { hostname: host });
  return Object.assign(result, { address: host }, isConnect && { port });
}

/** What node:net calls the address of an error: the IP address, or the path. */
function hostOf(address: SocketAddress): string {
  return isInternetAddress(address) ? address.address : addressText(address);
}
