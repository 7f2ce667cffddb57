import { WSAECONNABORTED, WSAECONNRESET } from '../../../defs/winerror.g.ts';
import { AF_UNIX } from '../../../defs/ws2def.g.ts';
import { closesocket } from '../calls/calls.ts';
import { createSocket } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { acceptedAddress, startAccept, updateAcceptContext } from '../ops/accept.ts';
import type { Association } from '../port/association.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import type { Deferred } from '../port/port-types.ts';

const RETRY_MILLISECONDS = 100;

/** Who gets the connections. */
export interface AcceptorOwner {
  accepted(association: Association, remote: Uint8Array | undefined): void;
  acceptFailed(code: number, syscall: string): void;
}

/** Keeps a number of accepts pending on a listening socket. */
export class Acceptor {
  readonly on: Association;
  readonly provider: SocketKind;
  readonly owner: AcceptorOwner;
  readonly #slots: Slot[] = [];
  #paused = false;
  #idle: (() => void) | undefined;

  constructor(on: Association, provider: SocketKind, owner: AcceptorOwner) {
    this.on = on;
    this.provider = provider;
    this.owner = owner;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#slots.push(new Slot(this));
    for (const slot of this.#slots) slot.resume();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Starts no more accepts. Those that are pending may still give connections. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const slot of this.#slots) slot.again();
  }

  /** Closes the listening socket and waits for the pending accepts to end. */
  async stop(): Promise<void> {
    this.on.close();
    for (const slot of this.#slots) slot.retire();
    if (this.#slots.some((slot) => slot.underWay)) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  ended(): void {
    if (this.#idle && !this.#slots.some((slot) => slot.underWay)) this.#idle();
  }
}

/** One accept after another, each with a socket made beforehand. */
class Slot implements CompletionTarget, Deferred {
  readonly #acceptor: Acceptor;
  #operation: Operation | undefined;
  #socket = -1;
  underWay = false;
  #waiting = false;

  constructor(acceptor: Acceptor) {
    this.#acceptor = acceptor;
  }

  again(): void {
    if (this.underWay || this.#waiting) return;
    this.#waiting = true;
    this.#acceptor.on.port.defer(this);
  }

  resume(): void {
    this.#waiting = false;
    const { on, provider, owner, paused } = this.#acceptor;
    if (on.closed || on.port.closed || paused || this.underWay) return;
    if (!this.#operation) {
      this.#operation = on.port.take();
      this.#operation.target = this;
    }
    if (this.#socket < 0) {
      try {
        this.#socket = createSocket(provider);
      } catch (error) {
        this.#later();
        owner.acceptFailed((error as { errno: number }).errno, 'WSASocketW');
        return;
      }
    }
    const code = startAccept(this.#operation, on, provider, this.#socket);
    this.underWay = code === PENDING || code === COMPLETED;
    if (code === COMPLETED) this.#operation.deliver();
    else if (code !== PENDING) this.#failed(code);
  }

  completed(operation: Operation): void {
    this.underWay = false;
    const { on, owner, provider } = this.#acceptor;
    if (on.closed) {
      this.retire();
      this.#acceptor.ended();
      return;
    }
    if (operation.code !== 0) {
      this.#failed(operation.code);
      return;
    }
    const socket = this.#socket;
    this.#socket = -1;
    const { family, type, protocol } = provider;
    const code = updateAcceptContext(on.handle, socket);
    // Where Unix sockets are concerned AcceptEx does not say who has come.
    const remote = family === AF_UNIX ? undefined : acceptedAddress(operation, provider);
    this.again();
    if (code !== 0) {
      closesocket(socket);
      return;
    }
    owner.accepted(on.port.adopt(socket, family, type, protocol), remote);
  }

  #failed(code: number): void {
    // What a failed accept leaves of its socket is the provider's business.
    this.#dropSocket();
    // A peer that gave up before it was accepted is no failure of ours.
    if (code === WSAECONNRESET || code === WSAECONNABORTED) {
      this.again();
      return;
    }
    // What the system is out of is not there again at once.
    this.#later();
    this.#acceptor.owner.acceptFailed(code, 'AcceptEx');
  }

  #dropSocket(): void {
    if (this.#socket >= 0) closesocket(this.#socket);
    this.#socket = -1;
  }

  /** Gives back what it has, where it is not under way. */
  retire(): void {
    if (this.underWay) return;
    this.#dropSocket();
    this.#operation?.release();
    this.#operation = undefined;
  }

  #later(): void {
    const timer = setTimeout(() => this.again(), RETRY_MILLISECONDS);
    timer.unref();
  }
}
