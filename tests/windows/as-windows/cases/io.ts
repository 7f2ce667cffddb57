/** What winsock/io makes of answers that Wine does not give: `io.ts WHAT` prints what came of it. */

import { once } from 'node:events';
import net from 'node:net';
import { CompletionPort, connectTo, createServer, OverlappedSocket } from 'winsock/io';

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

const WAYS: Record<string, () => Promise<unknown>> = {
  /** Windows takes two seconds for what this refuses at once. */
  async refused() {
    const server = createServer({ completionPort }).listen({ host: '127.0.0.1' });
    const address = server.address as { address: string; port: number };
    await server.close();
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

  /** A receive on the socket of a layered provider is given up. */
  async layered() {
    const [, accepted] = await pair();
    return accepted.receive(Buffer.alloc(8), { timeout: 50 }).catch(codeOf);
  },

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
