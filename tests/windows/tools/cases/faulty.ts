/**
 * Programs into whose calls faults are injected, by their names; each prints what it has seen. It runs on every
 * run time.
 */
import * as w from 'winsock';
import {
  CompletionPort,
  connect,
  createServer,
  type InternetAddress,
  OverlappedSocket,
  type TcpServer,
  type TcpSocket,
} from 'winsock/io';
import * as k from 'winsock/kernel';

function found(step: string, value: unknown): void {
  console.log(`found ${JSON.stringify({ step, value })}`);
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error);

interface Pair {
  readonly client: w.SOCKET;
  readonly server: w.SOCKET;
}

/** Two ends of a connection of TCP, of the C functions. */
function pair(): Pair {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const listener = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
  const sin_addr = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
  const name = new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr });
  w.bind.orThrow(listener, name, w.sizeof(name));
  w.getsockname.orThrow(listener, name, w.ref(w.int, w.sizeof(name)));
  w.listen.orThrow(listener, 5);
  const client = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
  w.connect.orThrow(client, name, w.sizeof(name));
  const server = w.accept.orThrow(listener, null, null);
  w.closesocket.orThrow(listener);
  return { client, server };
}

/** Errors of the C functions, in each flavour. */
async function errors(): Promise<void> {
  const { client, server } = pair();
  const data = Buffer.from('abcdef');
  const results = [w.send(client, data, 6, 0), w.send(client, data, 6, 0)];
  found('plain', [...results, w.errorName(w.WSAGetLastError())]);
  try {
    w.send.orThrow(client, data, 6, 0);
  } catch (error) {
    found('thrown', codeOf(error));
  }
  found('async', await w.send.async(client, data, 6, 0).catch(codeOf));
  found('after', w.send(client, data, 6, 0));
  found('received', w.recv(server, Buffer.alloc(100), 100, 0));
  // A result that is NULL, one that is the code, and a socket.
  found('NULL', w.gethostbyname('localhost'));
  const result = w.ref(w.ptr(w.addrinfo));
  found('code', w.getaddrinfo('localhost', null, null, result));
  found('socket', [w.socket(w.AF_INET, w.SOCK_STREAM, 0), w.errorName(w.WSAGetLastError())]);
}

async function delays(): Promise<void> {
  const started = performance.now();
  const { client, server } = pair();
  const connected = performance.now();
  found('connect took', connected - started);
  w.send.orThrow(client, Buffer.from('x'), 1, 0);
  found('received', await w.recv.async(server, Buffer.alloc(10), 10, 0));
  found('recv.async took', performance.now() - connected);
}

/** Counts that are shorter than asked for. */
async function shorts(): Promise<void> {
  const { client, server } = pair();
  const data = Buffer.from('abcdef');
  found('send', w.send(client, data, 6, 0));
  const buffers = w.arrayOf(w.WSABUF, [
    { len: 3, buf: data },
    { len: 3, buf: data.subarray(3) },
  ]);
  const sent = w.ref(w.DWORD);
  w.WSASend.orThrow(client, buffers, 2, sent, 0, null, null);
  found('WSASend', [sent.value, ...[...buffers].map(({ len }) => len)]);
  const into = Buffer.alloc(10);
  const first = w.recv(server, into, 10, 0);
  found('recv', [first, into.toString('latin1', 0, first)]);
  const rest = await w.recv.async(server, into, 10, 0);
  found('recv.async', rest);
}

/** Completions that the C functions wait for. */
async function held(): Promise<void> {
  const { client, server } = pair();
  const port = k.CreateIoCompletionPort.orThrow(k.INVALID_HANDLE_VALUE, 0, 0, 0);
  k.CreateIoCompletionPort.orThrow(server, port, 7, 0);
  const data = Buffer.alloc(10);
  const overlapped = new w.OVERLAPPED();
  const buffers = new w.WSABUF({ len: data.length, buf: data });
  const receive = () =>
    w.WSARecv(server, buffers, 1, null, w.ref(w.DWORD), overlapped, null) === 0 ||
    w.WSAGetLastError() === w.WSA_IO_PENDING;
  const bytes = w.ref(w.DWORD);
  const key = w.ref(w.ULONG_PTR);
  const which = w.ref(w.ptr(w.OVERLAPPED));
  const wait = (milliseconds: number) => {
    const started = performance.now();
    const ok = k.GetQueuedCompletionStatus(port, bytes, key, which, milliseconds);
    const code = ok ? 0 : k.GetLastError();
    return { ok, code, bytes: bytes.value, took: performance.now() - started };
  };
  found('begun', receive());
  w.send.orThrow(client, Buffer.from('delayed'), 7, 0);
  found('delayed', wait(k.INFINITE));
  found('begun', receive());
  w.send.orThrow(client, Buffer.from('held'), 4, 0);
  found('held', wait(300));
  w.closesocket.orThrow(server);
  found('closed', wait(5000));
  k.CloseHandle(port);
  w.closesocket.orThrow(client);
}

async function serving(
  serve: (socket: TcpSocket) => void,
  use: (address: InternetAddress, server: TcpServer) => Promise<void>,
): Promise<void> {
  const server = createServer(serve);
  server.on('error', (error) => found('server error', codeOf(error)));
  await server.listen({ host: '127.0.0.1', port: 0 });
  await use(server.address as InternetAddress, server);
  await server.close();
}

/** Data of TcpSockets arrives whole, whatever is injected: sent in pieces, received in pieces, late. */
async function streams(): Promise<void> {
  const sent = Buffer.alloc(5000);
  for (let at = 0; at < sent.length; at++) sent[at] = (at * 7 + (at >> 8)) & 255;
  await serving(
    (socket) => {
      socket.on('data', (chunk) => void socket.write(chunk));
      socket.on('end', () => void socket.end());
    },
    async ({ address, port }) => {
      const socket = await connect({ host: address, port, allowHalfOpen: true });
      const back: Uint8Array[] = [];
      const received = (async () => {
        for await (const chunk of socket) back.push(chunk.slice());
      })();
      await socket.write(sent);
      await socket.end();
      await received;
      found('whole', Buffer.concat(back).equals(sent));
      found('pieces', back.length);
    },
  );
}

/** A server that cannot accept for a while. */
async function accepts(): Promise<void> {
  let served = 0;
  await serving(
    (socket) => {
      served++;
      socket.on('data', (chunk) => void socket.end(chunk));
    },
    async ({ address, port }) => {
      for (let round = 0; round < 3; round++) {
        const socket = await connect({ host: address, port });
        await socket.write('hello');
        for await (const chunk of socket) found(`echo ${round}`, chunk.toString());
      }
      found('served', served);
    },
  );
}

/** What winsock/io tells of errors. */
async function ioErrors(): Promise<void> {
  await serving(
    () => {},
    async ({ address, port }) => {
      found('connect', await connect({ host: address, port }).then(() => 'connected', codeOf));
      const socket = await connect({ host: address, port });
      await new Promise<void>((resolve) => {
        socket.once('error', (error) => {
          found('error', codeOf(error));
          resolve();
        });
        socket.on('data', () => {});
      });
    },
  );
}

/** A receive that is held back ends with its port, and gives its memory back. */
async function ioHeld(): Promise<void> {
  const port = new CompletionPort();
  await serving(
    (socket) => void socket.write('what nobody is told of'),
    async ({ address, port: number }) => {
      const socket = OverlappedSocket.create({ completionPort: port });
      socket.bind({ host: '127.0.0.1', port: 0 });
      await socket.connect({ host: address, port: number });
      const memory = Buffer.alloc(100);
      const receive = socket.receive(memory).then((bytes) => `${bytes} bytes`, codeOf);
      const early = await Promise.race([
        receive,
        new Promise((resolve) => setTimeout(resolve, 300, 'nothing')),
      ]);
      found('early', early);
      found('pending', port.stats().pending);
      await port.close();
      found('at the end', await receive);
      found('arrived', memory.toString('latin1', 0, 4));
    },
  );
}

/** Which of many calls fail. */
async function chances(): Promise<void> {
  const { client } = pair();
  const results = Array.from({ length: 40 }, () => w.send(client, Buffer.from('x'), 1, 0));
  found('results', results);
}

const programs: Readonly<Record<string, () => Promise<void>>> = {
  errors,
  delays,
  shorts,
  held,
  streams,
  accepts,
  ioErrors,
  ioHeld,
  chances,
};

const [name = ''] = process.argv.slice(2);
await programs[name]!();
process.exit(0);
