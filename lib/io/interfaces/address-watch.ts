import { WinsockError } from '../../ffi/errors/errors.ts';
import { Waiters } from '../handles/waiters.ts';
import { startAddressChange } from '../ops/ioctl.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';

/** What an address watch tells. */
export interface AddressWatchOwner {
  /** An address has come or gone. */
  addressesChanged(): void;
  /** Nothing more will be told. */
  watchFailed(error: Error): void;
  /** The watch is over, after the socket was closed. */
  idle(): void;
}

/** Tells when addresses of this computer change, by an operation on a socket of their family. */
export class AddressWatch implements CompletionTarget {
  readonly #on: Association;
  readonly #owner: AddressWatchOwner;
  readonly #operation: Operation;
  #stopped = false;
  readonly #over = new Waiters();

  /** @throws WinsockError where the system does not tell */
  constructor(delivery: Delivery, on: Association, owner: AddressWatchOwner) {
    this.#on = on;
    this.#owner = owner;
    this.#operation = delivery.takeRecord();
    this.#operation.target = this;
    const code = startAddressChange(this.#operation, on);
    if (this.#operation.goesOn(code)) return;
    this.#operation.release();
    throw failure(code);
  }

  /** Whether it is under way. */
  get underWay(): boolean {
    return this.#operation.underWay;
  }

  completed(operation: Operation): void {
    if (this.#on.closed || this.#stopped) {
      operation.release();
      this.#over.tell();
      if (this.#on.closed) this.#owner.idle();
      return;
    }
    // The next one before anything is asked: no change between the two is missed.
    const code = operation.code === 0 ? startAddressChange(operation, this.#on) : operation.code;
    if (!operation.goesOn(code)) {
      operation.release();
      this.#owner.watchFailed(failure(code));
      return;
    }
    this.#owner.addressesChanged();
  }

  /** Tells nothing more. Resolves when it is over. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#operation.cancel();
    return this.#over.next();
  }
}

function failure(code: number): WinsockError {
  return new WinsockError(code, 'WSAIoctl(SIO_ADDRESS_LIST_CHANGE)');
}
