// Overlapped calls in the programs of facts: started through the mirror, waited for by an event.

import * as w from '../../index.ts';
import * as k from '../../kernel.ts';
import { lastError, nameOfCode, room, type Session } from './session.ts';

const WAIT_MILLISECONDS = 5000;

/** An overlapped call and the memory that the system keeps until it is over. */
export class Pending {
  readonly overlapped: w.OVERLAPPED;
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly #socket: w.SOCKET;
  readonly #buffers: w.CArray<w.WSABUF>;
  readonly #flags = w.ref(w.DWORD, 0);

  constructor(on: Session, socket: w.SOCKET, content: number | string, event = on.event()) {
    this.#socket = socket;
    const memory = typeof content === 'number' ? room(Math.max(content, 1)) : room(content.length);
    if (typeof content === 'string') memory.set(Buffer.from(content, 'latin1'));
    this.memory = memory;
    const len = typeof content === 'number' ? content : content.length;
    this.#buffers = w.arrayOf(w.WSABUF, [{ len, buf: memory }]);
    this.overlapped = new w.OVERLAPPED({ hEvent: event });
  }

  /** Starts WSARecv and says how: 'completes', 'pends' or the error. */
  receive(flags = 0): string {
    this.#flags.value = flags;
    const { overlapped } = this;
    return started(w.WSARecv(this.#socket, this.#buffers, 1, null, this.#flags, overlapped, null));
  }

  receiveFrom(): string {
    const { overlapped } = this;
    const result = w.WSARecvFrom(
      this.#socket,
      this.#buffers,
      1,
      null,
      this.#flags,
      null,
      null,
      overlapped,
      null,
    );
    return started(result);
  }

  send(): string {
    const { overlapped } = this;
    return started(w.WSASend(this.#socket, this.#buffers, 1, null, 0, overlapped, null));
  }

  /** Waits for the end: the text received or the bytes, or the error. */
  result(): string {
    const { hEvent } = this.overlapped;
    const waited = k.WaitForSingleObject(hEvent, WAIT_MILLISECONDS);
    if (waited === k.WAIT_TIMEOUT) return 'does not end';
    const bytes = w.ref(w.DWORD);
    const flags = w.ref(w.DWORD);
    if (w.WSAGetOverlappedResult(this.#socket, this.overlapped, bytes, 0, flags) === 0) {
      return lastError();
    }
    return `${bytes.value} bytes`;
  }

  /** Whether it is over within a time. */
  isOver(milliseconds = 0): boolean {
    return k.WaitForSingleObject(this.overlapped.hEvent, milliseconds) === 0;
  }

  /** The NTSTATUS that it ended with. */
  get status(): string {
    return `0x${(Number(this.overlapped.Internal) >>> 0).toString(16).padStart(8, '0')}`;
  }

  cancel(): string {
    const result = k.CancelIoEx(this.#socket, this.overlapped);
    return result === 0 ? nameOfCode(k.GetLastError()) : 'succeeds';
  }

  text(bytes = this.memory.length): string {
    return Buffer.from(this.memory).toString('latin1', 0, bytes);
  }
}

/** What the start of an overlapped call has answered that returns 0 or SOCKET_ERROR. */
export function started(result: number): string {
  if (result === 0) return 'completes';
  const code = w.WSAGetLastError();
  return code === w.WSA_IO_PENDING ? 'pends' : nameOfCode(code);
}

/** What the start of an overlapped call has answered that returns TRUE or FALSE. */
export function startedTrue(result: number): string {
  return started(result === 0 ? w.SOCKET_ERROR : 0);
}
