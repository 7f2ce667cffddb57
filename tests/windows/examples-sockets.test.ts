/** The examples of blocking sockets and select: client and server as processes that talk to each other. */

import net from 'node:net';
import t from 'tap';
import { example, freePort, needs, node, result, runtimes } from './examples-support.ts';

for (const runtime of runtimes) {
  t.test(`getting-started on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'getting-started/server.ts', port);
    // The server says nothing before it has a client, so the client tries until it is there.
    let client = await result(runtime, 'getting-started/client.ts', '127.0.0.1', port);
    for (let i = 0; i < 20 && client.output.includes('Unable to connect'); i++) {
      client = await result(runtime, 'getting-started/client.ts', '127.0.0.1', port);
    }
    t.equal(client.output, 'Bytes Sent: 14\nBytes received: 14\nConnection closed\n');
    t.equal(client.code, 0);
    t.equal(await server.ended, 0);
    t.equal(server.output, 'Bytes received: 14\nBytes sent: 14\nConnection closing...\n');
  });

  for (const protocol of ['tcp', 'udp']) {
    t.test(`ip-agnostic over ${protocol} on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, 'ip-agnostic/server.ts', '-t', protocol, '-p', port);
      await server.says('protocol family inet6');
      for (const [host, family] of [
        ['127.0.0.1', 'inet'],
        ['::1', 'inet6'],
      ] as const) {
        const options = ['-s', host, '-t', protocol, '-p', port, '-n', '2', '-b', '100'];
        const client = await result(runtime, 'ip-agnostic/client.ts', ...options);
        t.equal(client.code, 0, client.output);
        t.match(client.output, `Connected to ${host}, port ${port}, with ${protocol}`);
        t.match(client.output, /Sent 111 bytes out of 111 bytes\nReceived 111 bytes/, family);
        t.match(client.output, 'Message #2');
        await server.says(`from ${host}`);
      }
      await server.stop();
    });
  }
}

for (const protocol of ['tcp', 'udp']) {
  t.test(`ipv4-only over ${protocol}`, needs(node), async (t) => {
    const port = await freePort();
    const server = example(node, 'ipv4-only/server.ts', '-p', protocol, '-e', port);
    await server.says('listening');
    const options = ['-p', protocol, '-n', '127.0.0.1', '-e', port, '-l', '2'];
    const client = await result(node, 'ipv4-only/client.ts', ...options);
    t.equal(client.code, 0, client.output);
    t.match(client.output, 'received 38 bytes, data "This is a test message from client #1"');
    await server.says('client #1');
    await server.stop();
  });

  t.test(`simple over ${protocol}`, needs(node), async (t) => {
    const port = await freePort();
    const server = example(node, 'simple/server.ts', '-p', protocol, '-e', port);
    await server.says(/address :: and/);
    for (const family of ['-4', '-6']) {
      const host = family === '-4' ? '127.0.0.1' : '::1';
      const options = [family, '-p', protocol, '-n', host, '-e', port, '-l', '2'];
      const client = await result(node, 'simple/client.ts', ...options);
      t.equal(client.code, 0, client.output);
      t.match(client.output, 'data [A message from the client, number 1]');
      await server.says(`host ${host}`);
    }
    await server.stop();
  });
}

t.test('simple: several clients at a time', needs(node), async (t) => {
  for (const file of ['simple/server.ts', 'simple/server-ioctl.ts']) {
    const port = await freePort();
    const server = example(node, file, '-e', port);
    await server.says(/:: and/);
    const sent = Buffer.alloc(100_000, file);
    const received = await Promise.all(Array.from({ length: 5 }, () => echo(Number(port), sent)));
    t.ok(
      received.every((data) => data.equals(sent)),
      file,
    );
    await server.stop();
  }
});

/** What a server sends back. */
function echo(port: number, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(port, '127.0.0.1', () => socket.end(data));
    socket.on('error', reject);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

t.test('a client without a server', needs(node), async (t) => {
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

t.test('bcast', needs(node), async (t) => {
  const port = await freePort();
  const server = example(node, 'bcast.ts', '-s', '-e', port);
  await server.says('Waiting');
  const options = ['-c', '-e', port, '-a', '127.255.255.255', '-m', 'to all'];
  const client = await result(node, 'bcast.ts', ...options);
  t.equal(client.code, 0, client.output);
  t.match(client.output, '6 bytes of data broadcast');
  t.equal(await server.ended, 0);
  t.match(server.output, /IP address -> 127\.0\.0\.1\n[\s\S]*Message text -> to all\n/);
  const ipx = await result(node, 'bcast.ts', '-p', 'i');
  t.equal(ipx.code, 1);
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

t.test('mcastip: by WSAJoinLeaf', needs(node), async (t) => {
  const { code, output } = await result(node, 'mcastip/ws2.ts', '-i', '127.0.0.1', '-p', '0', '-s');
  t.match(output, 'joining group: 234.5.6.7');
  // Wine has the function but does nothing in it.
  if (code !== 0) t.match(output, /WSAJoinLeaf failed/);
});

t.test('recvmsg', needs(node), async (t) => {
  const { code, output } = await result(node, 'recvmsg.ts', '-i', '127.0.0.1');
  t.equal(code, 0, output);
  t.match(output, /Sent 27 bytes\nWSARecvMsg completed with 27 bytes\n/);
  t.match(output, /Sent to 239\.255\.77\.3, interface \d+\n/);
});

t.test('sendmsg', needs(node), async (t) => {
  for (const address of ['127.0.0.1', '::1']) {
    const { code, output } = await result(node, 'sendmsg.ts', address);
    t.equal(code, 0, output);
    t.match(output, /WSASendMsg 16 bytes\nWSARecvMsg 16 bytes from/);
  }
});
