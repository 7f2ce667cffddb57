/** What winsock/io makes of answers that Wine does not give: `io.ts WHAT` prints what came of it. */

import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closesocket, type HANDLE, type SOCKET, type WinsockError } from 'winsock';
import {
  CompletionPort,
  connect,
  connectTo,
  createServer,
  OverlappedSocket,
  type TcpServer,
  UdpSocket,
} from 'winsock/io';
import { CloseHandle, CreateFileW, GENERIC_READ, OPEN_EXISTING } from 'winsock/kernel';
import { freePort } from '../../support/free-port.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };
const completionPort = new CompletionPort();
const codeOf = (error: { code?: string }) => error.code;

async function pair(): Promise<[OverlappedSocket, OverlappedSocket]> {
  const server = OverlappedSocket.create({ completionPort }).bind(LOOPBACK).listen();
  const client = OverlappedSocket.create({ completionPort });
  const [accepted] = await Promise.all([
    server.accept(),
    client.connect(server.localAddress as { address: string; port: number }),
  ]);
  server.close();
  return [client, accepted];
}

/** Resolves when a server accepts that could not at first. Where the process ends before, that says so. */
async function acceptsAgain(make: (server: TcpServer) => void): Promise<string> {
  const codes: unknown[] = [];
  const server = createServer({ completionPort, accepts: 2 });
  // What a listener fails with is a WinsockError.
  server.on('error', (error) => codes.push(codeOf(error as WinsockError)));
  server.listen({ host: '127.0.0.1' });
  make(server);
  const atEnd = () => {
    console.log(`${codes}, ended`);
    process.exitCode = 0;
  };
  process.once('exit', atEnd);
  await new Promise<void>((resolve) => {
    const look = () => completionPort.pendingOperations().length > 0 && resolve();
    setInterval(look, 10).unref();
  });
  process.off('exit', atEnd);
  return `${codes}, accepts`;
}

const WAYS: Record<string, () => Promise<unknown>> = {
  /** Windows takes two seconds for what this refuses at once. */
  async refused() {
    const address = { address: '127.0.0.1', port: await freePort() };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
    }, 1000);
    const code = await connectTo(address, { completionPort }).catch(codeOf);
    clearTimeout(timer);
    return `${code} ${late ? 'late' : 'at once'}`;
  },

  /** One of two receives is given up; the other goes on. */
  async cancelled() {
    const [client, accepted] = await pair();
    const first = accepted.receive(Buffer.alloc(8), { timeout: 50 }).catch(codeOf);
    const into = Buffer.alloc(8);
    const second = accepted.receive(into);
    const given = await first;
    await client.send(Buffer.from('goes on'));
    return `${given} ${into.toString('latin1', 0, await second)}`;
  },

  /** Each way to reach a peer by the unspecified address, which Windows refuses. */
  async unspecified() {
    const told: string[] = [];
    for (const [any, family] of [
      ['0.0.0.0', 'IPv4'],
      ['::', 'IPv6'],
    ] as const) {
      const server = createServer({ completionPort }).listen({ host: any, port: 0 });
      const { port } = server.address as { port: number };
      const to = { address: any, port };
      const one = await connectTo(to, { completionPort });
      const two = await connect({ host: any, port, completionPort });
      const peers = [one, two].map((each) => each.remoteAddress as { address: string });
      told.push(peers.map(({ address }) => address).join(' '));
      const raw = OverlappedSocket.create({ family, completionPort });
      await raw.connect(to);
      for (const each of [one, two, raw]) void each.close();

      const receiver = new UdpSocket({ family, completionPort }).bind({ address: any, port: 0 });
      const at = { address: any, port: receiver.localAddress.port };
      const texts: string[] = [];
      const listened = new Promise<void>((all) => {
        receiver.on('message', (data) => {
          if (texts.push(data.toString()) === 4) all();
        });
      });
      const sender = new UdpSocket({ family, completionPort });
      await sender.send('to', at);
      await sender.connect(at).send('connected');
      const overlapped = OverlappedSocket.create({ family, type: 'datagram', completionPort });
      await overlapped.sendTo(Buffer.from('overlapped'), at);
      await overlapped.sendMessage({ data: Buffer.from('message'), to: at });
      await listened;
      told.push(texts.sort().join(' '));
      for (const each of [receiver, sender, overlapped]) void each.close();
      await server.close();
    }
    return told.join('; ');
  },

  /** Datagrams longer than the memory for them, and one that fits, on records that are used again. */
  async truncated() {
    const receiver = OverlappedSocket.create({ type: 'datagram', completionPort }).bind(LOOPBACK);
    const sender = OverlappedSocket.create({ type: 'datagram', completionPort }).bind(LOOPBACK);
    const to = receiver.localAddress as { address: string; port: number };
    const told: unknown[] = [];
    for (let i = 0; i < 200; i++) {
      await sender.sendTo(Buffer.from('too long'), to);
      told.push(await receiver.receiveFrom(Buffer.alloc(3)).then(({ bytes }) => bytes, codeOf));
      const into = [Buffer.alloc(8), Buffer.alloc(8)];
      const next = into.map((one) => receiver.receiveFrom(one));
      for (const one of ['a', 'bc']) await sender.sendTo(Buffer.from(one), to);
      const texts = (await Promise.all(next)).map(({ bytes }, k) =>
        into[k]!.toString('latin1', 0, bytes),
      );
      told.push(texts.sort().join(' '));
    }
    return [...new Set(told)].join(', ');
  },

  /** A server that starts again while a connection of the one before it is not forgotten. */
  async restart() {
    const first = createServer({ completionPort }).listen({ host: '127.0.0.1' });
    const { port } = first.address as { port: number };
    first.on('connection', (socket) => void socket.destroy());
    const client = await connectTo({ address: '127.0.0.1', port }, { completionPort });
    // The server ends first, so it is the one to remember the connection.
    client.on('data', () => undefined);
    await client.closed;
    await first.close();
    const again = (exclusive: boolean) => {
      const next = createServer({ completionPort });
      try {
        next.listen({ host: '127.0.0.1', port, exclusive });
        return next.close().then(() => 'listens');
      } catch (error) {
        return codeOf(error as { code?: string });
      }
    };
    const plain = net.createServer().listen(port, '127.0.0.1');
    const started = await once(plain, 'listening').then(
      () => 'listens',
      (error) => error.code,
    );
    plain.close();
    return `${await again(true)} ${await again(false)}, node:net ${started}`;
  },

  /** A file is given up: the connection goes with it, and what is told is what was asked for. */
  async file() {
    const told: unknown[] = [];
    for (const giveUp of [
      { timeout: 50 },
      { signal: AbortSignal.abort(new Error('of the signal')) },
    ]) {
      const [client, accepted] = await pair();
      const path = join(mkdtempSync(join(tmpdir(), 'winsock-')), 'file');
      writeFileSync(path, Buffer.alloc(8 << 20));
      const open = CreateFileW.orThrow(path, GENERIC_READ, 0, null, OPEN_EXISTING, 0, 0 as HANDLE);
      const sent = client.transmitFile(open, giveUp);
      told.push(await sent.catch((error) => error.code ?? error.message));
      CloseHandle(open);
      for (const each of [client, accepted]) void each.close();
    }
    return told.join(', ');
  },

  /** A socket is closed behind the back of this package while it receives. */
  async closed() {
    const [client] = await pair();
    const received = client.receive(Buffer.alloc(8)).catch(codeOf);
    closesocket(client.handle as SOCKET);
    return received;
  },

  /** DisconnectEx, which sends its packet though those of immediate success are skipped. */
  async disconnected() {
    const [client, accepted] = await pair();
    const before = completionPort.stats().completedAtStart;
    await client.disconnect();
    const { pending, completedAtStart } = completionPort.stats();
    const bytes = await accepted.receive(Buffer.alloc(1));
    return `${bytes} bytes, ${pending} pending, ${completedAtStart - before} without a packet`;
  },

  /** A receive on the socket of a layered provider is given up. */
  async layered() {
    const [, accepted] = await pair();
    return accepted.receive(Buffer.alloc(8), { timeout: 50 }).catch(codeOf);
  },

  /** Clients that have gone before they were accepted, until one is served. */
  async gone() {
    const errors: unknown[] = [];
    const server = createServer({ completionPort }, (socket) => socket.end('served'));
    server.on('error', (error) => errors.push(codeOf(error as WinsockError)));
    server.listen({ host: '127.0.0.1' });
    const to = { address: '127.0.0.1', port: server.port };
    for (let gone = 0; ; gone++) {
      const client = await connectTo(to, { completionPort });
      const received: Buffer[] = [];
      client.on('data', (data) => received.push(data)).on('error', () => undefined);
      await client.closed;
      if (received.length === 0) continue;
      await server.close();
      const { pending } = completionPort.stats();
      return `${gone} gone, then ${Buffer.concat(received)}; errors: ${errors.join() || 'none'}; ${pending} pending`;
    }
  },

  /** Whether the process waits for a server that waits to accept again. */
  accepts: () => acceptsAgain(() => undefined),
  'accepts without': () => acceptsAgain((server) => server.unref()),
  'accepts on a port without': () => acceptsAgain(() => completionPort.unref()),

  /** A socket that lingers is closed while its peer takes nothing. */
  async lingering() {
    const server = net.createServer((socket) => void socket.pause()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const socket = await connectTo({ address: '127.0.0.1', port }, { completionPort });
    socket.setOption('linger', 3);
    socket.write(Buffer.alloc(32 << 20));
    const started = performance.now();
    socket.destroy();
    return performance.now() - started < 1000 ? 'goes on' : 'stood still';
  },
};

console.log(await WAYS[process.argv[2]!]!());
process.exit(0);
