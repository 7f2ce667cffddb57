import { WSAEINPROGRESS, WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { INVALID_SOCKET, WSA_INVALID_HANDLE } from '../../../defs/winsock2.g.ts';
import { stateError } from '../calls/check.ts';
import { closeSocket, noteLinger } from '../calls/create-socket.ts';
import { cancelIo } from '../calls/provider.ts';
import { closeOnce, spareFromThreadEnd } from '../calls/thread-end.ts';
import { OURS, type Ours, requireOurs } from './ours.ts';

/** What start functions call a receive of a stream. */
const RECEIVE = 'receive';

/** In bytes: the most that one receive of UDP brings, be it one datagram over IPv6 or several that came together. */
export const MOST_RECEIVED = 65527;

/** What a socket or handle needs of the port that it is on. */
export interface AssociationHost {
  /** An association was referenced or unreferenced, with what is pending on it. */
  referenceChanged(association: Association): void;
}

/** What only the package may do with an association. */
interface PortSide {
  create(
    host: AssociationHost,
    handle: number,
    isSocket: boolean,
    skips: boolean,
    leastRoom?: number,
  ): Association;
  /** Whether it is on the port of a host. */
  isOf(association: Association, host: object): boolean;
  /** One operation more is pending, or one less. */
  count(association: Association, change: 1 | -1, kind: string): void;
  /** Somebody else has closed the handle: its number may be another's by now, and is not touched any more. */
  lost(association: Association): void;
}

export let associations: PortSide;

/** A socket or handle whose operations complete through a port. See `CompletionPort.associate`. */
export class Association {
  /** The SOCKET or HANDLE. */
  readonly handle: number;
  /** Whether it is a socket, and its failures those of Winsock. */
  readonly isSocket: boolean;
  /** Whether operations that complete at their start send no packet. */
  readonly skips: boolean;
  readonly #host: AssociationHost;
  /** See `checkRoom`. */
  readonly #leastRoom: number;
  #pending = 0;
  /** Of these all that are no receives. */
  #pendingOthers = 0;
  #closed = false;
  #referenced = true;
  #cancels = 0;

  static {
    associations = {
      create: (...parts) => new this(OURS, ...parts),
      isOf: (association, host) => association.#host === host,
      count: (association, change, kind) => {
        association.#pending += change;
        if (kind !== RECEIVE) association.#pendingOthers += change;
      },
      lost: (association) => association.#lost(),
    };
  }

  private constructor(
    key: Ours,
    host: AssociationHost,
    handle: number,
    isSocket: boolean,
    skips: boolean,
    leastRoom = 0,
  ) {
    requireOurs(key, 'Association');
    this.#host = host;
    this.handle = handle;
    this.isSocket = isSocket;
    this.skips = skips;
    this.#leastRoom = leastRoom;
  }

  /**
   * Asked before each overlapped receive. Where datagrams are received without a packet none may be longer than its
   * memory: some systems say at once of such a one that it failed and send a packet as well, which would then
   * complete whatever its operation does next.
   *
   * @param bytes how much memory there is
   * @throws RangeError where that is not enough
   */
  checkRoom(bytes: number): void {
    if (bytes >= this.#leastRoom) return;
    throw new RangeError(
      `a socket with wholeDatagrams receives into at least ${this.#leastRoom} bytes, got ${bytes}`,
    );
  }

  /** Operations on it whose packets have not come yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Whether it was closed here. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether its pending operations keep the process alive. */
  get referenced(): boolean {
    return this.#referenced;
  }

  /** Lets its pending operations keep the process alive, which is how it starts. */
  ref(): this {
    if (!this.#referenced) {
      this.#referenced = true;
      this.#host.referenceChanged(this);
    }
    return this;
  }

  /** Lets the process end although operations are pending here. */
  unref(): this {
    if (this.#referenced) {
      this.#referenced = false;
      this.#host.referenceChanged(this);
    }
    return this;
  }

  /**
   * The handle, for a call other than the start of an operation.
   *
   * Once it is closed its number may be that of somebody else's socket, which must not be touched.
   *
   * @param syscall the name for the error
   * @throws WinsockError WSAENOTSOCK where it is closed, WSA_INVALID_HANDLE where it is no socket
   */
  handleFor(syscall: string): number {
    if (!this.#closed) return this.handle;
    const [code, what] = this.isSocket ? [WSAENOTSOCK, 'socket'] : [WSA_INVALID_HANDLE, 'handle'];
    throw stateError(code, syscall, `the ${what} is closed`);
  }

  /** The handle as programs see it: INVALID_SOCKET, which is INVALID_HANDLE_VALUE too, once it is closed. */
  get openHandle(): number {
    return this.#closed ? INVALID_SOCKET : this.handle;
  }

  /** How often every pending operation was cancelled. */
  get cancels(): number {
    return this.#cancels;
  }

  /** Cancels every pending operation. They end by their packets, as always. */
  cancel(): void {
    this.#cancels++;
    if (!this.#closed && this.#pending > 0) cancelIo(this, 0);
  }

  /**
   * Closes the socket or handle. Pending operations end by their packets, with
   * WSA_OPERATION_ABORTED.
   *
   * @throws WinsockError where somebody else has closed it before; it counts as closed all the same
   */
  close(): void {
    if (this.#closed) return;
    // Closing alone leaves sends pending on Wine for as long as the peer reads nothing. Receives it ends, and
    // most sockets have nothing else under way: a call less for each of thousands.
    if (this.#pendingOthers > 0) this.cancel();
    this.#closed = true;
    // What closing ends comes at once, and somebody may wait for it: it is not left behind.
    this.ref();
    if (this.isSocket) closeSocket(this.handle);
    else closeOnce(this.handle, 'CloseHandle');
  }

  #lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.ref();
    spareFromThreadEnd(this.handle);
    noteLinger(this.handle, null);
  }

  /**
   * Gives the handle back, open: nothing may be pending. It counts as closed here.
   *
   * @throws WinsockError where it is closed, WSAEINPROGRESS where operations are pending: their packets would come
   *   here, and nobody could cancel them
   */
  giveAway(): number {
    const handle = this.handleFor('detach');
    if (this.#pending > 0) {
      throw stateError(WSAEINPROGRESS, 'detach', `${this.#pending} operations are pending`);
    }
    this.#closed = true;
    spareFromThreadEnd(handle);
    noteLinger(handle, null);
    return handle;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
