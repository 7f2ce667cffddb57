/** The examples of overlapped sockets and completion ports. */

import t from 'tap';
import { example, freePort, needs, node, result, runtimes } from './support.ts';

for (const runtime of runtimes) {
  t.test(`overlap on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'overlap.ts', '-i', '127.0.0.1', '-e', port);
    await server.says('Listening on');
    const options = ['-n', '127.0.0.1', '-e', port, '-l', '3'];
    const clients = await Promise.all(
      Array.from({ length: 3 }, () => result(runtime, 'simple/client.ts', ...options)),
    );
    for (const { code, output } of clients) {
      t.equal(code, 0, output);
      t.match(output, 'data [A message from the client, number 2]');
    }
    await server.says(/(Queueing read[\s\S]*){9}/);
    await server.stop();
  });
}

for (const runtime of runtimes) {
  for (const file of ['iocp/server.ts', 'iocp/serverex.ts']) {
    t.test(`${file} on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, file, `-e:${port}`, '-v');
      await server.says('Listening');
      const options = ['-n:127.0.0.1', `-e:${port}`, '-t:3', '-l:50', '-b:16'];
      const client = await result(runtime, 'iocp/client.ts', ...options);
      t.equal(client.code, 0, client.output);
      t.match(client.output, '3 threads are done, 0 of them in error');
      await server.says(
        /(CloseClient: Socket\(\d+\) connection closing \(graceful=true\)[\s\S]*){3}/,
      );
      t.match(server.output, /WorkerThread \d: Socket\(\d+\) Send completed/);
      t.notMatch(server.output, 'Failed');
      await server.stop();
    });
  }
}

t.test('the load client without a server', needs(node), async (t) => {
  const port = await freePort();
  const { code, output } = await result(node, 'iocp/client.ts', `-e:${port}`, '-n:127.0.0.1');
  t.equal(code, 1);
  t.match(output, 'connect(thread 0) failed: 10061');
});
