import { WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { WSA_INVALID_HANDLE } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import {
  CancelIoEx,
  CloseHandle,
  CreateIoCompletionPort,
  closesocket,
  GetLastError,
  WSAGetLastError,
} from '../calls/calls.ts';
import { skipOnSuccess } from '../calls/provider.ts';
import type { CompletionPort } from './port.ts';

/** A socket or handle whose operations complete through a port. */
export class Association {
  /** The port that its packets come to. */
  readonly port: CompletionPort;
  /** The SOCKET or HANDLE. */
  readonly handle: number;
  /** Whether it is a socket, and its failures those of Winsock. */
  readonly isSocket: boolean;
  /** Whether operations that complete at their start send no packet. */
  readonly skips: boolean;
  /** Operations on it whose packets have not come yet. */
  pending = 0;
  /** Whether it was closed here. */
  closed = false;
  #referenced = true;

  /** @internal Made by `port.associate()`. */
  constructor(port: CompletionPort, handle: number, isSocket: boolean, skips: boolean) {
    this.port = port;
    this.handle = handle;
    this.isSocket = isSocket;
    this.skips = skips;
  }

  /** Whether its pending operations keep the process alive. */
  get referenced(): boolean {
    return this.#referenced;
  }

  /** Lets its pending operations keep the process alive, which is how it starts. */
  ref(): this {
    if (!this.#referenced) {
      this.#referenced = true;
      this.port.referenceChanged(this);
    }
    return this;
  }

  /** Lets the process end although operations are pending here. */
  unref(): this {
    if (this.#referenced) {
      this.#referenced = false;
      this.port.referenceChanged(this);
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
    if (this.closed) throw this.closedError(syscall);
    return this.handle;
  }

  /** @internal What a call fails with when it is closed. */
  closedError(syscall: string): WinsockError {
    const [code, what] = this.isSocket ? [WSAENOTSOCK, 'socket'] : [WSA_INVALID_HANDLE, 'handle'];
    const error = new WinsockError(code, syscall);
    error.message += `; the ${what} is closed`;
    return error;
  }

  /** Cancels every pending operation. They end by their packets, as always. */
  cancel(): void {
    if (!this.closed && this.pending > 0) CancelIoEx(this.handle, 0);
  }

  /**
   * Closes the socket or handle. Pending operations end by their packets, with
   * WSA_OPERATION_ABORTED.
   */
  close(): void {
    if (this.closed) return;
    // Closing alone leaves sends pending on Wine for as long as the peer reads nothing.
    this.cancel();
    this.closed = true;
    // What closing ends comes at once, and somebody may wait for it: it is not left behind.
    this.ref();
    if (this.isSocket) {
      if (closesocket(this.handle) !== 0) throw new WinsockError(WSAGetLastError(), 'closesocket');
    } else if (CloseHandle(this.handle) === 0) {
      throw new WinsockError(GetLastError(), 'CloseHandle');
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @internal Puts a socket or handle on a port. */
export function associate(
  port: CompletionPort,
  handle: number,
  isSocket: boolean,
  maySkip: boolean,
): Association {
  if (port.closed) throw new Error('the completion port is closed');
  if (CreateIoCompletionPort(handle, port.handle, 0, 0) === 0) {
    throw new WinsockError(GetLastError(), 'CreateIoCompletionPort');
  }
  return new Association(port, handle, isSocket, maySkip && skipOnSuccess(handle));
}
