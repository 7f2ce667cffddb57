import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { reference, type Source, stated, type Topic, wineTest } from '../../fact.ts';
import { Pending, startedTrue } from '../../pending.ts';
import {
  connectTo,
  counted,
  lastError,
  loopback,
  nameOf,
  receive,
  room,
  type Session,
  send,
  sleep,
  verdict,
} from '../../session.ts';

const ADDRESS_ROOM = 32;
const mswsock = (name: string): Source => reference(`mswsock/${name}`);

/** AcceptEx into a socket: how it starts. The call is cancelled when the program is over. */
function acceptInto(
  on: Session,
  listener: w.SOCKET,
  accepted: w.SOCKET,
  addressRoom = ADDRESS_ROOM,
) {
  const pending = new Pending(on, listener, 256);
  const how = startedTrue(
    w.AcceptEx(
      listener,
      accepted,
      pending.memory,
      0,
      addressRoom,
      ADDRESS_ROOM,
      w.ref(w.DWORD),
      pending.overlapped,
    ),
  );
  if (how === 'pends') {
    on.after(() => {
      pending.cancel();
      pending.isOver(1000);
    });
  }
  return { how, pending };
}

function connectEx(on: Session, s: w.SOCKET, name: w.sockaddr_in) {
  const pending = new Pending(on, s, 1);
  const sent = w.ref(w.DWORD);
  const how = startedTrue(w.ConnectEx(s, name, 16, null, 0, sent, pending.overlapped));
  return { how, pending };
}

function temporaryFile(on: Session, bytes: number): w.HANDLE {
  const folder = mkdtempSync(path.join(tmpdir(), 'winsock-check-'));
  on.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const name = path.join(folder, 'file');
  writeFileSync(name, Buffer.alloc(bytes, 'f'));
  const file = k.CreateFileW.orThrow(
    name,
    k.GENERIC_READ,
    k.FILE_SHARE_READ,
    null,
    k.OPEN_EXISTING,
    0,
    0,
  );
  on.after(() => k.CloseHandle(file));
  return file;
}

export const extensionFunctions: Topic = {
  name: 'extension-functions',
  title: 'AcceptEx, ConnectEx, DisconnectEx, TransmitFile, TransmitPackets',
  facts: [
    {
      id: 'accept-not-listening',
      api: 'AcceptEx',
      says: 'AcceptEx on a socket that does not listen fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:9017'),
      windows: 'WSAEINVAL',
      wine: 'pends',
      reliedOn: ['accept.ts AcceptEx'],
      ask: (on) => acceptInto(on, on.bound(), on.socket()).how,
    },
    {
      id: 'accept-into-datagram',
      api: 'AcceptEx',
      says: 'AcceptEx into a datagram socket fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:9084'),
      windows: 'WSAEINVAL',
      wine: 'pends',
      reliedOn: ['overlapped-socket.ts accept'],
      ask: (on) => acceptInto(on, on.listener(), on.socket(w.SOCK_DGRAM)).how,
    },
    {
      id: 'accept-into-bound',
      api: 'AcceptEx',
      says: 'AcceptEx into a socket that has an address fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:9100'),
      windows: 'WSAEINVAL',
      wine: 'pends',
      reliedOn: ['overlapped-socket.ts accept'],
      ask: (on) => acceptInto(on, on.listener(), on.bound()).how,
    },
    {
      id: 'accept-into-connected',
      api: 'AcceptEx',
      says: 'AcceptEx into a connected socket fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:9112'),
      windows: 'WSAEINVAL',
      wine: 'pends',
      reliedOn: ['overlapped-socket.ts accept'],
      ask: (on) => acceptInto(on, on.listener(), on.pair()[0]).how,
    },
    {
      id: 'accept-into-none',
      api: 'AcceptEx',
      says: 'AcceptEx into no socket fails with WSAENOTSOCK.',
      source: wineTest('ws2_32/tests/sock.c:9031'),
      windows: 'WSAENOTSOCK',
      reliedOn: ['accept.ts AcceptEx'],
      ask: (on) => acceptInto(on, on.listener(), 0xdeadbeef).how,
    },
    {
      id: 'accept-small-address',
      api: 'AcceptEx',
      says: 'With too little room for an address AcceptEx ends with ERROR_INSUFFICIENT_BUFFER.',
      source: wineTest('ws2_32/tests/sock.c:9189'),
      windows: 'ERROR_INSUFFICIENT_BUFFER',
      wine: '0 bytes',
      reliedOn: ['accept.ts ADDRESS_ROOM'],
      ask(on) {
        const listener = on.listener();
        const { pending } = acceptInto(on, listener, on.socket(), 20);
        connectTo(on.socket(), nameOf(listener));
        return pending.result();
      },
    },
    {
      id: 'accept-needs-update',
      api: 'AcceptEx',
      says: 'Before SO_UPDATE_ACCEPT_CONTEXT an accepted socket knows no peer: WSAENOTCONN.',
      source: mswsock('acceptex'),
      windows: 'WSAENOTCONN',
      wine: 'succeeds',
      reliedOn: ['accept.ts SO_UPDATE_ACCEPT_CONTEXT'],
      ask(on) {
        const listener = on.listener();
        const accepted = on.socket();
        const { pending } = acceptInto(on, listener, accepted);
        connectTo(on.socket(), nameOf(listener));
        pending.result();
        return verdict(w.getpeername(accepted, loopback(), w.ref(w.int, 16)));
      },
    },
    {
      id: 'accept-listener-closed',
      api: 'AcceptEx',
      says: 'An AcceptEx that is pending when its listener is closed ends with STATUS_CANCELLED.',
      source: wineTest('ws2_32/tests/sock.c:10950'),
      windows: '0xc0000120',
      reliedOn: ['acceptor.ts acceptor'],
      ask(on) {
        const listener = on.listener();
        const pending = new Pending(on, listener, 256);
        const bytes = w.ref(w.DWORD);
        const [into, memory] = [on.socket(), pending.memory];
        w.AcceptEx(listener, into, memory, 0, 32, 32, bytes, pending.overlapped);
        on.close(listener);
        return pending.isOver(2000) ? pending.status : 'does not end';
      },
    },
    {
      id: 'connect-unbound',
      api: 'ConnectEx',
      says: 'ConnectEx of a socket without an address fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:8747'),
      windows: 'WSAEINVAL',
      reliedOn: ['connect.ts ConnectEx'],
      ask: (on) => connectEx(on, on.socket(), nameOf(on.listener())).how,
    },
    {
      id: 'connect-pends',
      api: 'ConnectEx',
      says: 'ConnectEx pends, also where it succeeds at once.',
      source: wineTest('ws2_32/tests/sock.c:8780'),
      windows: 'pends, 0 bytes',
      reliedOn: ['connect.ts ConnectEx'],
      ask(on) {
        const { how, pending } = connectEx(on, on.bound(), nameOf(on.listener()));
        return `${how}, ${pending.result()}`;
      },
    },
    {
      id: 'connect-refused',
      api: 'ConnectEx',
      says: 'A refused ConnectEx ends with WSAECONNREFUSED.',
      source: wineTest('ws2_32/tests/sock.c:8937'),
      windows: 'WSAECONNREFUSED',
      reliedOn: ['connect.ts ConnectEx'],
      ask: (on) => connectEx(on, on.bound(), on.refusing()).pending.result(),
    },
    {
      id: 'connect-needs-update',
      api: 'ConnectEx',
      says: 'Before SO_UPDATE_CONNECT_CONTEXT getpeername fails with WSAENOTCONN.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_connectex',
      },
      windows: 'WSAENOTCONN',
      wine: 'succeeds',
      reliedOn: ['connect.ts SO_UPDATE_CONNECT_CONTEXT'],
      ask(on) {
        const s = on.bound();
        connectEx(on, s, nameOf(on.listener())).pending.result();
        return verdict(w.getpeername(s, loopback(), w.ref(w.int, 16)));
      },
    },
    {
      id: 'connect-after-connectex',
      api: 'connect',
      says: 'connect after ConnectEx, before the update, fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:8819'),
      windows: 'WSAEINVAL',
      wine: 'WSAEISCONN',
      reliedOn: ['connect.ts SO_UPDATE_CONNECT_CONTEXT'],
      ask(on) {
        const s = on.bound();
        const name = nameOf(on.listener());
        connectEx(on, s, name).pending.result();
        return verdict(connectTo(s, name));
      },
    },
    {
      id: 'disconnect-unconnected',
      api: 'DisconnectEx',
      says: 'DisconnectEx without a connection fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:9887'),
      windows: 'WSAENOTCONN',
      reliedOn: ['disconnect.ts DisconnectEx'],
      ask(on) {
        const s = on.bound();
        return startedTrue(w.DisconnectEx(s, new Pending(on, s, 1).overlapped, 0, 0));
      },
    },
    {
      id: 'disconnect-pends',
      api: 'DisconnectEx',
      says: 'DisconnectEx pends, and ends with 0 bytes.',
      source: wineTest('ws2_32/tests/sock.c:9891'),
      windows: 'pends, 0 bytes',
      reliedOn: ['disconnect.ts DisconnectEx'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 1);
        const how = startedTrue(w.DisconnectEx(client, pending.overlapped, 0, 0));
        return `${how}, ${pending.result()}`;
      },
    },
    {
      id: 'disconnect-packet',
      api: 'DisconnectEx',
      says: 'DisconnectEx sends its packet although packets of immediate success are skipped.',
      source: wineTest('ws2_32/tests/sock.c:11745'),
      windows: 'a packet',
      wine: 'none',
      reliedOn: ['disconnect.ts DisconnectEx'],
      ask(on) {
        const [client] = on.pair();
        const handle = client;
        const port = k.CreateIoCompletionPort.orThrow(handle, 0, 1, 0);
        on.after(() => k.CloseHandle(port));
        k.SetFileCompletionNotificationModes.orThrow(
          handle,
          k.FILE_SKIP_COMPLETION_PORT_ON_SUCCESS,
        );
        w.DisconnectEx(client, new Pending(on, client, 1).overlapped, 0, 0);
        const got = k.GetQueuedCompletionStatus(
          port,
          w.ref(w.DWORD),
          w.ref(k.ULONG_PTR),
          w.ref(w.ptr(w.OVERLAPPED)),
          500,
        );
        return got ? 'a packet' : 'none';
      },
    },
    {
      id: 'send-after-disconnect',
      api: 'send',
      says: 'send after DisconnectEx fails with WSAESHUTDOWN.',
      source: wineTest('ws2_32/tests/sock.c:9912'),
      windows: 'WSAESHUTDOWN',
      reliedOn: ['overlapped-socket.ts disconnect'],
      ask(on) {
        const [client] = on.pair();
        w.DisconnectEx.orThrow(client, null, 0, 0);
        return counted(send(client, 'x'));
      },
    },
    {
      id: 'transmit-file',
      api: 'TransmitFile',
      says: 'TransmitFile sends a whole file where the count of bytes is 0.',
      source: mswsock('transmitfile'),
      windows: '4096 bytes',
      reliedOn: ['transmit.ts TransmitFile'],
      ask(on) {
        const [client] = on.pair();
        const pending = new Pending(on, client, 1);
        const file = temporaryFile(on, 4096);
        w.TransmitFile(client, file, 0, 0, pending.overlapped, null, 0);
        return pending.result();
      },
    },
    {
      id: 'transmit-unconnected',
      api: 'TransmitFile',
      says: 'TransmitFile without a connection fails with WSAENOTCONN.',
      source: wineTest('ws2_32/tests/sock.c:10068'),
      windows: 'WSAENOTCONN',
      reliedOn: ['transmit.ts TransmitFile'],
      ask(on) {
        const s = on.bound();
        const pending = new Pending(on, s, 1);
        const file = temporaryFile(on, 16);
        return startedTrue(w.TransmitFile(s, file, 0, 0, pending.overlapped, null, 0));
      },
    },
    {
      id: 'transmit-cancelled',
      api: 'TransmitFile',
      says: 'A TransmitFile that is cancelled ends with WSAECONNABORTED.',
      source: stated('.NET', 'System.Net.Sockets/src/System/Net/Sockets/Socket.Tasks.cs'),
      windows: 'WSAECONNABORTED',
      wine: 'WSA_OPERATION_ABORTED',
      reliedOn: ['perform.ts WSA_OPERATION_ABORTED'],
      async ask(on) {
        const [client] = on.pair();
        w.setsockopt.orThrow(client, w.SOL_SOCKET, w.SO_SNDBUF, w.ref(w.int, 4096), 4);
        const pending = new Pending(on, client, 1);
        const file = temporaryFile(on, 32 << 20);
        w.TransmitFile(client, file, 0, 0, pending.overlapped, null, 0);
        await sleep(200);
        pending.cancel();
        return pending.result();
      },
    },
    {
      id: 'transmit-packets',
      api: 'TransmitPackets',
      says: 'TransmitPackets sends memory.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_transmitpackets',
      },
      windows: 'packet',
      wine: 'WSAEINVAL',
      reliedOn: ['transmit.ts TransmitPackets'],
      async ask(on) {
        const [client, server] = on.pair();
        const memory = room(6);
        memory.set(Buffer.from('packet'));
        const element = new w.TRANSMIT_PACKETS_ELEMENT({
          dwElFlags: w.TP_ELEMENT_MEMORY,
          cLength: 6,
        });
        element.pBuffer = w.addressOf(memory);
        try {
          w.TransmitPackets.orThrow(client, element, 1, 0, null, 0);
        } catch (error) {
          return (error as { code: string }).code;
        }
        await sleep(50);
        return receive(server);
      },
    },
    {
      id: 'unknown-function',
      api: 'WSAIoctl',
      says: 'A function that the provider has not is refused with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:6092'),
      windows: 'WSAEINVAL',
      reliedOn: ['extension-pointer.ts SIO_GET_EXTENSION_FUNCTION_POINTER'],
      ask(on) {
        const id = w.guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        const pointer = room(8);
        const bytes = w.ref(w.DWORD);
        const code = w.SIO_GET_EXTENSION_FUNCTION_POINTER;
        const result = w.WSAIoctl(on.socket(), code, id, 16, pointer, 8, bytes, null, null);
        return result === 0 ? 'a pointer' : lastError();
      },
    },
  ],
};
