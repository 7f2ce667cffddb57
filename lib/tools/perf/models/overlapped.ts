/** Overlapped calls with an event each, and one wait for all. */
import {
  arrayOf,
  closesocket,
  DWORD,
  FALSE,
  FD_ACCEPT,
  HANDLE,
  OVERLAPPED,
  ref,
  type SOCKET,
  SOCKET_ERROR,
  WSA_INFINITE,
  WSA_IO_PENDING,
  WSA_WAIT_EVENT_0,
  WSA_WAIT_FAILED,
  WSABUF,
  WSACloseEvent,
  WSACreateEvent,
  WSAEnumNetworkEvents,
  WSAEventSelect,
  WSAGetLastError,
  WSAGetOverlappedResult,
  WSANETWORKEVENTS,
  WSARecv,
  WSAResetEvent,
  WSASend,
  WSAWaitForMultipleEvents,
} from '../../../index.ts';
import { Answers, RECEIVED_AT_ONCE } from './answers.ts';
import { acceptOn, type ListeningSocket } from './listener.ts';

/** A connection with one operation under way: it receives, or it answers. */
class OverlappedConnection {
  readonly #socket: SOCKET;
  readonly #answers = new Answers();
  readonly #memory = Buffer.from(new ArrayBuffer(RECEIVED_AT_ONCE));
  readonly #part = new WSABUF({ len: RECEIVED_AT_ONCE, buf: this.#memory });
  readonly #overlapped = new OVERLAPPED({ hEvent: WSACreateEvent() });
  readonly #bytes = ref(DWORD);
  readonly #flags = ref(DWORD, 0);
  /** What is being sent. */
  #sending: Buffer | undefined;

  constructor(socket: SOCKET) {
    this.#socket = socket;
  }

  get event(): HANDLE {
    return this.#overlapped.hEvent;
  }

  receive(): boolean {
    this.#sending = undefined;
    this.#part.buf = this.#memory;
    this.#part.len = this.#memory.length;
    this.#flags.value = 0;
    return this.#started(
      WSARecv(this.#socket, this.#part, 1, this.#bytes, this.#flags, this.#overlapped, null),
    );
  }

  #send(answer: Buffer): boolean {
    this.#sending = answer;
    this.#part.buf = answer;
    this.#part.len = answer.length;
    return this.#started(
      WSASend(this.#socket, this.#part, 1, this.#bytes, 0, this.#overlapped, null),
    );
  }

  #started(result: number): boolean {
    return result !== SOCKET_ERROR || WSAGetLastError() === WSA_IO_PENDING || this.#close();
  }

  /** Its event is set: goes on. Gives false where the connection is over. */
  completed(): boolean {
    WSAResetEvent(this.event);
    const isDone = WSAGetOverlappedResult(
      this.#socket,
      this.#overlapped,
      this.#bytes,
      FALSE,
      this.#flags,
    );
    const { value: bytes } = this.#bytes;
    if (!isDone || bytes === 0) return this.#close();
    if (this.#sending) {
      const rest = this.#sending.subarray(bytes);
      return rest.length > 0 ? this.#send(rest) : this.receive();
    }
    const answer = this.#answers.answer(this.#memory.subarray(0, bytes));
    return answer ? this.#send(answer) : this.receive();
  }

  #close(): false {
    closesocket(this.#socket);
    WSACloseEvent(this.event);
    this.#answers.ended();
    return false;
  }
}

export function serve({ socket: listening }: ListeningSocket): never {
  const accepting = WSACreateEvent();
  WSAEventSelect.orThrow(listening, accepting, FD_ACCEPT);
  const network = new WSANETWORKEVENTS();
  const connections: OverlappedConnection[] = [];
  const handlesOf = () => arrayOf(HANDLE, [accepting, ...connections.map(({ event }) => event)]);
  let handles = handlesOf();
  for (;;) {
    const result = WSAWaitForMultipleEvents(handles.length, handles, FALSE, WSA_INFINITE, FALSE);
    if (result === WSA_WAIT_FAILED) throw new Error('WSAWaitForMultipleEvents');
    const index = result - WSA_WAIT_EVENT_0;
    if (index === 0) {
      WSAEnumNetworkEvents.orThrow(listening, accepting, network);
      const accepted = acceptOn(listening);
      if (accepted === undefined) continue;
      // It has the listener's events until it is told otherwise.
      WSAEventSelect.orThrow(accepted, 0 as HANDLE, 0);
      const connection = new OverlappedConnection(accepted);
      if (connection.receive()) connections.push(connection);
    } else {
      // The first event that is set wins, so each has its turn at the end.
      const [connection] = connections.splice(index - 1, 1);
      if (connection!.completed()) connections.push(connection!);
    }
    handles = handlesOf();
  }
}
