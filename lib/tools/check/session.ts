// What the programs of facts have in common: sockets on the loopback interface, which are closed when the
// program is over, and answers as text.

import * as w from '../../index.ts';
import { CompletionPort } from '../../io.ts';

type Name = w.sockaddr_in;

const NAME_BYTES = 16;

/** Systems give port numbers from 32768 (Linux) or 49152 (Windows) on to who does not choose one. */
const CHOSEN_BY_NOBODY = 10_240;
const CHOICE = 32_768 - CHOSEN_BY_NOBODY;

/** The name of an error code; the number where it has none. */
export function nameOfCode(code: number): string {
  return w.errorName(code) ?? String(code);
}

/** The last error, by its name. */
export function lastError(): string {
  return nameOfCode(w.WSAGetLastError());
}

/** What a function has answered that returns 0 or SOCKET_ERROR. */
export function verdict(result: number): string {
  return result === w.SOCKET_ERROR ? lastError() : 'succeeds';
}

/** What a function has answered that returns a count or SOCKET_ERROR. */
export function counted(result: number): string {
  return result === w.SOCKET_ERROR ? lastError() : `${result} bytes`;
}

/** What a function has answered that returns TRUE or FALSE. */
export function truth(result: number): string {
  return result === 0 ? lastError() : 'succeeds';
}

/** The code of what a promise is rejected with; 'succeeds' where it is fulfilled. */
export async function settled(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'succeeds';
  } catch (error) {
    return codeOf(error);
  }
}

export function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Memory of its own, which does not move. */
export function room(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(bytes));
}

export function loopback(port = 0): Name {
  return new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(port),
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
}

export function anywhere(port = 0): Name {
  return new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(port) });
}

export function loopback6(port = 0): w.sockaddr_in6 {
  const name = new w.sockaddr_in6({ sin6_family: w.AF_INET6, sin6_port: w.htons(port) });
  name[23] = 1;
  return name;
}

export class Session {
  readonly #ends: (() => unknown)[] = [];
  readonly #sockets = new Set<w.SOCKET>();

  /** Has something done when the program is over, last things first. */
  after(end: () => unknown): void {
    this.#ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    for (const socket of this.#sockets) w.closesocket(socket);
    this.#sockets.clear();
  }

  /** Has a socket closed when the program is over. */
  keep(socket: w.SOCKET): w.SOCKET {
    this.#sockets.add(socket);
    return socket;
  }

  /** Closes a socket now: its number may be that of another one soon. */
  close(socket: w.SOCKET): void {
    this.#sockets.delete(socket);
    w.closesocket.orThrow(socket);
  }

  /** Closes at once and resets the connection. */
  reset(socket: w.SOCKET): void {
    const linger = new w.linger({ l_onoff: 1, l_linger: 0 });
    w.setsockopt.orThrow(socket, w.SOL_SOCKET, w.SO_LINGER, linger, 4);
    this.close(socket);
  }

  socket(type: number = w.SOCK_STREAM, family: number = w.AF_INET, protocol = 0): w.SOCKET {
    const flags = w.WSA_FLAG_OVERLAPPED;
    return this.keep(w.WSASocketW.orThrow(family, type, protocol, null, 0, flags));
  }

  /** A socket with an address of the loopback interface. */
  bound(type: number = w.SOCK_STREAM, name: Name = loopback()): w.SOCKET {
    const s = this.socket(type);
    w.bind.orThrow(s, name, NAME_BYTES);
    return s;
  }

  datagram(): w.SOCKET {
    return this.bound(w.SOCK_DGRAM);
  }

  listener(backlog = 5): w.SOCKET {
    const s = this.bound();
    w.listen.orThrow(s, backlog);
    return s;
  }

  /** Both ends of a TCP connection. */
  pair(): [client: w.SOCKET, server: w.SOCKET] {
    const listener = this.listener();
    const client = this.socket();
    w.connect.orThrow(client, nameOf(listener), NAME_BYTES);
    const server = this.keep(w.accept.orThrow(listener, null, null));
    return [client, server];
  }

  /**
   * An address of the loopback interface that no socket has, and that the system gives to none of its own accord: it
   * might give one that was free a moment ago to the socket that connects to it, which is its own peer then.
   */
  refusing(type: number = w.SOCK_STREAM): Name {
    for (;;) {
      const name = loopback(CHOSEN_BY_NOBODY + Math.floor(Math.random() * CHOICE));
      const s = this.socket(type);
      const code = w.bind(s, name, NAME_BYTES) === 0 ? 0 : w.WSAGetLastError();
      this.close(s);
      if (code === 0) return name;
      // Another program's, or a number that Windows keeps for one.
      if (code !== w.WSAEADDRINUSE && code !== w.WSAEACCES) throw new Error(nameOfCode(code));
    }
  }

  event(): w.HANDLE {
    const event = w.WSACreateEvent.orThrow();
    this.after(() => w.WSACloseEvent(event));
    return event;
  }

  /** A completion port of winsock/io, which is closed with all that was made on it. */
  port(): CompletionPort {
    const port = new CompletionPort();
    this.after(() => port.close());
    return port;
  }
}

export function nonBlocking(s: w.SOCKET): w.SOCKET {
  w.ioctlsocket.orThrow(s, w.FIONBIO, w.ref(w.u_long, 1));
  return s;
}

export function nameOf(s: w.SOCKET): Name {
  const name = new w.sockaddr_in();
  w.getsockname.orThrow(s, name, w.ref(w.int, NAME_BYTES));
  return name;
}

export function portOf(s: w.SOCKET): number {
  return w.ntohs(nameOf(s).sin_port);
}

export const connectTo = (s: w.SOCKET, name: Name): number => w.connect(s, name, NAME_BYTES);
export const bindTo = (s: w.SOCKET, name: Name): number => w.bind(s, name, NAME_BYTES);

export function send(s: w.SOCKET, text: string, flags = 0): number {
  const data = Buffer.from(text);
  return w.send(s, data, data.length, flags);
}

export function sendTo(s: w.SOCKET, text: string, name: Name): number {
  const data = Buffer.from(text);
  return w.sendto(s, data, data.length, 0, name, NAME_BYTES);
}

/** Receives, and gives the error or the text. */
export function receive(s: w.SOCKET, bytes = 64, flags = 0): string {
  const memory = room(Math.max(bytes, 1));
  const result = w.recv(s, memory, bytes, flags);
  if (result === w.SOCKET_ERROR) return lastError();
  return result === 0 ? 'the end' : Buffer.from(memory).toString('latin1', 0, result);
}

/** Waits until a socket has something to receive, or its end. */
export function waitReadable(s: w.SOCKET, milliseconds = 2000): boolean {
  const set = new w.fd_set();
  w.FD_SET(s, set);
  const limit = new w.timeval({
    tv_sec: Math.floor(milliseconds / 1000),
    tv_usec: (milliseconds % 1000) * 1000,
  });
  return w.select.orThrow(0, set, null, null, limit) > 0;
}

/** Reads an option that is a number, or gives the error. */
export function optionOf(s: w.SOCKET, level: number, name: number): string {
  const value = w.ref(w.int, 0);
  const result = w.getsockopt(s, level, name, value, w.ref(w.int, 4));
  return result === w.SOCKET_ERROR ? lastError() : String(value.value);
}

export function setOptionOf(s: w.SOCKET, level: number, name: number, value: number): string {
  return verdict(w.setsockopt(s, level, name, w.ref(w.int, value), 4));
}
