/** What calls make of sockets: how they come, what they are named, and how they go. */
import { SO_UPDATE_ACCEPT_CONTEXT, SO_UPDATE_CONNECT_CONTEXT } from '../../../../defs/mswsock.g.ts';
import { WSAEWOULDBLOCK } from '../../../../defs/winerror.g.ts';
import { SO_LINGER, SOL_SOCKET } from '../../../../defs/winsock2.g.ts';
import type { Outcome } from '../../../ffi/trace/outcome.ts';
import { type Arguments, memoryOf, viewOf } from './arguments.ts';
import type { TracedSocket, TracedSockets } from './sockets.ts';
import { acceptedNames } from './system.ts';

export interface Life {
  /** Whether the result is a new socket. */
  readonly makes?: true;
  /** Whether the socket is gone afterwards. */
  readonly ends?: true;
  /** What a call has changed, as soon as it has returned. */
  after?(args: Arguments, outcome: Outcome, socket: TracedSocket): void;
  /** What it has changed once it is over, which for an overlapped operation may be later. */
  completed?(args: Arguments, socket: TracedSocket, sockets: TracedSockets): void;
}

/** The sockaddr that a call was given as `name`, as a copy. */
export function nameGiven(args: Arguments): Uint8Array | undefined {
  const length = args.number('namelen');
  return length > 1 ? memoryOf(args.of('name'), length)?.slice() : undefined;
}

const connects: Life = {
  after(args, { code }, socket) {
    if (code !== undefined && code !== WSAEWOULDBLOCK) return;
    socket.changed();
    socket.remote = nameGiven(args) ?? new Uint8Array();
  },
};

const LIVES: Readonly<Record<string, Life>> = {
  socket: { makes: true },
  WSASocketW: { makes: true },
  WSASocketA: { makes: true },
  accept: { makes: true },
  WSAAccept: { makes: true },
  WSAJoinLeaf: { makes: true },
  closesocket: { ends: true },
  bind: { after: (_args, _outcome, socket) => socket.changed() },
  listen: {
    after(_args, { code }, socket) {
      if (code !== undefined) return;
      socket.isListening = true;
      socket.changed();
    },
  },
  connect: connects,
  WSAConnect: connects,
  shutdown: {},
  WSASendDisconnect: {},
  WSARecvDisconnect: {},
  setsockopt: {
    after(args, { code }, socket) {
      if (code !== undefined || args.number('level') !== SOL_SOCKET) return;
      const option = args.number('optname');
      if (option === SO_LINGER) {
        const linger = memoryOf(args.of('optval'), 4);
        const seconds = linger && viewOf(linger).getUint16(2, true);
        socket.resetsOnClose = linger?.[0] === 1 && seconds === 0;
      } else if (option === SO_UPDATE_ACCEPT_CONTEXT || option === SO_UPDATE_CONNECT_CONTEXT) {
        socket.changed();
      }
    },
  },
  ConnectEx: {
    completed(args, socket) {
      socket.changed();
      socket.remote = nameGiven(args) ?? new Uint8Array();
    },
  },
  AcceptEx: {
    completed(args, _listening, sockets) {
      const accepted = sockets.of(args.number('sAcceptSocket'));
      const names = accepted && acceptedNames(args);
      if (!names) return;
      accepted.changed();
      accepted.local = names.local;
      accepted.remote = names.remote;
    },
  },
  DisconnectEx: { completed: (_args, socket) => socket.changed() },
};

/** What a function makes of sockets; undefined for a function that has nothing to do with that. */
export function lifeOf(name: string): Life | undefined {
  return Object.hasOwn(LIVES, name) ? LIVES[name] : undefined;
}
