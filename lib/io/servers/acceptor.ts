import {
  WSAEFAULT,
  WSAEINVAL,
  WSAEMFILE,
  WSAENETDOWN,
  WSAENOBUFS,
  WSAENOTSOCK,
  WSAEOPNOTSUPP,
  WSANOTINITIALISED,
} from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { AF_UNIX } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { createSocket, dropSocket } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import type { PackedAddress } from '../families/address.ts';
import { Waiters } from '../handles/waiters.ts';
import { packedAcceptedAddress, startAccept, updateAcceptContext } from '../ops/accept.ts';
import { type Association, associations } from '../port/association.ts';
import type { Deferred, Delivery } from '../port/delivery.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';
import { getOption } from '../sockets/socket-options.ts';

/** After how many milliseconds accepting is tried again: what the system is out of takes time to return. */
const RETRY_MILLISECONDS = 100;

/** Failures of the listener. All others are of one client, who gave up before it was accepted. */
const OF_THE_LISTENER: readonly number[] = [
  WSAEMFILE,
  WSAENETDOWN,
  WSAENOBUFS,
  WSAENOTSOCK,
  WSANOTINITIALISED,
];
/**
 * What only a call can fail with, as it is about what it was given. Where an accept has begun it is what Winsock
 * makes of any status that its table does not have.
 */
const OF_THE_CALL: readonly number[] = [WSAEFAULT, WSAEINVAL, WSAEOPNOTSUPP];
/** Errors that end accepting: the listener's handle was closed, or Winsock ended. */
const FOR_GOOD: readonly number[] = [WSAENOTSOCK, WSANOTINITIALISED];
/** After how many failures in a row the listener is held to be at fault rather than its clients. */
const MOST_FAILURES = 1000;

/** How many accepts a server begins with: a program that has just started answers the first client sooner. */
const FIRST_ACCEPTS = 2;

/** The object that gets the connections. */
export interface AcceptorOwner {
  /**
   * Somebody has connected.
   *
   * @param socket a SOCKET that is on no completion port, and from now on the owner's
   * @param remote the sockaddr of the peer, where it is known
   */
  accepted(socket: number, remote: PackedAddress | undefined): void;
  /** The listener has failed, and tries again unless that was for good. */
  failed(error: WinsockError, forGood: boolean): void;
}

/** Keeps a number of accepts pending on a listening socket: few at first, and twice as many with each connection. */
export class Acceptor {
  readonly delivery: Delivery;
  readonly on: Association;
  readonly kind: SocketKind;
  readonly #owner: AcceptorOwner;
  readonly #slots: Slot[] = [];
  #most = 0;
  #paused = false;
  #halted = false;
  /** Who waits for the last accept: somebody may close while somebody else halts. */
  readonly #waiting = new Waiters();
  /** Failures since the last connection. */
  #failures = 0;
  /** The failure that was told last, with no connection since. */
  #told = 0;
  /** Until accepting is tried again. */
  #retry: NodeJS.Timeout | undefined;
  /** Whether the process is kept alive meanwhile, as it is by accepts that are pending. */
  #keepsAlive = false;

  constructor(delivery: Delivery, on: Association, kind: SocketKind, owner: AcceptorOwner) {
    this.delivery = delivery;
    this.on = on;
    this.kind = kind;
    this.#owner = owner;
  }

  /** @param most as many accepts as may be pending */
  start(most: number): void {
    this.#most = most;
    this.#add(FIRST_ACCEPTS);
    for (const slot of this.#slots) slot.run();
  }

  #add(count: number): void {
    const missing = Math.min(count, this.#most - this.#slots.length);
    for (let i = 0; i < missing; i++) this.#slots.push(new Slot(this));
  }

  #grow(): void {
    const before = this.#slots.length;
    if (before === this.#most) return;
    this.#add(before);
    for (const slot of this.#slots.slice(before)) slot.again();
  }

  /** Whether accepts may be started. */
  get accepting(): boolean {
    return !this.#paused && !this.#halted && !this.on.closed && !this.delivery.closing;
  }

  /** Whether accepts are given up: the socket is about to be given away. */
  get halted(): boolean {
    return this.#halted;
  }

  /** Starts no more accepts. Those that are pending may still give connections. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#again();
  }

  /** Whether what waits keeps the process alive. */
  setReferenced(referenced: boolean): void {
    if (referenced) this.on.ref();
    else this.on.unref();
    this.#keepAlive(referenced && this.#retry !== undefined);
  }

  /** Has those accept again that do not, after a while. */
  #retryLater(): void {
    if (this.#retry) return;
    this.#retry = setTimeout(() => {
      this.#endRetry();
      this.#again();
    }, RETRY_MILLISECONDS);
    this.#retry.unref();
    this.#keepAlive(this.on.referenced);
  }

  #endRetry(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#keepAlive(false);
  }

  #keepAlive(wanted: boolean): void {
    if (wanted === this.#keepsAlive) return;
    this.#keepsAlive = wanted;
    this.delivery.keepAlive.change(wanted ? 1 : -1);
  }

  #again(): void {
    for (const slot of this.#slots) slot.again();
  }

  /** Gives up the accepts that are pending. What has come all the same is told. Resolves when none is left. */
  async halt(): Promise<void> {
    this.#halted = true;
    this.on.cancel();
    await this.#ended();
  }

  /** Takes `halt` back. */
  goOn(): void {
    this.#halted = false;
    this.#again();
  }

  /** Gives everything back. No accept may be under way. */
  release(): void {
    this.#endRetry();
    for (const slot of this.#slots) slot.retire();
  }

  /** Closes the listening socket and waits for the pending accepts to end. */
  async stop(): Promise<void> {
    try {
      this.on.close();
    } finally {
      this.release();
    }
    await this.#ended();
  }

  async #ended(): Promise<void> {
    if (!this.#isIdle) await this.#waiting.next();
  }

  /** An accept has ended, and perhaps the last of them. */
  slotEnded(): void {
    if (this.#waiting.any && this.#isIdle) this.#waiting.tell();
  }

  /** Whether the handle is that of a listening socket still, where nobody here has given an accept up. */
  get #listens(): boolean {
    try {
      return getOption(this.on.handle, 'acceptsConnections');
    } catch {
      return false;
    }
  }

  get #isIdle(): boolean {
    return !this.#slots.some((slot) => slot.underWay);
  }

  accepted(socket: number, remote: PackedAddress | undefined): void {
    this.#failures = 0;
    this.#told = 0;
    this.#grow();
    this.#owner.accepted(socket, remote);
  }

  /**
   * Judges a failed accept, and tells the owner where it is the listener's failure.
   *
   * @param began whether the accept had begun, and so was right in itself
   * @returns whether to accept again at once; where not, it is tried later, unless that was for good
   */
  failed(code: number, syscall: string, began: boolean): boolean {
    this.#failures++;
    if (code === WSA_OPERATION_ABORTED && this.accepting && !this.#listens) {
      associations.lost(this.on);
      this.#owner.failed(new WinsockError(WSAENOTSOCK, syscall), true);
      return false;
    }
    const isOfClient = !OF_THE_LISTENER.includes(code) && (began || !OF_THE_CALL.includes(code));
    if (isOfClient && this.#failures < MOST_FAILURES) return true;
    const forGood = FOR_GOOD.includes(code);
    // All pending accepts fail alike, and until one succeeds it is the same failure.
    const isNews = code !== this.#told;
    this.#told = code;
    if (!forGood) this.#retryLater();
    if (isNews) this.#owner.failed(new WinsockError(code, syscall), forGood);
    return false;
  }
}

/** One accept after another, each with a socket made beforehand. */
class Slot implements CompletionTarget, Deferred {
  readonly #acceptor: Acceptor;
  #operation: Operation | undefined;
  #socket = -1;
  #waiting = false;

  constructor(acceptor: Acceptor) {
    this.#acceptor = acceptor;
  }

  get underWay(): boolean {
    return this.#operation?.underWay ?? false;
  }

  again(): void {
    if (this.underWay || this.#waiting) return;
    this.#waiting = true;
    this.#acceptor.delivery.defer(this);
  }

  run(): void {
    this.#waiting = false;
    const { on, kind, delivery } = this.#acceptor;
    if (!this.#acceptor.accepting || this.underWay) return;
    if (!this.#operation) {
      this.#operation = delivery.takeRecord();
      this.#operation.target = this;
    }
    if (this.#socket < 0) {
      try {
        this.#socket = createSocket(kind);
      } catch (error) {
        if (!(error instanceof WinsockError)) throw error;
        this.#failed(error.errno, 'WSASocketW', false);
        return;
      }
    }
    const code = startAccept(this.#operation, on, kind, this.#socket);
    if (!this.#operation.goesOn(code)) this.#failed(code, 'AcceptEx', false);
  }

  completed(operation: Operation): void {
    try {
      this.#take(operation);
    } finally {
      this.#acceptor.slotEnded();
    }
  }

  #take(operation: Operation): void {
    const { on, kind, delivery, halted } = this.#acceptor;
    if (on.closed) {
      this.retire();
      return;
    }
    if (halted && operation.code === WSA_OPERATION_ABORTED) {
      this.#dropSocket();
      return;
    }
    if (operation.code !== 0) {
      this.#failed(operation.code, 'AcceptEx', true);
      return;
    }
    if (delivery.closing) {
      // Nobody gets it any more: the port was closed while it waited for its turn.
      this.#dropSocket();
      return;
    }
    const socket = this.#socket;
    this.#socket = -1;
    const code = updateAcceptContext(on.handle, socket);
    // Where Unix sockets are concerned AcceptEx does not say who has come.
    const remote = kind.family === AF_UNIX ? undefined : packedAcceptedAddress(operation, kind);
    if (code !== 0) {
      dropSocket(socket);
      this.#failed(code, 'setsockopt(SO_UPDATE_ACCEPT_CONTEXT)', true);
      return;
    }
    this.again();
    this.#acceptor.accepted(socket, remote);
  }

  #failed(code: number, syscall: string, began: boolean): void {
    // What a failed accept leaves of its socket is the provider's business.
    this.#dropSocket();
    if (this.#acceptor.failed(code, syscall, began)) this.again();
  }

  #dropSocket(): void {
    if (this.#socket >= 0) dropSocket(this.#socket);
    this.#socket = -1;
  }

  /** Gives back what it has, where it is not under way. */
  retire(): void {
    if (this.underWay) return;
    this.#dropSocket();
    this.#operation?.release();
    this.#operation = undefined;
  }
}
