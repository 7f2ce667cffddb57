/**
 * The examples of raw sockets, of accepting in two ways, and of what not every system has: those say
 * what they need and end.
 */

import t from 'tap';
import { example, freePort, needs, node, result, runtimes } from './examples-support.ts';

for (const runtime of runtimes) {
  for (const type of ['1', '2']) {
    t.test(`accept, type ${type}, on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, 'accept/server.ts', '-t', type, '-e', port);
      await server.says('Listening on [::]');
      for (const scenario of ['1', '2', '4', '5']) {
        const options = ['-e', port, '-b', '20000', '-d', '10', '-s', scenario];
        const client = await result(runtime, 'accept/client.ts', '-n', '127.0.0.1', ...options);
        t.equal(client.code, 0, client.output);
        if (scenario !== '2') t.match(client.output, 'Data verification successful: 20000 bytes');
      }
      const six = await result(runtime, 'accept/client.ts', '-n', '::1', '-e', port, '-l', '2');
      t.equal(six.code, 0, six.output);
      t.match(six.output, '2 successful, 0 failed');
      await server.says(/(Closed a connection[\s\S]*){6}/);
      await server.stop();
    });
  }
}

/** Raw sockets need rights that not every user has. */
const probe = await result(node, 'ping.ts', '-a', '4', '-n', '1', '127.0.0.1');
const raw = {
  ...needs(node),
  skip: probe.output.includes('socket (raw sockets') && 'raw sockets are not allowed here',
};

t.test('ping', raw, async (t) => {
  const { code, output } = await result(
    node,
    'ping.ts',
    '-a',
    '4',
    '-n',
    '2',
    '-l',
    '64',
    '127.0.0.1',
  );
  t.equal(code, 0, output);
  t.match(output, 'Pinging 127.0.0.1 with 64 bytes of data');
  t.match(output, /(Reply from 127\.0\.0\.1: bytes=64 time\S+ TTL=128\n){2}/);
});

t.test('iphdrinc', raw, async (t) => {
  const port = await freePort();
  const receiver = example(node, 'iphdrinc.ts', '-rd', port, '-n', '2');
  await receiver.says('Receiving');
  const options = ['-sp', '5151', '-dp', port, '-n', '1', '-m', 'hello'];
  const short = await result(node, 'iphdrinc.ts', ...options);
  t.equal(short.output, 'sent 33 bytes\n');
  const long = await result(node, 'iphdrinc.ts', ...options, '-z', '3000', '-t', '576');
  t.equal(long.output, `${'sent 572 bytes\n'.repeat(5)}sent 268 bytes\n`, 'in fragments');
  t.equal(await receiver.ended, 0);
  t.match(receiver.output, 'read 5 bytes from 127.0.0.1:5151: hello\n');
  t.match(receiver.output, 'read 3000 bytes from 127.0.0.1:5151: hellohello');
});

t.test('lsp: the catalog of providers', needs(node), async (t) => {
  const { code, output } = await result(node, 'lsp.ts');
  t.equal(code, 0, output);
  t.match(output, /AF_INET, SOCK_STREAM, protocol 6, base/);
  t.match(output, /[1-9]\d* providers\n$/);
});

/** What it does where it has what it needs, or else that it says so. */
const elsewhere: readonly [file: string, args: string[], success: RegExp, lack: RegExp][] = [
  ['lsp.ts', ['-d'], /bound socket \d+ to a port/, /needs Windows/],
  ['rnr2.ts', [], /^\d+ {2}\S/, /needs Windows/],
  ['rnr2.ts', ['-c'], /servers found/, /WSALookupServiceBegin error/],
  ['rcvall.ts', ['-i', '127.0.0.1', '-n', '0'], /Binding to/, /needs Windows/],
  ['port-reservation.ts', [], /Released the reservation/, /needs Windows/],
  ['ecn.ts', [], /ECN code point: 2/, /needs Windows/],
  ['timestamping.ts', [], /latency estimate/, /needs Windows/],
  ['qos/qossample.ts', ['-c', '127.0.0.1', '1000000', '-n', '1'], /Bursts of/, /needs Windows/],
  ['qos/tcsample.ts', ['-w', '1'], /The flow exists/, /needs Windows/],
  ['bluetooth.ts', ['-n', 'nobody'], /No device is called/, /needs Windows/],
  ['namingapi.ts', ['a@sampleprovider.net'], /is published/, /needs Windows/],
  ['namingapi.ts', ['-p'], /until Ctrl-C/, /needs Windows/],
  ['securesocket/client.ts', ['127.0.0.1'], /WSAConnect/, /needs Windows/],
];

t.test('what this system may lack', { ...needs(node), timeout: 120_000 }, async (t) => {
  await Promise.all(
    elsewhere.map(async ([file, args, success, lack]) => {
      const { output } = await result(node, file, ...args);
      t.ok(success.test(output) || lack.test(output), `${file}: ${output}`);
      t.notMatch(output, /^ {4}at /m, `${file} does not crash`);
    }),
  );
});

t.test('servers that this system may lack', needs(node), async (t) => {
  for (const [file, ready] of [
    ['socket-notifications.ts', 'Waiting for notifications'],
    ['rio-echo.ts', 'Receiving on port'],
  ] as const) {
    const server = example(node, file, '-e', await freePort());
    await server.says(new RegExp(`${ready}|needs Windows`));
    await server.stop();
    t.notMatch(server.output, /^ {4}at /m, file);
  }
});
