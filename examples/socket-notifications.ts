/**
 * Notifications of what has happened to sockets, on a completion port: a replacement for polling, which
 * is told again for as long as there is something to receive; a server of datagrams that is told once of
 * each rise; and an echo server for many clients, which asks for each notification anew. The first two
 * have a client of their own. Needs Windows 11 or Windows Server 2022.
 *
 *   npm start -- examples/socket-notifications.ts -s poll
 *   npm start -- examples/socket-notifications.ts -s server -e 5001
 */

import {
  AF_INET,
  accept,
  arrayOf,
  bind,
  closesocket,
  connect,
  DWORD,
  FALSE,
  FIONBIO,
  type HANDLE,
  htonl,
  htons,
  INADDR_ANY,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  ioctlsocket,
  listen,
  MAKEWORD,
  OVERLAPPED_ENTRY,
  type Pointer,
  ProcessSocketNotifications,
  recv,
  ref,
  SD_BOTH,
  SOCK_DGRAM,
  SOCK_NOTIFY_EVENT_ERR,
  SOCK_NOTIFY_EVENT_HANGUP,
  SOCK_NOTIFY_EVENT_IN,
  SOCK_NOTIFY_EVENT_REMOVE,
  SOCK_NOTIFY_OP_ENABLE,
  SOCK_NOTIFY_OP_REMOVE,
  SOCK_NOTIFY_REGISTER_EVENT_HANGUP,
  SOCK_NOTIFY_REGISTER_EVENT_IN,
  SOCK_NOTIFY_REGISTRATION,
  SOCK_NOTIFY_TRIGGER_EDGE,
  SOCK_NOTIFY_TRIGGER_LEVEL,
  SOCK_NOTIFY_TRIGGER_ONESHOT,
  SOCK_NOTIFY_TRIGGER_PERSISTENT,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOMAXCONN,
  SocketNotificationRetrieveEvents,
  send,
  shutdown,
  sizeof,
  sockaddr_in,
  socket,
  systemMessage,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import {
  CloseHandle,
  CreateIoCompletionPort,
  GetLastError,
  GetQueuedCompletionStatusEx,
  INFINITE,
  INVALID_HANDLE_VALUE,
} from 'winsock/kernel';
import { getopt, integer, oneOf } from './shared/options.ts';
import { CreateThread, printf, start } from './shared/threads.ts';

const MAX_ENTRIES = 16;
const EVENTS = SOCK_NOTIFY_REGISTER_EVENT_IN | SOCK_NOTIFY_REGISTER_EVENT_HANGUP;
const TRIGGER = SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_ONESHOT;
const MAX_TIMEOUT = 1000;
const CLIENT_LOOP_COUNT = 10;
const USAGE = `usage: socket-notifications [-s SAMPLE] [-e PORT]
  -s SAMPLE  server: the echo server (default); poll: the replacement for polling; edge: datagrams
  -e PORT    the port to listen on (default: 5001)
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
  printf('read %d bytes\n', received);
  return send(s, buffer, received, 0) !== SOCKET_ERROR;
}

function PrintError(what: string, errorCode: number): number {
  printf('%s failed: %d %s\n', what, errorCode, systemMessage(errorCode));
  return 1;
}

interface CLIENT_CONTEXT {
  readonly endpoint: number;
  readonly type: number;
  readonly transmitCount: number;
}

/** The client, in a thread: sends four bytes, so many times. */
function ClientThreadRoutine({ endpoint, type, transmitCount }: CLIENT_CONTEXT): void {
  const payload = Buffer.from('efbeadde', 'hex');
  const clientSocket = socket(AF_INET, type, 0);
  const server = Loopback(endpoint);
  if (connect(clientSocket, server, sizeof(server)) !== SOCKET_ERROR) {
    for (let i = 0; i < transmitCount; i++) send(clientSocket, payload, payload.length, 0);
    shutdown(clientSocket, SD_BOTH);
  }
  closesocket(clientSocket);
}

function Loopback(endpoint: number): sockaddr_in {
  const sin_addr = { s_addr: htonl(INADDR_LOOPBACK) };
  return new sockaddr_in({ sin_family: AF_INET, sin_port: htons(endpoint), sin_addr });
}

/** Registers one socket, without waiting for a notification. */
function Register(port: HANDLE, s: SOCKET, operation: number, triggerFlags: number): number {
  const one = Registration(s, operation);
  one.triggerFlags = operation === SOCK_NOTIFY_OP_ENABLE ? triggerFlags : 0;
  const registrations = arrayOf(SOCK_NOTIFY_REGISTRATION, [one]);
  const code = ProcessSocketNotifications(port, 1, registrations, 0, 0, null, null);
  return code || registrations[0]!.registrationResult;
}

/** After the notification of the removal no more come: then the socket may be closed. */
function DeregisterAndWait(port: HANDLE, s: SOCKET): void {
  if (Register(port, s, SOCK_NOTIFY_OP_REMOVE, 0) !== 0) return;
  const notification = arrayOf(OVERLAPPED_ENTRY, 1);
  const count = ref(DWORD);
  while (GetQueuedCompletionStatusEx(port, notification, 1, count, MAX_TIMEOUT, FALSE)) {
    if (SocketNotificationRetrieveEvents(notification[0]!) & SOCK_NOTIFY_EVENT_REMOVE) return;
  }
}

/**
 * Receives what the client sends until it hangs up, or until all its datagrams have come. Told of the
 * level, one recv for each notification will do; told of the edge, all must be received until there is no
 * more, or the next rise would not be seen.
 */
function Receive(port: HANDLE, s: SOCKET, edge: boolean): number {
  const notification = arrayOf(OVERLAPPED_ENTRY, 1);
  const count = ref(DWORD);
  const dataBuffer = Buffer.alloc(512);
  for (let received = 0; !edge || received < CLIENT_LOOP_COUNT; ) {
    printf('Waiting for client action...\n');
    if (!GetQueuedCompletionStatusEx(port, notification, 1, count, MAX_TIMEOUT, FALSE)) {
      return PrintError('GetQueuedCompletionStatusEx', GetLastError());
    }
    const events = SocketNotificationRetrieveEvents(notification[0]!);
    if (events & SOCK_NOTIFY_EVENT_ERR) {
      recv(s, dataBuffer, dataBuffer.length, 0);
      return PrintError('The connection', WSAGetLastError());
    }
    for (let more = (events & SOCK_NOTIFY_EVENT_IN) !== 0; more; ) {
      more = edge;
      if (recv(s, dataBuffer, dataBuffer.length, 0) !== SOCKET_ERROR) {
        received++;
        printf('Received client data.\n');
      } else if (WSAGetLastError() === WSAEWOULDBLOCK) {
        more = false;
      } else {
        return PrintError('recv', WSAGetLastError());
      }
    }
    if (events & SOCK_NOTIFY_EVENT_HANGUP) {
      printf('Client hung up. Exiting.\n');
      return 0;
    }
  }
  printf('Received all data. Exiting...\n');
  return 0;
}

/** Level-triggered, for as long as it is registered: what WSAPoll is used for. */
async function SimplePollReplacement(port: HANDLE, endpoint: number): Promise<number> {
  const listener = socket(AF_INET, SOCK_STREAM, 0);
  const local = Loopback(endpoint);
  let tcpAcceptSocket = INVALID_SOCKET;
  try {
    if (bind(listener, local, sizeof(local)) || listen(listener, 1)) {
      return PrintError('bind or listen', WSAGetLastError());
    }
    const context = { endpoint, type: SOCK_STREAM, transmitCount: CLIENT_LOOP_COUNT };
    await CreateThread(import.meta.url, context);
    tcpAcceptSocket = accept(listener, null, null);
    if (tcpAcceptSocket === INVALID_SOCKET) return PrintError('accept', WSAGetLastError());
    ioctlsocket(tcpAcceptSocket, FIONBIO, ref(ULONG, 1));
    const trigger = SOCK_NOTIFY_TRIGGER_LEVEL | SOCK_NOTIFY_TRIGGER_PERSISTENT;
    const errorCode = Register(port, tcpAcceptSocket, SOCK_NOTIFY_OP_ENABLE, trigger);
    if (errorCode !== 0) return PrintError('ProcessSocketNotifications', errorCode);
    return Receive(port, tcpAcceptSocket, false);
  } finally {
    if (tcpAcceptSocket !== INVALID_SOCKET) {
      DeregisterAndWait(port, tcpAcceptSocket);
      closesocket(tcpAcceptSocket);
    }
    closesocket(listener);
  }
}

/** Edge-triggered: datagrams, of which there is no end to be told of. */
async function SimpleEdgeTriggeredSample(port: HANDLE, endpoint: number): Promise<number> {
  const serverSocket = socket(AF_INET, SOCK_DGRAM, 0);
  const local = Loopback(endpoint);
  try {
    const trigger = SOCK_NOTIFY_TRIGGER_EDGE | SOCK_NOTIFY_TRIGGER_PERSISTENT;
    const errorCode = Register(port, serverSocket, SOCK_NOTIFY_OP_ENABLE, trigger);
    if (errorCode !== 0) return PrintError('ProcessSocketNotifications', errorCode);
    ioctlsocket(serverSocket, FIONBIO, ref(ULONG, 1));
    if (bind(serverSocket, local, sizeof(local)) === SOCKET_ERROR) {
      return PrintError('bind', WSAGetLastError());
    }
    const context = { endpoint, type: SOCK_DGRAM, transmitCount: CLIENT_LOOP_COUNT };
    await CreateThread(import.meta.url, context);
    return Receive(port, serverSocket, true);
  } finally {
    DeregisterAndWait(port, serverSocket);
    closesocket(serverSocket);
  }
}

/** Level-triggered once: the next notification of a socket comes after it was registered again. */
function Server(port: HANDLE, endpoint: number): number {
  const listener = socket(AF_INET, SOCK_STREAM, 0);
  const local = new sockaddr_in({
    sin_family: AF_INET,
    sin_port: htons(endpoint),
    sin_addr: { s_addr: INADDR_ANY },
  });
  try {
    if (
      listener === INVALID_SOCKET ||
      bind(listener, local, sizeof(local)) === SOCKET_ERROR ||
      listen(listener, SOMAXCONN) === SOCKET_ERROR ||
      ioctlsocket(listener, FIONBIO, ref(ULONG, 1)) === SOCKET_ERROR
    ) {
      return PrintError('bind or listen', WSAGetLastError());
    }
    const buffer = Buffer.alloc(4096);
    const entries = arrayOf(OVERLAPPED_ENTRY, MAX_ENTRIES);
    const received = ref(DWORD);
    let changes = [Registration(listener, SOCK_NOTIFY_OP_ENABLE)];
    printf('Waiting for notifications\n');
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
      if (code !== 0) return PrintError('ProcessSocketNotifications', code);
      changes = [];
      for (const entry of [...entries].slice(0, received.value)) {
        const s: SOCKET = entry.lpCompletionKey;
        const events = SocketNotificationRetrieveEvents(entry);
        if (events & SOCK_NOTIFY_EVENT_REMOVE) {
          // The last notification of a socket: only now may what belongs to it go.
          closesocket(s);
          printf('closed a connection\n');
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
  } finally {
    closesocket(listener);
  }
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 's:e:');
  const samples = { server: Server, poll: SimplePollReplacement, edge: SimpleEdgeTriggeredSample };
  const sample = oneOf('-s', options.s, samples);
  const endpoint = integer('-e', options.e, 5001, 1, 65_535);
  printf('This program needs Windows 11 or Windows Server 2022.\n');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  const port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 0);
  try {
    return await sample(port, endpoint);
  } catch (error) {
    // Systems before these lack the functions.
    printf('%s\n', (error as Error).message);
    return 1;
  } finally {
    CloseHandle(port);
    WSACleanup();
  }
}

await start(main, ClientThreadRoutine);
