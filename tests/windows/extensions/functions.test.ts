import { unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';
import { loopback, NAME_BYTES, nameOf, startWinsock } from '../support/winsock.ts';

startWinsock(t);

const ADDRESS_ROOM = 16 + w.sizeof(w.sockaddr_in6);

function stream(): w.SOCKET {
  const flags = w.WSA_FLAG_OVERLAPPED;
  return w.WSASocketW.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP, null, 0, flags);
}

function bound(s: w.SOCKET): w.sockaddr_in {
  w.bind.orThrow(s, loopback(), NAME_BYTES);
  return nameOf(s);
}

function bufferOf(memory: Uint8Array): w.WSABUF {
  return new w.WSABUF({ len: memory.length, buf: w.addressOf(memory) as w.Pointer<number> });
}

function overlapped(): w.OVERLAPPED {
  return new w.OVERLAPPED({ hEvent: w.WSACreateEvent.orThrow() });
}

/** Waits for an operation and gives the bytes that it moved. */
function finish(s: w.SOCKET, operation: w.OVERLAPPED): number {
  w.WSAWaitForMultipleEvents.orThrow(1, w.ref(w.HANDLE, operation.hEvent), 1, 5000, 0);
  const bytes = w.ref(w.DWORD);
  w.WSAGetOverlappedResult.orThrow(s, operation, bytes, 0, w.ref(w.DWORD));
  w.WSACloseEvent(operation.hEvent);
  return bytes.value;
}

/** A connection made by AcceptEx and ConnectEx, with the first data and what AcceptEx said of it. */
function connection(first: string) {
  const listener = stream();
  const address = bound(listener);
  w.listen.orThrow(listener, 1);

  const server = stream();
  const buffer = new Uint8Array(64 + 2 * ADDRESS_ROOM);
  const accepting = overlapped();
  const received = w.ref(w.DWORD);
  // With room for data it would wait until some comes.
  const wanted = first === '' ? 0 : 64;
  const accept = [listener, server, buffer, wanted, ADDRESS_ROOM, ADDRESS_ROOM] as const;
  w.AcceptEx.orThrow(...accept, received, accepting);

  const client = stream();
  const clientName = bound(client);
  const connecting = overlapped();
  const data = Buffer.from(first);
  const sent = w.ref(w.DWORD);
  w.ConnectEx.orThrow(client, address, NAME_BYTES, data, data.length, sent, connecting);

  const bytesSent = finish(client, connecting);
  const bytesReceived = finish(listener, accepting);
  w.setsockopt.orThrow(client, w.SOL_SOCKET, w.SO_UPDATE_CONNECT_CONTEXT, null, 0);
  const context = w.ref(w.SOCKET, listener);
  w.setsockopt.orThrow(
    server,
    w.SOL_SOCKET,
    w.SO_UPDATE_ACCEPT_CONTEXT,
    context,
    w.sizeof(context),
  );
  w.closesocket.orThrow(listener);
  return { client, server, address, clientName, buffer, bytesSent, bytesReceived };
}

t.test('AcceptEx and ConnectEx make a connection with the first data', async (t) => {
  const made = connection('first data');
  t.equal(made.bytesSent, 10);
  t.equal(made.bytesReceived, 10);
  t.equal(Buffer.from(made.buffer).toString('latin1', 0, 10), 'first data');
  t.equal(nameOf(made.server).sin_port, made.address.sin_port, 'the accept context is set');
  w.closesocket.orThrow(made.client);
  w.closesocket.orThrow(made.server);
});

t.test('GetAcceptExSockaddrs finds both addresses', async (t) => {
  const { client, server, address, clientName, buffer } = connection('x');
  const find = (memory: Uint8Array | w.Pointer) => {
    const [local, remote] = [w.ref(w.ptr(w.sockaddr)), w.ref(w.ptr(w.sockaddr))];
    const [localBytes, remoteBytes] = [w.ref(w.int), w.ref(w.int)];
    const lengths = [64, ADDRESS_ROOM, ADDRESS_ROOM] as const;
    w.GetAcceptExSockaddrs(memory, ...lengths, local, localBytes, remote, remoteBytes);
    t.same([localBytes.value, remoteBytes.value], [NAME_BYTES, NAME_BYTES]);
    const inBuffer = w.cast(w.sockaddr_in, local.value);
    t.equal(inBuffer?.sin_port, address.sin_port);
    t.equal(inBuffer?.sin_addr.s_addr, address.sin_addr.s_addr);
    t.equal(w.cast(w.sockaddr_in, remote.value)?.sin_port, clientName.sin_port);
  };
  find(buffer);
  find(w.addressOf(buffer));
  find(buffer.slice());
  w.closesocket(client);
  w.closesocket(server);
});

t.test('TransmitFile sends a file between two pieces of memory', async (t) => {
  const file = join(tmpdir(), `winsock-transmit-${process.pid}`);
  writeFileSync(file, 'the file');
  const { client, server } = connection('');
  const handle = k.CreateFileW.orThrow(file, 0x80000000, 1, null, 3, 0x80, 0);
  const around = new w.TRANSMIT_FILE_BUFFERS({
    Head: w.addressOf(head),
    HeadLength: head.length,
    Tail: w.addressOf(tail),
    TailLength: tail.length,
  });
  w.TransmitFile.orThrow(client, handle, 0, 0, null, around, 0);
  const received = Buffer.alloc(64);
  let length = 0;
  while (length < 20) length += w.recv.orThrow(server, received.subarray(length), 64 - length, 0);
  t.equal(received.toString('latin1', 0, length), 'head, the file, tail');
  k.CloseHandle(handle);
  unlinkSync(file);
  w.closesocket(client);
  w.closesocket(server);
});

const head = new Uint8Array(Buffer.from('head, '));
const tail = new Uint8Array(Buffer.from(', tail'));

t.test('DisconnectEx ends a connection', async (t) => {
  const { client, server } = connection('x');
  w.DisconnectEx.orThrow(client, null, 0, 0);
  const end = w.recv.orThrow(server, Buffer.alloc(8), 8, 0);
  t.equal(end, 0, 'the peer sees the end');
  w.closesocket(client);
  w.closesocket(server);
});

t.test('WSASendMsg and WSARecvMsg carry addresses and control data', async (t) => {
  const [from, to] = [0, 1].map(() => w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP));
  const source = bound(from!);
  const target = bound(to!);
  w.setsockopt.orThrow(to!, w.IPPROTO_IP, w.IP_PKTINFO, w.ref(w.int, 1), 4);

  const data = new Uint8Array(Buffer.from('datagram'));
  const sent = w.ref(w.DWORD);
  const out = new w.WSAMSG({
    name: w.cast(w.sockaddr, target),
    namelen: NAME_BYTES,
    lpBuffers: bufferOf(data),
    dwBufferCount: 1,
  });
  w.WSASendMsg.orThrow(from!, out, 0, sent, null, null);
  t.equal(sent.value, 8);

  const name = new w.sockaddr_in();
  const received = new Uint8Array(32);
  const control = new Uint8Array(new ArrayBuffer(128));
  const bytes = w.ref(w.DWORD);
  const message = new w.WSAMSG({
    name: w.cast(w.sockaddr, name),
    namelen: NAME_BYTES,
    lpBuffers: bufferOf(received),
    dwBufferCount: 1,
    Control: bufferOf(control),
  });
  w.WSARecvMsg.orThrow(to!, message, bytes, null, null);
  t.equal(Buffer.from(received).toString('latin1', 0, bytes.value), 'datagram');
  t.equal(name.sin_port, source.sin_port);
  const header = w.WSA_CMSG_FIRSTHDR(message);
  t.same([header?.cmsg_level, header?.cmsg_type], [w.IPPROTO_IP, w.IP_PKTINFO]);
  w.closesocket(from!);
  w.closesocket(to!);
});

t.test('each is called like any other function', async (t) => {
  const functions = [
    w.AcceptEx,
    w.ConnectEx,
    w.DisconnectEx,
    w.GetAcceptExSockaddrs,
    w.TransmitFile,
    w.TransmitPackets,
    w.WSARecvMsg,
    w.WSASendMsg,
  ];
  for (const call of functions) {
    t.equal(call.definition.dll, '', `${call.name} is reached through a pointer`);
    t.equal(call.definition.name, call.name);
    t.type(call.definition.signature()[0], Object);
    t.type(call.orThrow, 'function');
    t.type(call.async, 'function');
  }
});

t.test('a socket that is none fails as the function does', async (t) => {
  const none = 0xdead as w.SOCKET;
  const expected = { code: 'WSAENOTSOCK', syscall: 'DisconnectEx' };
  t.equal(w.DisconnectEx(none, null, 0, 0), 0);
  t.equal(w.WSAGetLastError(), w.WSAENOTSOCK);
  t.equal(w.WSARecvMsg(none, new w.WSAMSG(), null, null, null), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAENOTSOCK);
  t.throws(() => w.DisconnectEx.orThrow(none, null, 0, 0), expected);
  await t.rejects(w.DisconnectEx.async(none, null, 0, 0), expected);
  t.throws(() => w.DisconnectEx('x' as never, null, 0, 0), TypeError);
});

t.test('arguments are refused before the call', async (t) => {
  const s = stream();
  const operation = new w.OVERLAPPED();
  const buffer = new Uint8Array(10);
  t.throws(() => w.AcceptEx(s, s, buffer, 0, 32, 32, null, operation), {
    name: 'RangeError',
    message:
      'AcceptEx: lpOutputBuffer has 10 bytes, but dwReceiveDataLength + dwLocalAddressLength + dwRemoteAddressLength says 64',
  });
  t.throws(() => w.ConnectEx(s, loopback(), 32, null, 0, null, operation), RangeError);
  t.throws(() => w.ConnectEx(s, null, 0, null, 0, null, operation), TypeError);
  t.throws(() => w.ConnectEx(s, loopback(), 16, buffer, 11, null, operation), RangeError);
  t.throws(() => w.WSARecvMsg(s, null, null, null, null), TypeError);
  const refs = [w.ref(w.ptr(w.sockaddr)), w.ref(w.int)] as const;
  t.throws(() => w.GetAcceptExSockaddrs(buffer, 0, 32, 32, ...refs, ...refs), RangeError);
  w.closesocket(s);
});

function lacksTransmitPackets(): boolean {
  const s = stream();
  const result = w.TransmitPackets(s, new w.TRANSMIT_PACKETS_ELEMENT(), 0, 0, null, 0);
  const code = w.WSAGetLastError();
  w.closesocket(s);
  return result === 0 && [w.WSAEINVAL, w.WSAEOPNOTSUPP].includes(code);
}

const hasAll = !lacksTransmitPackets() && 'this system has every extension function';
t.test('the error for a missing function names the provider', { skip: hasAll }, async (t) => {
  const s = stream();
  const packets = new w.TRANSMIT_PACKETS_ELEMENT();
  const lacking = {
    code: 'WSAEINVAL',
    syscall: 'TransmitPackets',
    message: /the provider ".+" \{[0-9a-f-]+\} \(catalog entry \d+; family 2, type 1, protocol 6\)/,
  };
  t.throws(() => w.TransmitPackets.orThrow(s, packets, 0, 0, null, 0), lacking);
  await t.rejects(w.TransmitPackets.async(s, packets, 0, 0, null, 0), lacking);
  w.closesocket(s);
});

t.test(
  'TransmitPackets sends memory and pieces of files',
  {
    skip: lacksTransmitPackets() && 'Wine has no TransmitPackets',
  },
  async (t) => {
    const { client, server } = connection('');
    const packets = w.arrayOf(
      w.TRANSMIT_PACKETS_ELEMENT,
      [head, tail].map((part) => ({
        dwElFlags: w.TP_ELEMENT_MEMORY,
        cLength: part.length,
        pBuffer: w.addressOf(part),
      })),
    );
    w.TransmitPackets.orThrow(client, packets, 2, 0, null, 0);
    const received = Buffer.alloc(16);
    let length = 0;
    while (length < 12) length += w.recv.orThrow(server, received.subarray(length), 16 - length, 0);
    t.equal(received.toString('latin1', 0, length), 'head, , tail');
    w.closesocket(client);
    w.closesocket(server);
  },
);
