/** Sockets of the models that are written with the calls of Winsock alone. */
import {
  AF_INET,
  accept,
  bind,
  closesocket,
  FIONBIO,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  IPPROTO_TCP,
  int,
  ioctlsocket,
  listen,
  MAKEWORD,
  ntohs,
  recv,
  ref,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOMAXCONN,
  send,
  setsockopt,
  sizeof,
  sockaddr_in,
  socket,
  TCP_NODELAY,
  ULONG,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAStartup,
} from '../../../index.ts';
import { Answers, RECEIVED_AT_ONCE } from './answers.ts';

export interface ListeningSocket {
  readonly socket: SOCKET;
  readonly port: number;
}

/** A socket that listens on the loopback address, at a port of the system's choice. */
export function listenOnLoopback(): ListeningSocket {
  WSAStartup.orThrow(MAKEWORD(2, 2), new WSADATA());
  const listening = socket.orThrow(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  const name = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: htonl(INADDR_LOOPBACK) },
  });
  bind.orThrow(listening, name, sizeof(name));
  listen.orThrow(listening, SOMAXCONN);
  getsockname.orThrow(listening, name, ref(int, sizeof(name)));
  return { socket: listening, port: ntohs(name.sin_port) };
}

export function setNonBlocking(s: SOCKET): void {
  ioctlsocket.orThrow(s, FIONBIO, ref(ULONG, 1));
}

/** Accepts a connection, whose small messages go at once; `undefined` where none waits any more. */
export function acceptOn(listening: SOCKET): SOCKET | undefined {
  const s = accept(listening, null, null);
  if (s === INVALID_SOCKET) return undefined;
  sendAtOnce(s);
  return s;
}

/** Small messages do not wait for others. */
export function sendAtOnce(s: SOCKET): void {
  setsockopt.orThrow(s, IPPROTO_TCP, TCP_NODELAY, ref(int, 1), sizeof(int));
}

// Only one connection receives at a time.
const buffer = Buffer.from(new ArrayBuffer(RECEIVED_AT_ONCE));

/** A non-blocking connection of a model that says when a socket is ready. */
export class ReadyConnection {
  readonly socket: SOCKET;
  readonly #answers = new Answers();
  /** What the system has not taken: nothing more is received before it has. */
  #unsent: Buffer | undefined;

  constructor(s: SOCKET) {
    this.socket = s;
    setNonBlocking(s);
  }

  get waitsToSend(): boolean {
    return this.#unsent !== undefined;
  }

  /** Receives and answers. Gives false where the connection is over. */
  readable(): boolean {
    if (this.#unsent) return true;
    const received = recv(this.socket, buffer, buffer.length, 0);
    if (received === SOCKET_ERROR) return WSAGetLastError() === WSAEWOULDBLOCK || this.close();
    if (received === 0) return this.close();
    const answer = this.#answers.answer(buffer.subarray(0, received));
    return answer ? this.#send(answer) : true;
  }

  /** Sends what could not go before. Gives false where the connection is over. */
  writable(): boolean {
    const waiting = this.#unsent;
    this.#unsent = undefined;
    return waiting ? this.#send(waiting) : true;
  }

  #send(bytes: Buffer): boolean {
    for (let rest = bytes; rest.length > 0; ) {
      const sent = send(this.socket, rest, rest.length, 0);
      if (sent === SOCKET_ERROR) {
        if (WSAGetLastError() !== WSAEWOULDBLOCK) return this.close();
        // The buffer belongs to the next that receives.
        this.#unsent = Buffer.from(rest);
        return true;
      }
      rest = rest.subarray(sent);
    }
    return true;
  }

  close(): false {
    closesocket(this.socket);
    this.#answers.ended();
    return false;
  }
}
