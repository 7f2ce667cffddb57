import type { OperationOptions } from '../ops/give-up.ts';
import { performOpen } from '../ops/perform.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { type CompletionPort, deliveryOf } from '../port/port.ts';

/** A socket or another handle with a place on a completion port. */
export abstract class OnPort {
  /** Its place on the completion port. */
  readonly association: Association;
  /** The completion port that its packets come to. */
  readonly completionPort: CompletionPort;

  constructor(completionPort: CompletionPort, association: Association) {
    this.completionPort = completionPort;
    this.association = association;
  }

  /** The SOCKET or HANDLE. */
  get handle(): number {
    return this.association.openHandle;
  }

  /** Lets pending operations keep the process alive, which is how it starts. */
  ref(): this {
    this.association.ref();
    return this;
  }

  /** Lets the process end although operations are pending. */
  unref(): this {
    this.association.unref();
    return this;
  }

  /**
   * Closes the socket or handle. What is pending rejects with WSA_OPERATION_ABORTED.
   *
   * @throws WinsockError where somebody else has closed it before
   */
  close(): void {
    this.association.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Runs one operation as a promise.
 *
 * @param options that were checked
 * @throws by rejection: as `performOpen` does
 */
export function performOn<T>(
  { completionPort, association }: OnPort,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions,
): Promise<T> {
  return performOpen(deliveryOf(completionPort), association, start, result, syscall, options);
}
