/** The classic samples of blocking sockets, select, broadcast and multicast, as processes. */

import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { bun, example, freePort, needs, node, result } from './support.ts';

for (const [runtime, file, protocols] of [
  [node, 'simple/server.ts', ['tcp', 'udp']],
  [bun, 'simple/server.ts', ['tcp', 'udp']],
  [node, 'simple/server-select.ts', ['tcp', 'udp']],
  [node, 'simple/server-ioctl.ts', ['tcp']],
  [bun, 'simple/server-ioctl.ts', ['tcp']],
] as const) {
  t.test(`${file} on ${runtime.name}`, needs(runtime), async (t) => {
    for (const protocol of protocols) {
      const port = await freePort();
      const given = file === 'simple/server-ioctl.ts' ? [] : ['-p', protocol];
      const server = example(runtime, file, ...given, '-e', port);
      await server.says(/:: and port/);
      for (const [family, host] of [
        ['-4', '127.0.0.1'],
        ['-6', '::1'],
      ] as const) {
        const options = [family, '-p', protocol, '-n', host, '-e', port, '-l', '2'];
        const client = await result(runtime, 'simple/client.ts', ...options);
        t.equal(client.code, 0, client.output);
        t.match(client.output, 'data [A message from the client, number 1]');
        await server.says(new RegExp(`(host|from) ${host} and port`));
      }
      await server.stop();
    }
  });
}

t.test('simple: a thread for each address', needs(node), async (t) => {
  const port = await freePort();
  const server = example(node, 'simple/server.ts', '-e', port);
  await server.says(/:: and port/);
  // The thread of IPv4 has a client that says nothing; that of IPv6 serves nevertheless.
  const silent = net.connect(Number(port), '127.0.0.1');
  await server.says('connection from host 127.0.0.1');
  const sent = Buffer.from('over IPv6');
  t.same(await echo(Number(port), sent, '::1'), sent);
  silent.destroy();
  await server.stop();
});

t.test('simple: several clients at a time', needs(node), async (t) => {
  const port = await freePort();
  const server = example(node, 'simple/server-select.ts', '-e', port);
  await server.says(/:: and/);
  const sent = Buffer.alloc(100_000, 'to all');
  const received = await Promise.all(Array.from({ length: 5 }, () => echo(Number(port), sent)));
  t.ok(received.every((data) => data.equals(sent)));
  await server.stop();
});

t.test('simple: one client after the other', needs(node), async (t) => {
  const port = await freePort();
  const server = example(node, 'simple/server-ioctl.ts', '-e', port);
  await server.says(/:: and/);
  const connection = async () => {
    const socket = net.connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const first = await connection();
  // The second, which has connected, waits while the first is served.
  const second = await connection();
  second.write('four');
  for (const text of ['a', 'bb', 'ccc']) {
    first.write(text);
    t.equal(String((await once(first, 'data'))[0]), text);
  }
  first.end();
  t.equal(String((await once(second, 'data'))[0]), 'four');
  second.end();
  const echoed = [1, 2, 3].map((n) => `read ${n} bytes\nsent ${n} bytes\n`).join('');
  await server.says('sent 4 bytes');
  t.match(server.output, `\n${echoed}Accepted client connection from 127.0.0.1`);
  await server.stop();
});

/** What a server sends back. */
function echo(port: number, data: Buffer, host = '127.0.0.1'): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(port, host, () => socket.end(data));
    socket.on('error', reject);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

t.test('a client without a server says that it cannot connect', needs(node), async (t) => {
  const port = await freePort();
  const [started, agnostic, simple] = await Promise.all([
    result(node, 'getting-started/client.ts', '127.0.0.1', port),
    result(node, 'ip-agnostic/client.ts', '-s', '127.0.0.1', '-p', port),
    result(node, 'simple/client.ts', '-n', '127.0.0.1', '-e', port),
  ]);
  t.equal(started.code, 1);
  t.match(started.output, 'Unable to connect to server!');
  t.equal(agnostic.code, 1);
  t.match(agnostic.output, /connect\(\) to 127\.0\.0\.1 failed with error 10061: \w+/);
  t.equal(simple.code, 1);
  t.match(simple.output, 'Unable to establish connection...');
});

for (const runtime of [node, bun]) {
  t.test(`wsapoll on ${runtime.name}`, needs(runtime), async (t) => {
    const { code, output } = await result(runtime, 'wsapoll.ts', '-e', await freePort());
    t.equal(code, 0, output);
    const order = ['Main: Connection established.', 'Main: recvd 37', 'Main: sent 37'];
    t.match(output, new RegExp(order.join('[^]*')));
    const thread = ['Established connection', 'sent 37', 'recvd 37'];
    t.match(output, new RegExp(thread.map((line) => `ConnectThread: ${line}`).join('[^]*')));
  });
}

t.test('bcast sends to all, and the server prints it', needs(node), async (t) => {
  const port = await freePort();
  const server = example(node, 'bcast.ts', '-s', '-e', port);
  await server.says('Waiting');
  const options = ['-c', '-e', port, '-a', '127.255.255.255', '-m', 'to all'];
  const client = await result(node, 'bcast.ts', ...options);
  t.equal(client.code, 0, client.output);
  t.match(client.output, '6 bytes of data broadcast');
  t.equal(await server.ended, 0, server.output);
  t.match(server.output, /IP address -> 127\.0\.0\.1\n[\s\S]*Message text -> to all\n/);
  const ipx = await result(node, 'bcast.ts', '-p', 'i');
  t.match(ipx.output, /needs a Windows that has the protocol IPX\.\n/);
  t.match(ipx.output, /socket failed: 100\d\d\n|Waiting/);

  const slot = `winsock${port}`;
  const reader = example(node, 'bcast.ts', '-p', 'm', '-e', slot);
  await reader.says('Waiting');
  const mailslot = ['-c', '-p', 'm', '-e', slot, '-d', '.', '-m', 'to the slot'];
  const writer = await result(node, 'bcast.ts', ...mailslot);
  const [, id] = /15 bytes of mailslot data broadcast with ID (\d+)\n/.exec(writer.output)!;
  t.equal(await reader.ended, 0, reader.output);
  t.match(reader.output, `of 11 bytes received with ID ${id}\nMessage text -> to the slot\n`);
});

t.test('mcastip: by socket options', needs(node), async (t) => {
  for (const [group, from] of [
    ['239.255.77.1', '127.0.0.1'],
    ['ff01::77', '::1'],
  ] as const) {
    const port = await freePort();
    const options = ['-m', group, '-i', from, '-p', port, '-z', '100', '-l', '1'];
    const receiver = example(node, 'mcastip/ws1.ts', ...options, '-n', '2', '-u');
    await receiver.says('loopback');
    const sender = await result(node, 'mcastip/ws1.ts', '-s', ...options, '-n', '2');
    t.equal(sender.code, 0, sender.output);
    t.match(sender.output, /SENT 100 bytes to/);
    t.equal(await receiver.ended, 0, receiver.output);
    t.match(receiver.output, /(read 100 bytes from <.*>\n){2}/);
  }
});

t.test('recvmsg says which group a datagram was sent to', needs(node), async (t) => {
  const group = ['ff01::77', await freePort(), '-i', '::1', '-b', '::'];
  const { code, output } = await result(node, 'recvmsg.ts', ...group);
  t.equal(code, 0, output);
  t.match(output, /^(Sent 5 bytes\n){5}WSARecvMsg completed with 5 bytes\n/);
  t.match(output, /Sent to ff01::77, interface \d+\n/);
});

t.test('sendmsg answers with the packet information that it received', needs(node), async (t) => {
  const { code, output } = await result(node, 'sendmsg.ts', await freePort());
  t.equal(code, 0, output);
  t.match(output, /^WSARecvMsg 5 bytes\nProcessIpv6Msg:\nPktInfo.ipi6_addr: ::1\n/);
  t.match(output, /ipi6_ifindex: \d+\nWSASendMsg 5 bytes\nWSARecvMsg 5 bytes\n$/);
});
