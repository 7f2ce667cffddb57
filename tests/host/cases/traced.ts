/**
 * Exchanges to be seen in a trace, by their names: each prints what has passed which way, in base64.
 *
 *   npm start -- tests/host/cases/traced.ts http
 */
import { once } from 'node:events';
import http from 'node:http';
import { Worker } from 'node:worker_threads';
import * as w from 'winsock';
import {
  CompletionPort,
  connect,
  createConnection,
  createServer,
  type InternetAddress,
  type TcpSocket,
  toDuplex,
  UdpSocket,
} from 'winsock/io';

function found(step: string, value: unknown): void {
  console.log(`found ${JSON.stringify({ step, value })}`);
}

const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');

/** Bytes that differ from their neighbours. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + seed) & 255;
  return bytes;
}

async function withServer(
  host: string,
  serve: (socket: TcpSocket) => void,
  use: (address: InternetAddress) => Promise<void>,
): Promise<void> {
  const server = createServer(serve);
  await server.listen({ host, port: 0 });
  await use(server.address as InternetAddress);
  await server.close();
}

/** HTTP of Node's own, over sockets of the completion port. */
async function httpExchange(): Promise<void> {
  const web = http.createServer(async (request, response) => {
    const body = (await request.toArray()) as Buffer[];
    response.setHeader('X-Length', Buffer.concat(body).length);
    response.end('Hello from the completion port\n');
  });
  await withServer(
    '127.0.0.1',
    (socket) => void web.emit('connection', toDuplex(socket)),
    async ({ port, address }) => {
      const options = {
        host: address,
        port,
        path: '/hello?x=1',
        method: 'POST',
        agent: false as const,
        createConnection: () => createConnection({ host: address, port }) as never,
      };
      const request = http.request(options);
      request.end('a body');
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const text = Buffer.concat(await response.toArray()).toString();
      found('response', { status: response.statusCode, text });
    },
  );
}

/** Much data both ways, in pieces, over a family. */
async function echo(host: string): Promise<void> {
  const there = pattern(700_000, 1);
  await withServer(
    host,
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
      for (let at = 0; at < there.length; at += 100_000) {
        await socket.write(there.subarray(at, at + 100_000));
      }
      await socket.end();
      await received;
      found('there', base64(there));
      found('back', base64(...back));
    },
  );
}

function start(): void {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
}

function loopback(port: number): w.sockaddr_in {
  const sin_addr = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
  return new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(port), sin_addr });
}

function bound(type: number): { s: w.SOCKET; name: w.sockaddr_in } {
  const s = w.socket.orThrow(w.AF_INET, type, 0);
  const name = loopback(0);
  w.bind.orThrow(s, name, w.sizeof(name));
  w.getsockname.orThrow(s, name, w.ref(w.int, w.sizeof(name)));
  return { s, name };
}

/** The blocking calls of both ends. */
async function mirror(): Promise<void> {
  start();
  const { s: listener, name } = bound(w.SOCK_STREAM);
  w.listen.orThrow(listener, 5);
  const client = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
  w.connect.orThrow(client, name, w.sizeof(name));
  const server = w.accept.orThrow(listener, null, null);
  const message = Buffer.from('what an echo client sends\n');
  w.send.orThrow(client, message, message.length, 0);
  const buffer = Buffer.alloc(1000);
  const peeked = w.recv.orThrow(server, buffer, buffer.length, w.MSG_PEEK);
  const received = w.recv.orThrow(server, buffer, buffer.length, 0);
  w.send.orThrow(server, buffer, received, 0);
  const back = w.recv.orThrow(client, buffer, buffer.length, 0);
  found('there', base64(message));
  found('back', base64(buffer.subarray(0, back)));
  found('peeked', peeked);
  w.shutdown.orThrow(client, w.SD_SEND);
  w.recv.orThrow(server, buffer, buffer.length, 0);
  w.closesocket.orThrow(server);
  w.recv.orThrow(client, buffer, buffer.length, 0);
  for (const s of [client, listener]) w.closesocket.orThrow(s);
  w.WSACleanup();
}

/** A question and an answer of DNS, between two sockets of this program. */
async function udp(): Promise<void> {
  start();
  const { s: resolver, name } = bound(w.SOCK_DGRAM);
  const asker = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  const question = Buffer.from('\x07example\x04test\0\0\x01\0\x01', 'latin1');
  const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), question]);
  const answer = Buffer.concat([
    Buffer.from('123481800001000100000000', 'hex'),
    question,
    Buffer.from('c00c000100010000003c0004c0000201', 'hex'),
  ]);
  w.sendto.orThrow(asker, query, query.length, 0, name, w.sizeof(name));
  const buffer = Buffer.alloc(512);
  const from = new w.sockaddr_in();
  const length = w.ref(w.int, w.sizeof(from));
  const bytes = w.recvfrom.orThrow(resolver, buffer, buffer.length, 0, from, length);
  w.sendto.orThrow(resolver, answer, answer.length, 0, from, length.value);
  const back = w.recvfrom.orThrow(asker, buffer, buffer.length, 0, null, null);
  found('ports', [w.ntohs(name.sin_port), w.ntohs(from.sin_port)]);
  found('lengths', [bytes, back]);
  found('datagrams', [base64(query), base64(answer)]);
  for (const s of [asker, resolver]) w.closesocket.orThrow(s);
  w.WSACleanup();
}

/** Datagrams over the completion port, with both families. */
async function datagrams(): Promise<void> {
  const all: string[] = [];
  for (const family of ['IPv4', 'IPv6'] as const) {
    const host = family === 'IPv6' ? '::1' : '127.0.0.1';
    const [one, other] = [new UdpSocket({ family }), new UdpSocket({ family })];
    for (const socket of [one, other]) socket.bind({ host, port: 0 });
    for (const length of [0, 1, 1000, 20_000]) {
      const sent = pattern(length, length);
      const received = other.receive();
      await one.send(sent, other.localAddress);
      await received;
      all.push(base64(sent));
    }
    for (const socket of [one, other]) socket.destroy();
  }
  found('datagrams', all);
}

/** A connection that one end resets, and one that nobody takes. */
async function reset(): Promise<void> {
  start();
  const { s: listener, name } = bound(w.SOCK_STREAM);
  w.listen.orThrow(listener, 5);
  const client = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
  w.connect.orThrow(client, name, w.sizeof(name));
  const server = w.accept.orThrow(listener, null, null);
  const message = Buffer.from('the last that is heard');
  w.send.orThrow(client, message, message.length, 0);
  w.recv.orThrow(server, Buffer.alloc(100), 100, 0);
  const linger = new w.linger({ l_onoff: 1, l_linger: 0 });
  w.setsockopt.orThrow(server, w.SOL_SOCKET, w.SO_LINGER, linger, w.sizeof(linger));
  // Wine reads a reset as an end where it comes while no receive waits.
  const hEvent = w.WSACreateEvent.orThrow();
  const overlapped = new w.OVERLAPPED({ hEvent });
  const buffer = new w.WSABUF({ len: 100, buf: Buffer.alloc(100) });
  const flags = w.ref(w.DWORD);
  w.WSARecv(client, buffer, 1, null, flags, overlapped, null);
  w.closesocket.orThrow(server);
  w.WSAGetOverlappedResult(client, overlapped, w.ref(w.DWORD), w.TRUE, flags);
  found('code', w.errorName(w.WSAGetLastError()));
  w.WSACloseEvent.orThrow(hEvent);
  w.closesocket.orThrow(client);
  w.closesocket.orThrow(listener);
  const refused = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
  w.connect(refused, name, w.sizeof(name));
  found('refused', w.errorName(w.WSAGetLastError()));
  w.closesocket.orThrow(refused);
  w.WSACleanup();
}

/** Both ends of connections in several threads, which write to one file. */
async function threads(): Promise<void> {
  const count = 4;
  const workers = Array.from(
    { length: count },
    (_, index) => new Worker(new URL(import.meta.url), { argv: ['worker', String(index)] }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  found('threads', count);
}

const ROUNDS = 50;

/** A client in a thread of its own. */
async function worker(): Promise<void> {
  await withServer(
    '127.0.0.1',
    (socket) => {
      socket.on('data', (chunk) => void socket.write(chunk));
      socket.on('end', () => void socket.end());
    },
    async ({ address, port }) => {
      const socket = await connect({ host: address, port });
      const reader = socket[Symbol.asyncIterator]();
      for (let round = 0; round < ROUNDS; round++) {
        await socket.write(Buffer.from(`round ${round}\n`));
        await reader.next();
      }
      await socket.end();
      await reader.return?.(undefined as never);
    },
  );
}

const exchanges: Readonly<Record<string, () => Promise<void>>> = {
  http: httpExchange,
  echo: () => echo('127.0.0.1'),
  echo6: () => echo('::1'),
  mirror,
  udp,
  datagrams,
  reset,
  threads,
  worker,
};

await exchanges[process.argv[2] ?? '']!();
if (process.argv[2] !== 'worker') await CompletionPort.default.close();
