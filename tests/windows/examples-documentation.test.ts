/** The complete programs of the documentation: client and server as processes that talk to each other. */

import t from 'tap';
import { example, freePort, needs, result, runtimes } from './examples-support.ts';

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
}
