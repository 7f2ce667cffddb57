import { SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { closesocket } from '../calls/calls.ts';
import { createSocket } from '../calls/create-socket.ts';
import { bindSocket, connectSocket } from '../calls/socket-calls.ts';
import { startConnect, updateConnectContext } from '../ops/connect.ts';
import { checkTimeout, type OperationOptions, perform } from '../ops/perform.ts';
import { CompletionPort } from '../port/port.ts';
import {
  type AddressLike,
  anyAddress,
  encodeAddress,
  familyOf,
  textOfSockaddr,
} from '../sockets/address.ts';
import { type SocketOptions, setOptions } from '../sockets/socket-options.ts';
import { TcpSocket } from './tcp-socket.ts';
import type { TcpSocketOptions } from './tcp-types.ts';

/** How `connect` connects. */
export interface ConnectOptions extends TcpSocketOptions, OperationOptions {
  /** The completion port. Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** The local address to use. */
  localAddress?: AddressLike;
  /** Options set before connecting. */
  socketOptions?: SocketOptions;
}

/** Connects to one address. Names are for `connect`. */
export async function connectTo(
  address: AddressLike,
  options: ConnectOptions = {},
): Promise<TcpSocket> {
  const { signal } = options;
  const sockaddr = encodeAddress(address);
  checkTimeout(options.timeout, 'ConnectEx');
  signal?.throwIfAborted();
  const family = familyOf(sockaddr);
  const internet = family === AF_INET || family === AF_INET6;
  const provider = { family, type: SOCK_STREAM, protocol: internet ? IPPROTO_TCP : 0 };
  const port = options.completionPort ?? CompletionPort.default;
  const socket = createSocket(provider);
  let association: ReturnType<CompletionPort['adopt']>;
  try {
    if (options.socketOptions) setOptions(socket, options.socketOptions);
    const local = options.localAddress;
    // ConnectEx wants a bound socket.
    if (internet || local) bindSocket(socket, local ? encodeAddress(local) : anyAddress(family));
    // Windows has no ConnectEx for Unix sockets, and their peer is on this system.
    if (family === AF_UNIX) connectSocket(socket, sockaddr);
    association = port.adopt(socket, family, SOCK_STREAM, provider.protocol);
  } catch (error) {
    closesocket(socket);
    throw error;
  }
  try {
    if (family !== AF_UNIX) {
      await perform(
        port,
        (operation) => startConnect(operation, association, provider, sockaddr),
        () => {
          const code = updateConnectContext(socket);
          if (code !== 0) throw new WinsockError(code, 'setsockopt(SO_UPDATE_CONNECT_CONTEXT)');
        },
        'ConnectEx',
        options,
      );
    }
    return new TcpSocket(association, options, sockaddr);
  } catch (error) {
    association.close();
    throw withAddress(error, sockaddr);
  }
}

/** The failure of ConnectEx, with the address that it was about. */
function withAddress(error: unknown, sockaddr: Uint8Array): unknown {
  if (!(error instanceof WinsockError) || error.syscall !== 'ConnectEx') return error;
  return new WinsockError(error.errno, 'ConnectEx', { about: textOfSockaddr(sockaddr) });
}
