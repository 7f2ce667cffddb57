/** The complete programs of the documentation: client and server as processes that talk to each other. */

import t from 'tap';
import { example, freePort, needs, result, runtimes } from './support.ts';

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
    t.equal(await server.ended, 0, server.output);
    t.equal(server.output, 'Bytes received: 14\nBytes sent: 14\nConnection closing...\n');
  });

  t.test(`ip-agnostic, at the second address on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'ip-agnostic/server.ts', '-f', 'PF_INET', '-p', port);
    await server.says('protocol family PF_INET');
    const client = await result(runtime, 'ip-agnostic/client.ts', '-p', port);
    t.match(client.output, 'connect() to ::1 failed with error 10061');
    t.match(client.output, `Connected to 127.0.0.1, port ${port}, protocol TCP`);
    t.equal(client.code, 0, client.output);
    await server.stop();
  });

  for (const protocol of ['tcp', 'udp']) {
    t.test(`ip-agnostic over ${protocol} on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, 'ip-agnostic/server.ts', '-t', protocol, '-p', port);
      await server.says('protocol family PF_INET6');
      for (const [host, family] of [
        ['127.0.0.1', 'PF_INET'],
        ['::1', 'PF_INET6'],
      ] as const) {
        // The server's buffer has room for 64 bytes: a stream may have more.
        const bytes = protocol === 'tcp' ? 100 : 40;
        const options = ['-s', host, '-t', protocol, '-p', port, '-n', '2', '-b', String(bytes)];
        const client = await result(runtime, 'ip-agnostic/client.ts', ...options);
        t.equal(client.code, 0, client.output);
        const as = `protocol ${protocol.toUpperCase()}, protocol family ${family}`;
        t.match(client.output, `Connected to ${host}, port ${port}, ${as}\nUsing local address`);
        const sent = `Sent ${10 + bytes} bytes (out of ${10 + bytes} bytes) of data: [Message #2 !"#`;
        t.match(client.output, sent);
        const received = [...client.output.matchAll(/Received (\d+) bytes from server/g)];
        t.equal(
          received.reduce((sum, [, n]) => sum + Number(n), 0),
          2 * (10 + bytes),
          client.output,
        );
        await server.says(`from ${host}`);
      }
      await server.stop();
    });
  }
}

for (const runtime of runtimes) {
  for (const protocol of ['tcp', 'udp']) {
    t.test(`ipv4-only over ${protocol} on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, 'ipv4-only/server.ts', '-p', protocol, '-e', port);
      await server.says('listening');
      const options = ['-p', protocol, '-n', '127.0.0.1', '-e', port];
      // A connection is good for one message; to a datagram socket a client sends several.
      const loops = protocol === 'udp' ? ['-l', '2'] : [];
      for (let i = 0; i < 2; i++) {
        const client = await result(runtime, 'ipv4-only/client.ts', ...options, ...loops);
        t.equal(client.code, 0, client.output);
        const number = protocol === 'udp' ? 1 : 0;
        const message = `This is a test message from client #${number}`;
        t.match(client.output, `received 128 bytes, data "${message}"`);
        t.equal(client.output.includes('terminating connection'), protocol === 'tcp');
      }
      const last = protocol === 'udp' ? 'looping back for more' : 'terminating connection';
      await server.says(new RegExp(`(${last}[\\s\\S]*){2}`));
      await server.stop();
    });
  }

  t.test(`ipv4-only at one address on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'ipv4-only/server.ts', '-i', '127.0.0.1', '-e', port);
    await server.says('listening');
    const elsewhere = await result(runtime, 'ipv4-only/client.ts', '-n', '127.0.0.2', '-e', port);
    t.equal(elsewhere.code, 1);
    t.match(elsewhere.output, 'connect() failed: 10061');
    const here = await result(runtime, 'ipv4-only/client.ts', '-n', '127.0.0.1', '-e', port);
    t.equal(here.code, 0, here.output);
    await server.stop();
  });
}
