/** `WSAEventSelect`: an event for each socket, and one wait for all. */
import {
  arrayOf,
  FALSE,
  FD_ACCEPT,
  FD_CLOSE,
  FD_READ,
  FD_WRITE,
  HANDLE,
  type SOCKET,
  WSA_INFINITE,
  WSA_WAIT_EVENT_0,
  WSA_WAIT_FAILED,
  WSACloseEvent,
  WSACreateEvent,
  WSAEnumNetworkEvents,
  WSAEventSelect,
  WSANETWORKEVENTS,
  WSAWaitForMultipleEvents,
} from '../../../index.ts';
import { acceptOn, type ListeningSocket, ReadyConnection } from './listener.ts';

interface Entry {
  readonly socket: SOCKET;
  readonly event: HANDLE;
  readonly connection: ReadyConnection | undefined;
}

function entryOf(socket: SOCKET, events: number, connection?: ReadyConnection): Entry {
  const event = WSACreateEvent();
  WSAEventSelect.orThrow(socket, event, events);
  return { socket, event, connection };
}

export function serve({ socket: listening }: ListeningSocket): never {
  const entries = [entryOf(listening, FD_ACCEPT)];
  const network = new WSANETWORKEVENTS();
  const handlesOf = () =>
    arrayOf(
      HANDLE,
      entries.map(({ event }) => event),
    );
  let handles = handlesOf();
  for (;;) {
    const result = WSAWaitForMultipleEvents(handles.length, handles, FALSE, WSA_INFINITE, FALSE);
    if (result === WSA_WAIT_FAILED) throw new Error('WSAWaitForMultipleEvents');
    const index = result - WSA_WAIT_EVENT_0;
    const { socket, event, connection } = entries[index]!;
    WSAEnumNetworkEvents.orThrow(socket, event, network);
    if (!connection) {
      const accepted = acceptOn(socket);
      if (accepted === undefined) continue;
      const added = new ReadyConnection(accepted);
      entries.push(entryOf(accepted, FD_READ | FD_WRITE | FD_CLOSE, added));
    } else {
      const { lNetworkEvents: events } = network;
      const hasEnded = (events & FD_CLOSE) !== 0;
      let isOpen = (events & FD_WRITE) === 0 || connection.writable();
      // At the end everything that came before it is still to be received.
      do isOpen &&= connection.readable();
      while (isOpen && hasEnded);
      // The first event that is set wins, so each has its turn at the end.
      entries.splice(index, 1);
      if (isOpen) entries.push({ socket, event, connection });
      else WSACloseEvent(event);
    }
    handles = handlesOf();
  }
}
