// What Windows can do with sockets and Wine cannot: take them off a completion port, tell of their connection.

import t from 'tap';
import { needsAsWindows, toldAsWindows } from '../support/as-windows.ts';

const START = `
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CompletionPort, connect, connectTo, createServer, SocketPasser, TcpSocket } from 'winsock/io';
const told = (value) => console.log(JSON.stringify(value));
const port = new CompletionPort();
const server = createServer({ completionPort: port, accepts: 2 }).listen({ host: '127.0.0.1' });
const came = once(server, 'connection');
const client = await connectTo(server.address, { completionPort: port });
const [accepted] = await came;
const turn = (milliseconds = 50) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const idle = () => ({ pending: port.stats().pending - 2, buffers: port.stats().buffers.bytes - port.stats().buffers.free });
`;

const END = `
client.destroy();
await server[Symbol.asyncDispose]();
await port.close();
`;

t.test(
  'a connection that is given back goes on elsewhere, and loses nothing',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    client.write('one, ');
    await turn();
    const other = new CompletionPort();
    const long = Buffer.alloc(1 << 22, 'x');
    accepted.write(long);
    const closed = [];
    accepted.on('close', (failed) => closed.push(failed));
    const read = client.read.bind(client);
    let bytes = 0;
    const drained = (async () => { while (bytes < long.length) bytes += (await read()).length; })();
    const given = await accepted.detach();
    await drained;
    client.write('two, ');
    told([bytes, String(given.unread), closed, accepted.destroyed, accepted.writable, server.connections.size]);
    const again = TcpSocket.from(given, { completionPort: other });
    client.write('three');
    let text = '';
    again.on('data', (chunk) => { text += chunk; });
    while (!text.endsWith('three')) await turn(5);
    told(text);
    again.write('back');
    told(String(await client.read()));
    // And on to the first port again.
    const third = TcpSocket.from(await again.detach(), { completionPort: port });
    client.write('home');
    told(String(await third.read()));
    third.destroy();
    await third.closed;
    await other.close();
    ${END}`,
      'replace-port',
    );
    t.same(lines, [[1 << 22, 'one, ', [false], true, false, 0], 'one, two, three', 'back', 'home']);
  },
);

t.test(
  'a connection moves to another thread, with what was read of it',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    const worker = new Worker(\`
      import { parentPort } from 'node:worker_threads';
      import { SocketPasser, TcpSocket } from 'winsock/io';
      const passer = new SocketPasser(parentPort, (passed) => {
        const socket = TcpSocket.from(passed);
        socket.write('from the thread, with ' + passed.detail + ': ');
        socket.on('data', (data) => socket.write(data));
        socket.on('close', () => passer.close());
      });
    \`, { eval: true });
    const passer = new SocketPasser(worker, () => undefined);
    client.write('unread, ');
    await turn();
    await passer.pass(accepted, 'a word');
    client.write('read');
    let text = '';
    client.on('data', (chunk) => { text += chunk; });
    while (!text.endsWith('read')) await turn(5);
    told([text, accepted.destroyed]);
    client.destroy();
    passer.close();
    await worker.terminate();
    ${END}`,
      'replace-port',
    );
    t.same(lines, [['from the thread, with a word: unread, read', true]]);
  },
);

t.test(
  'giving a connection back that is given up, or that is destroyed meanwhile',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    accepted.setOption('sendBuffer', 0);
    // The peer reads nothing, so it cannot be sent.
    client.pause();
    accepted.write(Buffer.alloc(1 << 24));
    await accepted.detach({ timeout: 100 }).catch((error) => told([error.code, accepted.writable]));
    const reason = new Error('enough');
    await accepted.detach({ signal: AbortSignal.abort(reason) }).catch((error) => told(error.message));
    const waiting = accepted.detach();
    await accepted.detach().catch((error) => told(error.code));
    accepted.destroy();
    await waiting.catch((error) => told(error.code));
    await accepted.closed;
    await accepted.detach().catch((error) => told(error.code));
    await accepted.detach({ even: true }).catch((error) => told(error.name));
    client.destroy();
    await client.closed;
    told(idle());
    ${END}`,
      'replace-port',
    );
    t.same(lines, [
      ['WSAETIMEDOUT', true],
      'enough',
      'WSAEINVAL',
      'WSA_OPERATION_ABORTED',
      'WSAENOTSOCK',
      'TypeError',
      { pending: 0, buffers: 0 },
    ]);
  },
);

t.test(
  'a server that is given back serves its queue elsewhere, and its connections go on',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    import { TcpServer } from 'winsock/io';
    const other = new CompletionPort();
    const place = server.address;
    const events = [];
    server.on('close', () => events.push('close'));
    const given = await server.detach();
    told([events, server.listening, server.connections.size]);
    await server.detach().catch((error) => told(error.code));
    // Nobody accepts it yet.
    const queued = await connectTo(place, { completionPort: port });
    const again = TcpServer.from(given, { completionPort: other });
    again.on('connection', (socket) => socket.end('served elsewhere'));
    told(String(await queued.read()));
    client.write('goes on');
    told(String(await accepted.read()));
    // It may listen anew.
    server.listen({ host: '127.0.0.1' });
    const came2 = once(server, 'connection');
    const second = await connectTo(server.address, { completionPort: port });
    await came2;
    told(server.connections.size);
    second.destroy();
    queued.destroy();
    await again[Symbol.asyncDispose]();
    await other.close();
    ${END}`,
      'replace-port',
    );
    t.same(lines, [[['close'], false, 1], 'WSAEINVAL', 'served elsewhere', 'goes on', 2]);
  },
);

t.test(
  'a datagram socket that is given back loses no datagram and no group',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    import { UdpSocket } from 'winsock/io';
    const other = new CompletionPort();
    const local = { address: '127.0.0.1' };
    const socket = new UdpSocket({ completionPort: port, details: ['ttl'] }).bind(local);
    socket.join('239.4.5.6', { interface: 'all' });
    const peer = new UdpSocket({ completionPort: port }).bind(local);
    const name = socket.localAddress;
    for (const word of ['one', 'two']) await peer.send(word, name);
    socket.resume();
    await turn();
    const waiting = socket.pause().receive();
    told(String((await waiting).data));
    const before = port.stats().pending;
    const reader = socket.receive();
    told(String((await reader).data));
    const last = socket.receive();
    for (let i = 0; i < 3; i++) void socket.send('sent', peer.localAddress);
    const given = await socket.detach();
    told([await last, socket.destroyed, given.unread ?? null]);
    await peer.send('three', name);
    const again = UdpSocket.from(given, { completionPort: other, details: ['ttl'] });
    const { data, ttl } = await again.receive();
    told([String(data), ttl > 0]);
    for (let i = 0; i < 3; i++) told(String((await peer.receive()).data));
    await again.close();
    await peer.close();
    await other.close();
    ${END}`,
      'replace-port',
    );
    t.same(lines, ['one', 'two', [null, true, null], ['three', true], 'sent', 'sent', 'sent']);
  },
);

for (const newest of [0, 1, 2]) {
  t.test(
    `what TCP knows of a connection, on a system that has version ${newest}`,
    needsAsWindows,
    async (t) => {
      process.env.WINSOCK_AS_WINDOWS_TCP_INFO = String(newest);
      t.teardown(() => delete process.env.WINSOCK_AS_WINDOWS_TCP_INFO);
      const lines = await toldAsWindows(
        `${START} told(accepted.tcpInfo()); told(accepted.tcpInfo().version); ${END}`,
        'tcp-info',
      );
      // The stand-in fills each word with where it is in the structure, and one.
      const wide = (at: number) => at + 1 + (at + 5) * 2 ** 32;
      const limit = (at: number) => ({ times: at + 1, duration: at + 5, bytes: wide(at + 8) });
      t.same(lines, [
        {
          version: newest,
          state: 1,
          mss: 5,
          connectionTime: wide(8),
          timestampsEnabled: true,
          rtt: 21,
          minRtt: 25,
          bytesInFlight: 29,
          congestionWindow: 33,
          sendWindow: 37,
          receiveWindow: 41,
          receiveBuffer: 45,
          bytesOut: wide(48),
          bytesIn: wide(56),
          bytesReordered: 65,
          bytesRetransmitted: 69,
          fastRetransmits: 73,
          duplicateAcks: 77,
          timeoutEpisodes: 81,
          synRetransmits: 85,
          ...(newest > 0 && {
            limitedBy: { receiver: limit(88), congestion: limit(104), sender: limit(120) },
          }),
          ...(newest > 1 && {
            outOfOrderPackets: 137,
            ecnNegotiated: true,
            eceAcks: 145,
            probeTimeouts: 149,
          }),
        },
        newest,
      ]);
    },
  );
}

t.test(
  'a socket that is none of TCP leaves what is known of the others as it is',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    import os from 'node:os';
    import path from 'node:path';
    const unix = createServer().listen({ path: path.join(os.tmpdir(), 'winsock-info-' + process.pid) });
    const one = await connect({ path: unix.address.path });
    try { one.tcpInfo(); } catch (error) { told(error.code); }
    told(accepted.tcpInfo().version);
    accepted.destroy();
    try { accepted.tcpInfo(); } catch (error) { told(error.code); }
    one.destroy();
    await unix[Symbol.asyncDispose]();
    ${END}`,
      'unix,tcp-info',
    );
    t.same(lines, ['WSAEOPNOTSUPP', 2, 'WSAENOTSOCK']);
  },
);

t.test(
  'the process at the other end of a Unix socket; there is none of TCP',
  needsAsWindows,
  async (t) => {
    const lines = await toldAsWindows(
      `${START}
    import os from 'node:os';
    import path from 'node:path';
    const unix = createServer().listen({ path: path.join(os.tmpdir(), 'winsock-peer-' + process.pid) });
    const came2 = once(unix, 'connection');
    const one = await connect({ path: unix.address.path });
    const [two] = await came2;
    told([one.peerProcessId === process.pid, two.peerProcessId === process.pid]);
    try { told(client.peerProcessId); } catch (error) { told(error.code); }
    one.destroy();
    try { told(one.peerProcessId); } catch (error) { told(error.code); }
    await unix[Symbol.asyncDispose]();
    ${END}`,
      'unix,peer-process',
    );
    t.same(lines, [[true, true], 'WSAEOPNOTSUPP', 'WSAENOTSOCK']);
  },
);
