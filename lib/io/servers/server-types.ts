/** What programs say to servers, and what these tell them. */
import { SOMAXCONN } from '../../../defs/winsock2.g.ts';
import type { Family } from '../families/family.ts';
import type { DetachedSocket } from '../handles/foreign.ts';
import { flag, whole } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { inThisContext } from '../port/listeners.ts';
import { type CompletionPort, completionPortOption } from '../port/port.ts';
import { PLACE } from '../sockets/place.ts';
import { type SocketOptions, socketOptionsOption } from '../sockets/socket-options.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import { TCP_SOCKET_OPTIONS, type TcpSocketOptions } from '../streams/tcp-types.ts';

/** What a server tells. */
export interface TcpServerEvents {
  /** The server listens. */
  listening: () => void;
  /** Somebody has connected. */
  connection: (socket: TcpSocket) => void;
  /** Accepting failed; the server goes on unless it was closed. */
  error: (error: Error) => void;
  /** The server has stopped, and no accept is pending any more. */
  close: () => void;
}

/** How a server works, and what its connections start with. */
export interface TcpServerOptions extends TcpSocketOptions {
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** As many accepts wait for connections at once, after the first connections; at most 1024. Default 32. */
  accepts?: number;
  /** Options set on each connection. */
  socketOptions?: SocketOptions;
  /**
   * Is given what is accepted, in place of `connection` listeners: a SOCKET that is on no completion port, and that
   * another thread or process can take. It is its own to close.
   */
  handOver?: (socket: DetachedSocket) => void;
}

/** The most accepts that may wait at once. */
const MOST_ACCEPTS = 1024;

/** What these may be. */
export const TCP_SERVER_OPTIONS: OptionTable<TcpServerOptions> = {
  ...TCP_SOCKET_OPTIONS,
  completionPort: completionPortOption,
  accepts: whole(1, MOST_ACCEPTS),
  // It refuses what is no function.
  handOver: (value) => void inThisContext(value as () => void),
  socketOptions: socketOptionsOption,
};

const backlog = whole(0, SOMAXCONN);

/** What the options of a server may be whose SOCKET others have made. */
export const SERVER_FROM_OPTIONS: OptionTable<TcpServerOptions & { backlog?: number }> = {
  ...TCP_SERVER_OPTIONS,
  backlog,
};

/** Where a server listens. */
export interface ListenOptions {
  /** An IP address of the host. All of them where left out. */
  host?: string;
  /** Another name for `host`, for what sockets tell of their addresses: `listen(server.address)`. */
  address?: string;
  /** The TCP port; one of the system's choice where left out. */
  port?: number;
  /**
   * The path of a Unix socket. Its file is deleted when the server is closed or the process ends; one
   * that a crash has left is in the way of the next server, as WSAEADDRINUSE, until somebody deletes it
   * (DeleteFileW can).
   */
  path?: string;
  /**
   * 'IPv4' or 'IPv6', for all addresses of one of them; or what is neither IP nor Unix: 'Bluetooth', with `channel` or
   * one of the system's choice; 'HyperV', with `service` and `vm`; or a number, with `bytes`.
   */
  family?: Family | number;
  /** The channel of RFCOMM, 1 to 30; one of the system's choice where left out. */
  channel?: number;
  /** The service that a Hyper-V socket offers: its id, or a port of AF_VSOCK. */
  service?: string | number;
  /** The virtual machine that may connect by Hyper-V: its id, 'children' and so on. Default 'any'. */
  vm?: string;
  /** The sockaddr of a family that is given by its number. */
  bytes?: Uint8Array;
  /** How many connections may wait to be accepted. Default 511. */
  backlog?: number;
  /**
   * Whether no other program may bind the same address. Default true. Windows then refuses the
   * address to everybody, as WSAEADDRINUSE, for as long as connections that were accepted there are
   * open, or not over for good: those that this end has closed first may count for minutes.
   */
  exclusive?: boolean;
  /** Whether '::' leaves IPv4 alone. Default false. */
  v6Only?: boolean;
}

/** What these may be. */
export const LISTEN_OPTIONS: OptionTable<ListenOptions> = {
  ...PLACE,
  // Before anything is bound: a Unix socket would leave its file behind.
  backlog,
  exclusive: flag,
  v6Only: flag,
};
