import { WinsockError } from '../../ffi/errors/errors.ts';
import { addressText, isInternetAddress, type SocketAddress } from '../families/address.ts';
import { failedAddress } from '../streams/connect.ts';
import { codedError } from './argument-errors.ts';
import { type NodeSystemError, systemError } from './system-error.ts';

export type { NodeSystemError } from './system-error.ts';

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

/**
 * The error that node:net would give: 'ECONNREFUSED' of 'connect' with the address and port. What is
 * no WinsockError is returned as it is.
 *
 * @param to the host that was connected to or looked up, for errors that do not tell their address
 */
export function toNodeError(error: Error, to?: { host?: string; port?: number }): Error {
  if (!(error instanceof WinsockError) || typeof error.syscall !== 'string') return error;
  const { errors } = error as { errors?: Error[] };
  if (!errors) return errorOfCall(error, to);
  // One of them is the error itself.
  const all = errors.map((one) => (one instanceof WinsockError ? errorOfCall(one, to) : one));
  const { code } = all[0] as NodeSystemError;
  return codedError(new AggregateError(all, '', { cause: error }), code);
}

function errorOfCall(error: WinsockError, to?: { host?: string; port?: number }): NodeSystemError {
  // 'GetAddrInfoExW(localhost)'
  const [called = ''] = error.syscall.split('(', 1);
  const syscall = SYSCALLS[called] ?? called;
  // Windows tells a receive of a connection that its sends have failed; libuv says the same of both.
  const reset = error.code === 'WSAECONNABORTED' && syscall === 'read';
  const code = reset ? 'ECONNRESET' : (CODES[error.code] ?? error.code.replace(/^WSA(?=E)/, ''));
  const at = failedAddress(error);
  const host = at ? hostOf(at) : to?.host;
  const port = at ? (isInternetAddress(at) ? at.port : undefined) : to?.port;
  const hasPort = syscall === 'connect' || syscall === 'bind';
  const result = systemError(code, syscall, {
    address: host,
    port: hasPort ? port : undefined,
    cause: error,
    errno: error.errno,
  });
  if (host === undefined || syscall !== 'getaddrinfo') return result;
  delete result.address;
  return Object.assign(result, { hostname: host });
}

/** What node:net calls the address of an error: the IP address, or the path. */
function hostOf(address: SocketAddress): string {
  return isInternetAddress(address) ? address.address : addressText(address);
}
