/** Sockets that others have made: by the mirror, on another completion port, of another type, closed. */
import net from 'node:net';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  type InternetAddress,
  OverlappedSocket,
  type SocketSource,
  TcpServer,
  TcpSocket,
} from 'winsock/io';
import { bound, closingSockets, NAME_BYTES, nameOf, startWinsock } from '../../support/winsock.ts';
import {
  closing,
  connected,
  everything,
  hashOf,
  LOOPBACK,
  noise,
  nothingLeft,
  pair,
} from '../support.ts';

startWinsock(t);

function overlapped(type = w.SOCK_STREAM): w.SOCKET {
  return w.WSASocketW.orThrow(w.AF_INET, type, 0, null, 0, w.WSA_FLAG_OVERLAPPED);
}

/** Two connected sockets of the mirror's. */
function mirrorPair(): [client: w.SOCKET, accepted: w.SOCKET] {
  const listening = bound(w.SOCK_STREAM);
  w.listen.orThrow(listening, 5);
  const client = overlapped();
  w.connect.orThrow(client, nameOf(listening), NAME_BYTES);
  const accepted = w.accept.orThrow(listening, null, null);
  w.closesocket(listening);
  return [client, accepted];
}

t.test(
  'a connection of the mirror becomes a TcpSocket, with what was received before',
  async (t) => {
    const completionPort = new CompletionPort();
    const [client, accepted] = mirrorPair();
    const to = nameOf(client);
    const a = TcpSocket.from(client, { completionPort, socketOptions: { noDelay: true } });
    const unread = Buffer.from('before, ');
    const b = TcpSocket.from({ handle: accepted, unread }, { completionPort });
    t.equal(a.handle, client);
    t.equal(a.getOption('noDelay'), true);
    t.same(b.remoteAddress, { family: 'IPv4', address: '127.0.0.1', port: w.ntohs(to.sin_port) });
    const data = noise(300_000);
    const back = everything(b);
    await a.end(data);
    t.equal(hashOf(await back), hashOf(unread, data));
    t.equal(a.bytesWritten, data.length);
    t.equal(b.bytesRead, data.length);
    await Promise.all([a.closed, b.closed]);
    nothingLeft(t, completionPort);
    await completionPort.close();
  },
);

t.test('what was received before comes first, however it is read', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const readings: Record<string, (socket: TcpSocket) => Promise<string>> = {
    'by events': (socket) =>
      new Promise((resolve) => {
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
          if (text.length === 6) resolve(text);
        });
      }),
    borrowed: (socket) =>
      new Promise((resolve) => {
        let text = '';
        socket.borrow((chunk) => {
          text += chunk;
          if (text.length === 6) resolve(text);
        });
      }),
    'by read': async (socket) => `${await socket.read()}${await socket.read()}`,
  };
  for (const [how, read] of Object.entries(readings)) {
    const [client, accepted] = mirrorPair();
    closingSockets(t, client);
    w.send.orThrow(client, Buffer.from('two'), 3, 0);
    const socket = TcpSocket.from(
      { handle: accepted, unread: Buffer.from('one') },
      { completionPort },
    );
    t.equal(await read(socket), 'onetwo', how);
    socket.destroy();
  }
});

t.test(
  'sockets of the mirror become servers: those that listen, and those that are bound',
  async (t) => {
    const completionPort = closing(t, new CompletionPort());
    for (const listens of [true, false]) {
      const listening = bound(w.SOCK_STREAM);
      if (listens) w.listen.orThrow(listening, 5);
      const port = w.ntohs(nameOf(listening).sin_port);
      const server = closing(t, TcpServer.from(listening, { completionPort, backlog: 7 }));
      t.same(server.address, { family: 'IPv4', address: '127.0.0.1', port });
      t.ok(server.listening);
      server.on('connection', (socket) => socket.on('data', (data) => socket.end(data)));
      const client = net.connect(port, '127.0.0.1').end('hello');
      t.equal(String(Buffer.concat(await client.toArray())), 'hello', `listens: ${listens}`);
    }
  },
);

t.test(
  'one that skips packets already goes on doing so on a port that lets none skip',
  async (t) => {
    const completionPort = new CompletionPort({ skipOnSuccess: false });
    const { SetFileCompletionNotificationModes, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS } =
      await import('winsock/kernel');
    const [client, accepted] = mirrorPair();
    closingSockets(t, client);
    SetFileCompletionNotificationModes.orThrow(accepted, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    w.send.orThrow(client, Buffer.from('there already'), 13, 0);
    const socket = TcpSocket.from(accepted, { completionPort });
    t.ok(socket.association.skips);
    t.equal(String(await socket.read({ timeout: 5000 })), 'there already');
    socket.destroy();
    await socket.closed;
    await completionPort.close();
  },
);

t.test('a connection tells how long connecting took, where it was made here', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const [client, accepted] = await connected(t, completionPort);
  t.ok(client.connectDuration! > 0);
  t.equal(accepted.connectDuration, undefined);
});

interface Refusal {
  readonly what: string;
  /** The SOCKET, as the program has it. */
  make(t: Test): SocketSource | Promise<SocketSource>;
  readonly by: 'TcpSocket' | 'TcpServer';
  /** The code of a WinsockError, or what is thrown. */
  readonly error: string | { readonly name: string; readonly message: RegExp };
  /** Whether what is refused is a socket, which then is still the program's. */
  readonly stays?: boolean;
}

function own(t: Test, socket: w.SOCKET): w.SOCKET {
  closingSockets(t, socket);
  return socket;
}

async function ofAnotherPort(t: Test): Promise<SocketSource> {
  const [a, b] = await pair(closing(t, new CompletionPort()));
  t.teardown(() => [a, b].map((socket) => socket.close()));
  return a.handle;
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'a number that is no handle',
    make: () => 0x123457,
    by: 'TcpSocket',
    error: 'WSAENOTSOCK',
  },
  {
    what: 'what is no number',
    make: () => 'socket' as never,
    by: 'TcpSocket',
    error: { name: 'TypeError', message: /a SOCKET is a number, got "socket"/ },
  },
  {
    what: 'INVALID_SOCKET',
    make: () => w.INVALID_SOCKET as number,
    by: 'TcpServer',
    error: { name: 'TypeError', message: /a SOCKET is a number, got -1/ },
  },
  {
    what: 'null',
    make: () => null as never,
    by: 'TcpServer',
    error: { name: 'TypeError', message: /a SOCKET is a number, got null/ },
  },
  {
    what: 'unread text',
    make: () => ({ handle: 4, unread: 'text' as never }),
    by: 'TcpSocket',
    error: { name: 'TypeError', message: /received before is a Uint8Array/ },
  },
  {
    what: 'a datagram socket for a connection',
    make: (t) => own(t, bound(w.SOCK_DGRAM)),
    by: 'TcpSocket',
    error: { name: 'TypeError', message: /is a datagram socket, not a stream socket/ },
    stays: true,
  },
  {
    what: 'a datagram socket for a server',
    make: (t) => own(t, bound(w.SOCK_DGRAM)),
    by: 'TcpServer',
    error: { name: 'TypeError', message: /is a datagram socket, not a stream socket/ },
    stays: true,
  },
  {
    what: 'one that listens for a connection',
    make: (t) => {
      const socket = own(t, bound(w.SOCK_STREAM));
      w.listen.orThrow(socket, 1);
      return socket;
    },
    by: 'TcpSocket',
    error: { name: 'TypeError', message: /listens: TcpServer\.from takes it/ },
    stays: true,
  },
  {
    what: 'a connection for a server',
    make: (t) => {
      const [client, accepted] = mirrorPair();
      closingSockets(t, client);
      return own(t, accepted);
    },
    by: 'TcpServer',
    error: { name: 'TypeError', message: /is connected: TcpSocket\.from takes it/ },
    stays: true,
  },
  {
    what: 'one that is not connected',
    make: (t) => own(t, bound(w.SOCK_STREAM)),
    by: 'TcpSocket',
    error: 'WSAENOTCONN',
    stays: true,
  },
  {
    what: 'one that is not bound for a server',
    make: (t) => own(t, overlapped()),
    by: 'TcpServer',
    error: 'WSAEINVAL',
    stays: true,
  },
  {
    what: 'one on another completion port',
    make: ofAnotherPort,
    by: 'TcpSocket',
    error: 'WSA_INVALID_PARAMETER',
    stays: true,
  },
  {
    what: 'one that was closed meanwhile',
    make: () => {
      const [client, accepted] = mirrorPair();
      w.closesocket(client);
      w.closesocket(accepted);
      return accepted;
    },
    by: 'TcpSocket',
    error: 'WSAENOTSOCK',
  },
];

for (const { what, make, by, error, stays } of REFUSALS) {
  t.test(`${by}.from refuses ${what}, and leaves it to the program`, async (t) => {
    const completionPort = closing(t, new CompletionPort());
    const source = await make(t);
    const from = by === 'TcpSocket' ? TcpSocket.from : TcpServer.from;
    t.throws(
      () => from(source, { completionPort }),
      typeof error === 'string' ? { name: 'WinsockError', code: error } : error,
    );
    if (stays) t.not(nameOrError(source as w.SOCKET), 'WSAENOTSOCK', 'it is still open');
    nothingLeft(t, completionPort);
  });
}

function nameOrError(socket: w.SOCKET): string {
  const type = w.ref(w.int);
  const code = w.getsockopt(socket, w.SOL_SOCKET, w.SO_TYPE, type, w.ref(w.int, 4));
  return code === 0 ? 'open' : (w.errorName(w.WSAGetLastError()) ?? 'failed');
}

t.test(
  'from refuses a closed completion port and options that are none, before it touches the SOCKET',
  async (t) => {
    const completionPort = new CompletionPort();
    const [client, accepted] = mirrorPair();
    closingSockets(t, client, accepted);
    t.throws(() => TcpSocket.from(accepted, { highWaterMark: -1 }), RangeError);
    t.throws(() => TcpServer.from(accepted, { accepts: 0 }), RangeError);
    t.throws(() => TcpServer.from(accepted, { backlog: -1 }), RangeError);
    await completionPort.close();
    t.throws(() => TcpSocket.from(accepted, { completionPort }), /the completion port is closed/);
    t.equal(nameOrError(accepted), 'open');
  },
);

t.test('a server that is refused leaves the socket as it was', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const other = closing(t, new CompletionPort());
  const bound = closing(t, OverlappedSocket.create({ completionPort: other }).bind(LOOPBACK));
  t.throws(() => TcpServer.from(bound.handle, { completionPort }), {
    code: 'WSA_INVALID_PARAMETER',
  });
  t.equal(bound.getOption('acceptsConnections'), false, 'it does not listen');
  const socket = overlapped();
  t.throws(() => TcpServer.from(socket, { completionPort }), { code: 'WSAEINVAL' });
  const { port } = bound.localAddress as InternetAddress;
  bound.close();
  const name = new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(port) });
  name.sin_addr.s_addr = w.htonl(w.INADDR_LOOPBACK);
  w.bind.orThrow(socket, name, NAME_BYTES);
  const server = closing(t, TcpServer.from(socket, { completionPort }));
  t.equal(server.port, port, 'once it is bound it serves');
});

t.test('a server pauses and goes on', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const server = closing(
    t,
    new TcpServer({ completionPort, accepts: 1 }).listen({ host: '127.0.0.1' }),
  );
  let came = 0;
  server.on('connection', (socket) => {
    came++;
    socket.destroy();
  });
  server.pause();
  const clients = Array.from({ length: 4 }, () => OverlappedSocket.create({ completionPort }));
  t.teardown(() => clients.map((client) => client.close()));
  const to = server.address as InternetAddress;
  await Promise.all(clients.map((client) => client.connect(to)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(came, 1, 'the accept that was pending has its connection, and no other was begun');
  server.resume();
  while (came < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(came, 4);
});

t.test('a server is given back where the system can, and goes on where it cannot', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const server = closing(
    t,
    new TcpServer({ completionPort, accepts: 4 }).listen({ host: '127.0.0.1' }),
  );
  server.on('connection', (socket) => socket.end('served'));
  const { port } = server;
  const ask = async () => {
    const client = net.connect(port, '127.0.0.1');
    return String(Buffer.concat(await client.toArray()));
  };
  await t.rejects(server.detach({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  const refused = await server.detach().then(undefined, (error) => error.code);
  // Windows takes it off; then there is nothing to see here.
  if (refused === undefined) return;
  t.equal(refused, 'ERROR_NOT_SUPPORTED');
  t.equal(await ask(), 'served');
  // All accepts wait again, the last of them in a turn of its own.
  while (completionPort.stats().pending !== 4)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const both = [server.detach({ evenOnPort: true }), server.detach().catch((error) => error.code)];
  const [given, second] = (await Promise.all(both)) as [{ handle: w.SOCKET }, string];
  t.equal(second, 'WSAEINVAL');
  t.equal(server.listening, false);
  closingSockets(t, given.handle);
  const said = ask();
  const accepted = await w.accept.async(given.handle, null, null);
  w.send.orThrow(accepted, Buffer.from('by the mirror'), 13, 0);
  w.closesocket(accepted);
  t.equal(await said, 'by the mirror');
  nothingLeft(t, completionPort);
  await t.rejects(new TcpServer({ completionPort }).detach(), { code: 'WSAEINVAL' });
});

t.test('a server that is closed while it is being given back', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const server = new TcpServer({ completionPort }).listen({ host: '127.0.0.1' });
  while (completionPort.stats().pending === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const given = server.detach({ evenOnPort: true }).catch((error) => error.code);
  await server.close();
  t.equal(await given, 'WSA_OPERATION_ABORTED');
  nothingLeft(t, completionPort);
});

t.test('accepts that are given up to give a server back are no failures of it', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const server = closing(
    t,
    new TcpServer({ completionPort, accepts: 1024 }).listen({ host: '127.0.0.1' }),
  );
  const errors: Error[] = [];
  server.on('error', (error) => errors.push(error));
  const { handle } = await server.detach({ evenOnPort: true });
  closingSockets(t, handle as w.SOCKET);
  t.same(errors, []);
  nothingLeft(t, completionPort);
});
