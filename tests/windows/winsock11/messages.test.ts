import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';
import { freePort } from '../support/free-port.ts';
import { answeredByStub, isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const SOCKET_EVENT = k.WM_APP;
const REPLY = k.WM_APP + 1;

interface Message {
  readonly message: number;
  readonly wParam: number;
  readonly lParam: number;
}

/** A window whose messages are awaited. */
class Inbox {
  readonly window: k.MessageWindow;
  private readonly messages: Message[] = [];
  private wake: () => void = () => undefined;

  constructor() {
    this.window = new k.MessageWindow((message, wParam, lParam) => {
      if (message < k.WM_APP) return undefined;
      this.messages.push({ message, wParam, lParam });
      this.wake();
      return 0;
    });
  }

  async next(): Promise<Message> {
    while (this.messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.messages.shift()!;
  }
}

t.test('a window gets its messages when they are asked for, until it is closed', async (t) => {
  const seen: number[][] = [];
  const window = new k.MessageWindow(
    (message, wParam, lParam) => {
      seen.push([message, wParam, lParam]);
      return undefined;
    },
    { interval: 0 },
  );
  t.ok(k.IsWindow(window.handle));
  t.equal(window.pump(), 0);
  window.post(k.WM_APP, 0xfedcba98, -2);
  window.post(k.WM_APP + 7, 1);
  t.same(seen, [], 'not before they are asked for');
  t.equal(window.pump(), 2);
  t.same(seen, [
    [k.WM_APP, 0xfedcba98, -2],
    [k.WM_APP + 7, 1, 0],
  ]);

  const { handle } = window;
  window.close();
  window.close();
  t.notOk(k.IsWindow(handle));
  t.equal(window.handle, 0);
  t.equal(seen.length, 2, 'its end is not reported');
});

t.test(
  'what the handler throws comes out of the pump, and the rest stays in the queue',
  async (t) => {
    const seen: number[] = [];
    using window = new k.MessageWindow(
      (message) => {
        seen.push(message);
        if (message === k.WM_APP) throw new Error('no');
        return 0;
      },
      { interval: 0 },
    );
    window.post(k.WM_APP);
    window.post(k.WM_APP + 1);
    t.throws(() => window.pump(), { message: 'no' });
    t.equal(window.pump(), 1);
    t.same(seen, [k.WM_APP, k.WM_APP + 1]);
  },
);

t.test('a wait ends with a message or an event', async (t) => {
  const seen: number[] = [];
  using window = new k.MessageWindow((message) => seen.push(message), { interval: 0 });
  t.equal(window.wait(0), undefined);
  window.post(k.WM_APP);
  t.equal(window.wait(), -1);
  t.same(seen, [k.WM_APP]);
  const event = w.WSACreateEvent.orThrow();
  t.equal(window.wait(0, [event]), undefined);
  w.WSASetEvent.orThrow(event);
  t.equal(window.wait(k.INFINITE, [event]), 0);
  w.WSACloseEvent.orThrow(event);
});

t.test('WSAAsyncSelect reports a connection from its beginning to its end', async (t) => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const connection = once(server, 'connection') as Promise<[net.Socket]>;

  const inbox = new Inbox();
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  const wanted = w.FD_CONNECT | w.FD_READ | w.FD_CLOSE;
  w.WSAAsyncSelect.orThrow(s, inbox.window.handle, SOCKET_EVENT, wanted);
  const address = new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(port),
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
  t.equal(w.connect(s, address, w.sizeof(address)), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAEWOULDBLOCK, 'the socket no longer blocks');

  const next = async () => {
    const { message, wParam, lParam } = await inbox.next();
    t.equal(message, SOCKET_EVENT);
    t.equal(wParam, s);
    t.equal(w.WSAGETSELECTERROR(lParam), 0);
    return w.WSAGETSELECTEVENT(lParam);
  };
  t.equal(await next(), w.FD_CONNECT);
  const [peer] = await connection;
  peer.write('good day');
  t.equal(await next(), w.FD_READ);
  const buffer = Buffer.alloc(16);
  t.equal(w.recv(s, buffer, buffer.length, 0), 8);
  t.equal(buffer.toString('latin1', 0, 8), 'good day');
  peer.end();
  t.equal(await next(), w.FD_CLOSE);

  inbox.window.close();
  w.closesocket(s);
  server.close();
});

t.test('WSAAsyncSelect reports the error of a refused connection', async (t) => {
  const port = await freePort();
  const inbox = new Inbox();
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  w.WSAAsyncSelect.orThrow(s, inbox.window.handle, SOCKET_EVENT, w.FD_CONNECT);
  const address = new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(port),
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
  w.connect(s, address, w.sizeof(address));
  const { lParam } = await inbox.next();
  t.equal(w.WSAGETSELECTEVENT(lParam), w.FD_CONNECT);
  t.equal(w.WSAGETSELECTERROR(lParam), w.WSAECONNREFUSED);
  inbox.window.close();
  w.closesocket(s);
});

t.test('the WSAAsyncGet functions fill the memory given', async (t) => {
  const inbox = new Inbox();
  const { handle } = inbox.window;
  const memory = Buffer.from(new ArrayBuffer(w.MAXGETHOSTSTRUCT));
  const size = memory.length;
  const ask = async (request: w.HANDLE) => {
    const { message, wParam, lParam } = await inbox.next();
    t.equal(message, REPLY);
    t.equal(wParam, request, 'the reply is to this request');
    t.equal(w.WSAGETASYNCERROR(lParam), 0);
    t.ok(w.WSAGETASYNCBUFLEN(lParam) > 0);
  };

  await ask(w.WSAAsyncGetHostByName.orThrow(handle, REPLY, 'localhost', memory, size));
  const host = w.cast(w.hostent, memory);
  t.equal(host.h_addrtype, w.AF_INET);
  t.same(w.addressList(host), [Uint8Array.of(127, 0, 0, 1)]);

  const loopback = Uint8Array.of(127, 0, 0, 1);
  const byAddress = w.WSAAsyncGetHostByAddr;
  await ask(byAddress.orThrow(handle, REPLY, loopback, 4, w.AF_INET, memory, size));
  if (isWine()) t.equal(host.h_name, 'localhost');
  else t.match(host.h_name, /\w/, "this computer's name");

  await ask(w.WSAAsyncGetServByName.orThrow(handle, REPLY, 'domain', 'udp', memory, size));
  const service = w.cast(w.servent, memory);
  t.equal(service.s_name, 'domain');
  t.equal(service.s_proto, 'udp');
  t.equal(w.ntohs(service.s_port), 53);

  await ask(w.WSAAsyncGetServByPort.orThrow(handle, REPLY, w.htons(25), 'tcp', memory, size));
  t.equal(service.s_name, 'smtp');

  await ask(w.WSAAsyncGetProtoByName.orThrow(handle, REPLY, 'udp', memory, size));
  const protocol = w.cast(w.protoent, memory);
  t.equal(protocol.p_proto, w.IPPROTO_UDP);

  await ask(w.WSAAsyncGetProtoByNumber.orThrow(handle, REPLY, w.IPPROTO_TCP, memory, size));
  t.equal(protocol.p_name, 'tcp');
  inbox.window.close();
});

t.test('a WSAAsyncGet function says what went wrong', async (t) => {
  const inbox = new Inbox();
  const { handle } = inbox.window;
  const memory = Buffer.from(new ArrayBuffer(w.MAXGETHOSTSTRUCT));
  w.WSAAsyncGetServByName.orThrow(handle, REPLY, 'no such service', 'tcp', memory, memory.length);
  const unknown = await inbox.next();
  t.equal(w.WSAGETASYNCERROR(unknown.lParam), w.WSANO_DATA);

  w.WSAAsyncGetServByName.orThrow(handle, REPLY, 'smtp', 'tcp', memory, 4);
  const short = await inbox.next();
  t.equal(w.WSAGETASYNCERROR(short.lParam), w.WSAENOBUFS);
  t.ok(w.WSAGETASYNCBUFLEN(short.lParam) > 4, 'and how much it would need');

  t.throws(() => w.WSAAsyncGetServByName(handle, REPLY, 'smtp', 'tcp', memory, 2000), RangeError);
  inbox.window.close();
});

t.test('a request can be cancelled', async (t) => {
  const inbox = new Inbox();
  const { handle } = inbox.window;
  const memory = Buffer.from(new ArrayBuffer(w.MAXGETHOSTSTRUCT));
  const size = memory.length;
  const request = w.WSAAsyncGetHostByName.orThrow(handle, REPLY, 'localhost', memory, size);
  // Wine takes any request and cancels none; Windows knows which are open.
  const cancelled = w.WSACancelAsyncRequest(request);
  if (cancelled !== 0) t.equal(w.WSAGetLastError(), w.WSAEALREADY);
  answeredByStub(w.WSACancelAsyncRequest);
  inbox.window.close();
  t.ok(memory.length === size, 'the memory outlives the request');
});
