/**
 * Socket state notifications: an echo server whose sockets are registered with a completion port by
 * ProcessSocketNotifications, level-triggered and one-shot, instead of being polled. Needs Windows 11;
 * Wine lacks the function.
 *
 *   npm start -- examples/socket-notifications.ts -e 5001
 */

import {
  AF_INET,
  accept,
  arrayOf,
  bind,
  closesocket,
  DWORD,
  FIONBIO,
  htons,
  INADDR_ANY,
  INVALID_SOCKET,
  ioctlsocket,
  listen,
  MAKEWORD,
  OVERLAPPED_ENTRY,
  type Pointer,
  ProcessSocketNotifications,
  recv,
  ref,
  SOCK_NOTIFY_EVENT_REMOVE,
  SOCK_NOTIFY_OP_ENABLE,
  SOCK_NOTIFY_OP_REMOVE,
  SOCK_NOTIFY_REGISTER_EVENT_HANGUP,
  SOCK_NOTIFY_REGISTER_EVENT_IN,
  SOCK_NOTIFY_REGISTRATION,
  SOCK_NOTIFY_TRIGGER_LEVEL,
  SOCK_NOTIFY_TRIGGER_ONESHOT,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOMAXCONN,
  SocketNotificationRetrieveEvents,
  send,
  sizeof,
  sockaddr_in,
  socket,
  systemMessage,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import {
  CloseHandle,
  CreateIoCompletionPort,
  INFINITE,
  INVALID_HANDLE_VALUE,
} from 'winsock/kernel';
import { getopt, integer } from './shared/options.ts';

const MAX_ENTRIES = 16;
const EVENTS = SOCK_NOTIFY_REGISTER_EVENT_IN | SOCK_NOTIFY_REGISTER_EVENT_HANGUP;
const TRIGGER = SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT;
const USAGE = `usage: socket-notifications [-e PORT]
  -e PORT  the port to listen on (default: 5001)
Needs Windows 11 or Windows Server 2022.`;

/** What to tell the system about a socket; the key comes back with each notification. */
function Registration(s: SOCKET, operation: number): SOCK_NOTIFY_REGISTRATION {
  return new SOCK_NOTIFY_REGISTRATION({
    socket: s,
    completionKey: s as number as Pointer,
    eventFilter: operation === SOCK_NOTIFY_OP_ENABLE ? EVENTS : 0,
    operation,
    triggerFlags: operation === SOCK_NOTIFY_OP_ENABLE ? TRIGGER : 0,
  });
}

/** Echoes what a socket has; false where its peer is done. */
function Echo(s: SOCKET, buffer: Buffer): boolean {
  const received = recv(s, buffer, buffer.length, 0);
  if (received <= 0) return false;
  console.log(`read ${received} bytes`);
  return send(s, buffer, received, 0) !== SOCKET_ERROR;
}

function main(): number {
  const [options] = getopt(USAGE, 'e:');
  const endpoint = integer('-e', options.e, 5001, 0, 65_535);
  console.log('This program needs Windows 11 or Windows Server 2022.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  const listener = socket(AF_INET, SOCK_STREAM, 0);
  const local = new sockaddr_in({
    sin_family: AF_INET,
    sin_port: htons(endpoint),
    sin_addr: { s_addr: INADDR_ANY },
  });
  const port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 0);
  try {
    if (
      listener === INVALID_SOCKET ||
      bind(listener, local, sizeof(local)) === SOCKET_ERROR ||
      listen(listener, SOMAXCONN) === SOCKET_ERROR ||
      ioctlsocket(listener, FIONBIO, ref(ULONG, 1)) === SOCKET_ERROR
    ) {
      console.log(`The server cannot listen: ${WSAGetLastError()}`);
      return 1;
    }
    const buffer = Buffer.alloc(4096);
    const entries = arrayOf(OVERLAPPED_ENTRY, MAX_ENTRIES);
    const received = ref(DWORD);
    let changes = [Registration(listener, SOCK_NOTIFY_OP_ENABLE)];
    console.log('Waiting for notifications');
    while (true) {
      // One call registers what has changed and waits for what comes.
      const registrations = arrayOf(SOCK_NOTIFY_REGISTRATION, changes);
      const code = ProcessSocketNotifications(
        port,
        registrations.length,
        registrations,
        INFINITE,
        entries.length,
        entries,
        received,
      );
      if (code !== 0) {
        console.log(`ProcessSocketNotifications failed: ${code} ${systemMessage(code)}`);
        return 1;
      }
      changes = [];
      for (const entry of [...entries].slice(0, received.value)) {
        const s: SOCKET = entry.lpCompletionKey;
        const events = SocketNotificationRetrieveEvents(entry);
        if (events & SOCK_NOTIFY_EVENT_REMOVE) {
          // The last notification of a socket: only now may what belongs to it go.
          closesocket(s);
          console.log('closed a connection');
        } else if (s === listener) {
          const client = accept(listener, null, null);
          if (client !== INVALID_SOCKET) changes.push(Registration(client, SOCK_NOTIFY_OP_ENABLE));
          changes.push(Registration(listener, SOCK_NOTIFY_OP_ENABLE));
        } else {
          const operation = Echo(s, buffer) ? SOCK_NOTIFY_OP_ENABLE : SOCK_NOTIFY_OP_REMOVE;
          changes.push(Registration(s, operation));
        }
      }
    }
  } catch (error) {
    console.log((error as Error).message);
    return 1;
  } finally {
    closesocket(listener);
    CloseHandle(port);
    WSACleanup();
  }
}

process.exitCode = main();
