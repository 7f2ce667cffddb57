import * as w from 'winsock';
import type { Random } from './random.ts';

const KINDS = [
  [w.AF_INET, w.SOCK_STREAM],
  [w.AF_INET, w.SOCK_DGRAM],
  [w.AF_INET6, w.SOCK_STREAM],
  [w.AF_INET6, w.SOCK_DGRAM],
] as const;

/** Sockets that do not block, and handles of sockets that are gone, whose numbers may be in use again. */
export class Sockets {
  readonly #random: Random;
  readonly #live: w.SOCKET[] = [];
  readonly #closed: w.SOCKET[] = [];
  readonly #event = w.WSACreateEvent.orThrow();

  constructor(random: Random) {
    this.#random = random;
    this.#open();
  }

  close(): void {
    for (const s of this.#live.splice(0)) {
      w.closesocket(s);
      this.#closed.push(s);
    }
    if (this.#closed.length > 64) this.#closed.splice(0, 32);
    w.WSACloseEvent(this.#event);
  }

  #open(): void {
    for (const [family, type] of KINDS) this.#live.push(open(family, type));
    this.#live.push(...connected());
  }

  any(): w.SOCKET {
    return this.#random.pick([
      ...this.#live,
      ...this.#live,
      ...this.#closed,
      w.INVALID_SOCKET,
      0 as w.SOCKET,
      0xdead0 as w.SOCKET,
    ]);
  }

  /** A handle that a call may be given: any other number may be one that the run time uses. */
  event(): unknown {
    return this.#random.pick([this.#event, this.#event, 0, 0xdead0, undefined, 'text', 1.5, -1n]);
  }
}

function open(family: number, type: number): w.SOCKET {
  const s = w.socket.orThrow(family, type, 0);
  w.ioctlsocket.orThrow(s, w.FIONBIO, w.ref(w.u_long, 1));
  return s;
}

/** Two datagram sockets that have something for each other. */
function connected(): [w.SOCKET, w.SOCKET] {
  const ends = [open(w.AF_INET, w.SOCK_DGRAM), open(w.AF_INET, w.SOCK_DGRAM)] as const;
  const address = new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
  for (const s of ends) w.bind.orThrow(s, address, 16);
  const name = new w.sockaddr_in();
  for (const [index, s] of ends.entries()) {
    w.getsockname.orThrow(ends[1 - index]!, name, w.ref(w.int, 16));
    w.connect.orThrow(s, name, 16);
    w.send(s, Buffer.alloc(300, 0x5a), 300, 0);
  }
  return [...ends];
}
