/** Datagram sockets that others have made, and those that are given back. */
import t from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  type DetachedDatagrams,
  type InternetAddress,
  UdpSocket,
} from 'winsock/io';
import { bound, closingSockets, NAME_BYTES, nameOf, startWinsock } from '../../support/winsock.ts';
import { closing, LOOPBACK, nothingLeft, pair } from '../support.ts';

startWinsock(t);

const overlapped = (type = w.SOCK_DGRAM) =>
  w.WSASocketW.orThrow(w.AF_INET, type, 0, null, 0, w.WSA_FLAG_OVERLAPPED);

const isOpen = (socket: number) =>
  w.getsockopt(socket as w.SOCKET, w.SOL_SOCKET, w.SO_TYPE, w.ref(w.int), w.ref(w.int, 4)) === 0;

t.test('a datagram socket of the mirror receives and sends, with details', async (t) => {
  const completionPort = new CompletionPort();
  const handle = bound(w.SOCK_DGRAM);
  const server = UdpSocket.from(handle, { completionPort, details: ['to'] });
  const client = new UdpSocket({ completionPort }).bind(LOOPBACK);
  t.equal(server.handle, handle);
  await client.send('question', server.localAddress);
  const question = (await server.receive({ timeout: 5000 }))!;
  t.match(question, { from: client.localAddress, to: { address: '127.0.0.1' } });
  await server.answer(question, 'answer');
  t.equal(String((await client.receive({ timeout: 5000 }))!.data), 'answer');
  await Promise.all([server.close(), client.close()]);
  t.notOk(isOpen(handle), 'it was closed with its owner');
  nothingLeft(t, completionPort);
  await completionPort.close();
});

t.test(
  'one that is connected needs no address, and one that is not bound waits until it is',
  async (t) => {
    const completionPort = closing(t, new CompletionPort());
    const peer = closing(t, new UdpSocket({ completionPort }).bind(LOOPBACK));
    const handle = overlapped();
    const name = new w.sockaddr_in({
      sin_family: w.AF_INET,
      sin_port: w.htons(peer.localAddress.port),
    });
    name.sin_addr.s_addr = w.htonl(w.INADDR_LOOPBACK);
    w.connect.orThrow(handle, name, NAME_BYTES);
    const connected = closing(t, UdpSocket.from(handle, { completionPort }));
    await connected.send('plain');
    await connected.send('by message', undefined, { ttl: 3 });
    for (const word of ['plain', 'by message']) {
      t.equal(String((await peer.receive({ timeout: 5000 }))!.data), word);
    }

    const unbound = closing(t, UdpSocket.from(overlapped(), { completionPort }));
    const waiting = unbound.receive({ timeout: 5000 });
    unbound.bind(LOOPBACK);
    await peer.send('bound now', unbound.localAddress);
    t.equal(String((await waiting)!.data), 'bound now');
  },
);

t.test('what was received before comes first, with what was told of it', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const handle = bound(w.SOCK_DGRAM);
  const from: InternetAddress = { family: 'IPv4', address: '192.0.2.1', port: 9 };
  const data = Buffer.from('before');
  const source: DetachedDatagrams = {
    handle,
    unread: [
      { data, from },
      { data, from, ttl: 7 },
    ],
  };
  const socket = closing(t, UdpSocket.from(source, { completionPort }));
  data.fill(0);
  const own = overlapped();
  closingSockets(t, own);
  w.sendto.orThrow(own, Buffer.from('after'), 5, 0, nameOf(handle), NAME_BYTES);
  const got: unknown[] = [];
  await new Promise<void>((resolve) => {
    socket.on('message', (data, from, { ttl }) => {
      got.push([String(data), (from as InternetAddress).address, ttl]);
      if (got.length === 3) resolve();
    });
  });
  const expected = [
    ['before', '192.0.2.1', undefined],
    ['before', '192.0.2.1', 7],
    ['after', '127.0.0.1', undefined],
  ];
  t.same(got, expected);
});

interface Refusal {
  readonly make: () => unknown;
  readonly error: string | RegExp;
  /** Whether what is refused is a socket, which then is still the program's. */
  readonly stays?: boolean;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a number that is no handle': { make: () => 0x123457, error: 'WSAENOTSOCK' },
  text: { make: () => 'socket', error: /a SOCKET is a number, got "socket"/ },
  INVALID_SOCKET: { make: () => w.INVALID_SOCKET, error: /a SOCKET is a number, got -1/ },
  null: { make: () => null, error: /a SOCKET is a number, got null/ },
  'unread bytes': {
    make: () => ({ handle: 4, unread: new Uint8Array(4) }),
    error: /received before is a list of datagrams/,
  },
  'unread text': {
    make: () => ({ handle: 4, unread: [{ data: 'text', from: LOOPBACK }] }),
    error: /a datagram has its data as a Uint8Array, got "text"/,
  },
  'unread from nowhere': {
    make: () => ({ handle: 4, unread: [{ data: new Uint8Array(1), from: 'me' }] }),
    error: /an address is an object/,
  },
  'a stream': {
    make: () => bound(w.SOCK_STREAM),
    error: /is a stream socket, not a datagram socket/,
    stays: true,
  },
};

for (const [what, { make, error, stays }] of Object.entries(REFUSALS)) {
  t.test(`UdpSocket.from refuses ${what}, and leaves it to the program`, async (t) => {
    const completionPort = closing(t, new CompletionPort());
    const source = make();
    if (stays) closingSockets(t, source as w.SOCKET);
    const refused =
      typeof error === 'string'
        ? { name: 'WinsockError', code: error }
        : { name: 'TypeError', message: error };
    t.throws(() => UdpSocket.from(source as number, { completionPort }), refused);
    if (stays) t.ok(isOpen(source as number));
    nothingLeft(t, completionPort);
  });
}

t.test('one on another completion port is refused, and so is a closed one', async (t) => {
  const other = new CompletionPort();
  const completionPort = new CompletionPort();
  const its = new UdpSocket({ completionPort: other }).bind(LOOPBACK);
  const code = 'WSA_INVALID_PARAMETER';
  t.throws(() => UdpSocket.from(its.handle, { completionPort }), { code });
  await completionPort.close();
  const handle = bound(w.SOCK_DGRAM);
  closingSockets(t, handle);
  t.throws(() => UdpSocket.from(handle, { completionPort }), /the completion port is closed/);
  t.throws(() => UdpSocket.from(handle, { family: 'IPv4' } as object), /family/);
  t.throws(() => UdpSocket.from(handle, { receives: 0 }), RangeError);
  t.ok(isOpen(handle));
  await its.close();
  await other.close();
});

t.test(
  'where the system takes no socket off its port, giving back is refused, and it goes on',
  async (t) => {
    const completionPort = closing(t, new CompletionPort());
    const socket = closing(t, new UdpSocket({ completionPort }).bind(LOOPBACK));
    const peer = closing(t, new UdpSocket({ completionPort }).bind(LOOPBACK));
    const waiting = socket.receive({ timeout: 5000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const failed = await socket.detach().then(undefined, (error) => error.code);
    // Windows takes it off; then there is nothing to see here.
    if (failed === undefined) return;
    t.equal(failed, 'ERROR_NOT_SUPPORTED');
    await peer.send('still here', socket.localAddress);
    t.equal(String((await waiting)!.data), 'still here');
    const { port } = socket.localAddress;
    for (const word of ['taken', 'not taken']) await peer.send(word, socket.localAddress);
    // Nobody listens: one is kept, and the other is with the system.
    socket.resume();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const given = await socket.detach({ evenOnPort: true });
    t.same(
      given.unread?.map(({ data }) => String(data)),
      ['taken'],
    );
    const handle = given.handle as w.SOCKET;
    t.equal(w.ntohs(nameOf(handle).sin_port), port);
    const into = Buffer.alloc(32);
    const bytes = w.recv.orThrow(handle, into, into.length, 0);
    t.equal(into.toString('latin1', 0, bytes), 'not taken');
    t.equal(socket.destroyed, true);
    await socket.closed;
    await t.rejects(socket.detach(), { code: 'WSAENOTSOCK' });
    await t.rejects(socket.send('late', peer.localAddress), { code: 'WSAENOTSOCK' });
    w.closesocket.orThrow(handle);
    await peer.close();
    nothingLeft(t, completionPort);
  },
);

t.test('connections are none of its business', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const [a, b] = await pair(completionPort);
  t.throws(() => UdpSocket.from(a.handle, { completionPort }), TypeError);
  a.close();
  b.close();
});
