import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Association } from '../port/association.ts';

/** A call that failed; its error is made when somebody asks. */
interface FailedCall {
  readonly code: number;
  readonly syscall: string;
}

/**
 * A socket's way from open to closed. Open: its handle may be used. Destroyed: it may not. Closed:
 * everything is over and was told.
 */
export class Life {
  readonly #on: Association;
  #stage: 'open' | 'destroyed' | 'closed' = 'open';
  #failure: Error | FailedCall | undefined;
  #closed: Promise<void> | undefined;
  #resolveClosed: (() => void) | undefined;

  constructor(on: Association) {
    this.#on = on;
  }

  get isOpen(): boolean {
    return this.#stage === 'open';
  }

  get isClosed(): boolean {
    return this.#stage === 'closed';
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** The first failure, where there was one. */
  get error(): Error | undefined {
    // Made when somebody asks: its text and stack cost more than all else about a lost connection.
    if (this.#failure && !(this.#failure instanceof Error)) {
      this.#failure = new WinsockError(this.#failure.code, this.#failure.syscall);
    }
    return this.#failure;
  }

  /** Resolves when the socket is closed. Made when somebody asks. */
  get closed(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#stage === 'closed') resolve();
      else this.#resolveClosed = resolve;
    });
    return this.#closed;
  }

  /** Notes why the socket is about to be destroyed. */
  fail(failure: Error | FailedCall): void {
    if (this.#stage === 'open') this.#failure ??= failure;
  }

  /** @returns whether the socket was open */
  destroy(): boolean {
    if (this.#stage !== 'open') return false;
    this.#stage = 'destroyed';
    return true;
  }

  /** Closes the handle of a destroyed socket. */
  closeHandle(): void {
    try {
      this.#on.close();
    } catch (error) {
      // Somebody else has closed the handle, or ended Winsock.
      // It fails as closesocket does.
      this.#failure ??= error as WinsockError;
    }
  }

  /** Nothing is pending any more. */
  close(): void {
    this.#stage = 'closed';
    this.#resolveClosed?.();
  }
}
