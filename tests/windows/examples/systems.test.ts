/**
 * The examples of raw sockets, of accepting in two ways, and of what not every system has: those say
 * what they need and end.
 */

import dgram from 'node:dgram';
import t from 'tap';
import { inParallel } from '../../../scripts/host/system/in-parallel.ts';
import { isWine } from '../support/native.ts';
import { example, freePort, needs, node, result, runtimes } from './support.ts';

for (const runtime of runtimes) {
  for (const type of ['1', '2']) {
    t.test(`accept, type ${type}, on ${runtime.name}`, needs(runtime), async (t) => {
      const port = await freePort();
      const server = example(runtime, 'accept/server.ts', '-t', type, '-e', port);
      await server.says('Listening on [::]');
      for (const scenario of ['1', '2', '3', '4', '5']) {
        // Neither side would get on with more than the buffers hold, but where one receives meanwhile.
        const bytes = scenario === '5' ? '3000000' : '20000';
        const options = ['-e', port, '-b', bytes, '-d', '10', '-s', scenario];
        const client = await result(runtime, 'accept/client.ts', '-n', '127.0.0.1', ...options);
        t.equal(client.code, 0, client.output);
        const received = scenario === '2' ? '0' : bytes;
        t.match(client.output, `Total bytes received = ${received}, total bytes sent = ${bytes}\n`);
      }
      const six = await result(runtime, 'accept/client.ts', '-n', '::1', '-e', port, '-l', '2');
      t.equal(six.code, 0, six.output);
      t.match(six.output, 'Performing iteration 2\nConnected to [::1]');
      await server.says(/(Closed socket[\s\S]*){7}/);
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

t.test('ping prints each reply', raw, async (t) => {
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

t.test('iphdrinc sends datagrams with headers of its own, in fragments', raw, async (t) => {
  for (const [option, socket] of [
    ['-rd', 'SOCK_DGRAM'],
    ['-r', 'SOCK_RAW'],
  ] as const) {
    const port = await freePort();
    const receiver = example(node, 'iphdrinc.ts', option, port, '-n', '2');
    await receiver.says('binding to');
    const options = ['-sp', '5151', '-dp', port, '-n', '1', '-m', 'hello'];
    const short = await result(node, 'iphdrinc.ts', ...options);
    t.match(short.output, /Message Size {7}: 5\n[\s\S]*\n1 fragments required\nsent 33 bytes\n$/);
    const long = await result(node, 'iphdrinc.ts', ...options, '-z', '3000', '-t', '576');
    t.match(long.output, `6 fragments required\n${'sent 572 bytes\n'.repeat(5)}sent 268 bytes\n`);
    t.equal(await receiver.ended, 0, receiver.output);
    t.match(receiver.output, `Socket Type        : ${socket}\n`);
    t.match(receiver.output, /Read 5 bytes from 127\.0\.0\.1:\d+: hello\n/);
    t.match(receiver.output, /Read 3000 bytes from 127\.0\.0\.1:\d+: hellohello/);
  }
});

t.test('lsp: prints the catalog of providers', needs(node), async (t) => {
  const { code, output } = await result(node, 'lsp.ts', '-p');
  t.equal(code, 0, output);
  t.match(output, /^\n\nWinsock 64-bit Catalog:\n=+\n(\d{4,} - \S.*\n)+$/);
  const verbose = await result(node, 'lsp.ts', '-p', '-v');
  t.match(verbose.output, /^Path: .+\nWSAPROTOCOL_INFOW {/m);
  t.match(verbose.output, /iSocketType: 1,\s+iProtocol: 6,/);
});

t.test('lsp: what is not there is not installed over or removed', needs(node), async (t) => {
  const over = await result(node, 'lsp.ts', '-i', '-o', '9999998', '-d', 'C:\\layer.dll');
  t.match(over.output, 'There is no provider of such an id');
  const removed = await result(node, 'lsp.ts', '-r', '9999998');
  t.match(removed.output, 'No LSPs to remove');
  for (const { code, output } of [over, removed]) {
    t.equal(code, 1);
    t.match(output, /^This program needs Windows for that/);
  }
});

t.test('lsp: prints the catalog that is asked for', needs(node), async (t) => {
  const map = await result(node, 'lsp.ts', '-m');
  t.equal(map.code, 0, map.output);
  t.match(map.output, /^\n64-bit Winsock LSP Map:\n\n(\nNo LSPs are installed\n\n| {2}0 LSP: )/);

  // The 32-bit catalog is printed, or what this system lacks is said, after the 64-bit one.
  const both = await result(node, 'lsp.ts', '-p', '-c', 'b');
  // What is said on the other stream may come in between.
  const lack = /^.*no function WSCEnumProtocols32\n/m;
  const printed = both.output.replace(lack, '');
  t.match(printed, /Winsock 64-bit Catalog:\n=+\n(\d{4,} - \S.*\n)+\n\nWinsock 32-bit Catalog:\n/);
  t.match(both.output, both.code === 0 ? /(\d{4,} - \S.*\n)$/ : lack);

  const one = await result(node, 'lsp.ts', '-i', '-a', '-d', 'C:\\layer.dll', '-c', '6');
  t.match(one.output, '-i always installs into both catalogs');
  t.equal(one.code, 1);
});

t.test(
  'lsp: installing says which function this system lacks',
  { ...needs(node), skip: !isWine() && 'it would change the catalog of this system' },
  async (t) => {
    const dlls = ['-d', 'C:\\layer.dll', '-d32', 'C:\\layer32.dll'];
    const { code, output } = await result(node, 'lsp.ts', '-i', '-a', ...dlls);
    t.match(output, "LSP name is 'Sample LSP'\n");
    t.match(output, 'no function WSCInstallProviderAndChains64_32');
    t.equal(code, 1);
  },
);

/** A stub of Wine ends the process, which has said nothing more. */
const ENDED = /^This program needs Windows.*\n$/;

/**
 * Each says at its start what it needs; then it does it, or says what has failed: a function by its name,
 * or what it has not found.
 */
const elsewhere: readonly [file: string, args: string[], success: RegExp, lack: RegExp][] = [
  ['lsp.ts', ['-w'], /bound socket \d+ to a port/, /The provider of this system has no DLL/],
  ['rnr2.ts', ['-c', '-n', '*'], /No more matches/, /Function WSALookupServiceBegin failed/],
  ['rnr2.ts', ['-s'], /Wait for client/, /WSAInstallServiceClass error \d+/],
  ['rcvall.ts', ['-i', '127.0.0.1', '-n', '0'], /Binding to/, /WSASocket\(\) failed/],
  [
    'mcastip/ws2.ts',
    ['-i', '127.0.0.1', '-p', '0', '-s', '-n', '1'],
    /wrote/,
    /WSAJoinLeaf failed/,
  ],
  [
    'port-reservation.ts',
    ['2', '2', '17', '0', '20'],
    /Number of Ports=20, [\s\S]*Port number allocated = \d+\nWSAIoctl\(SIO_RELEASE_PORT_RESERVATION\) succ/,
    /socket function succeeded\nWSAIoctl\(SIO_ACQUIRE_PORT_RESERVATION\) failed with error = \d+\n$/,
  ],
  ['ecn.ts', [], /ECN code point: 2/, /setsockopt\(IP_RECVECN\) failed \d+\n$/],
  ['ecn.ts', ['-a', '::1'], /ECN code point: 2/, /setsockopt\(IPV6_RECVECN\) failed \d+\n$/],
  ['timestamping.ts', [], /RX latency estimation/, /WSAIoctl\(SIO_TIMESTAMPING\) failed/],
  [
    'qos/qossample.ts',
    ['-c', '127.0.0.1', '1000000'],
    /In packets of 1400 bytes\n\t - In bursts of 3 packets every 25/,
    /QOSCreateHandle failed/,
  ],
  [
    'qos/tcsample.ts',
    ['-destip', '192.0.2.1', '-proto', 'udp', '-destport', '9', '-dscp', '40', '-onep', '3'],
    /DSCP: 40\n\t802.1p: 3\n[\s\S]*Dest Port: 9\n\tProtocol: UDP\n[\s\S]*Press Ctrl-C/,
    /DSCP: 40\n\t802.1p: 3\n[\s\S]*Dest Port: 9\n\tProtocol: UDP\nTcRegisterClient failed: 120 /,
  ],
  [
    'bluetooth.ts',
    ['-a', '00:11:22:33:44:55'],
    /Sending following data string/,
    /Unable to get address of the remote radio|(socket|connect)\(\) call failed/,
  ],
  ['bluetooth.ts', [], /Received/, /socket\(\) call failed. WSAGetLastError=\[\d+\]/],
  [
    'namingapi.ts',
    ['a@sampleprovider.net', 'service'],
    /Publishing SUCCEEDED/,
    /-\nPublishing the following addresses:\n(\[.*\]:0\n)+-+\n\nPublishing FAILED - error = \d+\n$|No address/,
  ],
  ['namingapi.ts', ['-run'], /Hit Enter to quit/, /no function WSAAdvertiseProvider/],
  [
    'namingapi.ts',
    ['-install'],
    /Successfully installed|Failed to install/,
    /no function WSCInstallNameSpaceEx/,
  ],
  ['securesocket/client.ts', ['127.0.0.1'], /WSAConnect/, ENDED],
  ['securesocket/server.ts', [], /Listening/, ENDED],
  [
    'securesocket/server.ts',
    ['-adv', '{01234567-89ab-cdef-0123-456789abcdef}'],
    /returned error/,
    ENDED,
  ],
];

/** What would change a system that has what it needs, or wait for a device that nobody brings. */
const NOT_HERE = /^(namingapi|rnr2\.ts,-s|bluetooth|qos|securesocket)/;
const asked = elsewhere.filter(
  ([file, args]) => isWine() || !NOT_HERE.test([file, ...args].join(',')),
);

t.test('what this system may lack', { ...needs(node), timeout: 240_000 }, async (t) => {
  await inParallel(asked, 4, async ([file, args, success, lack]) => {
    const run = example(node, file, ...args);
    // Some are servers where they have what they need.
    await run.says(success).catch(() => undefined);
    await run.stop();
    const { output } = run;
    t.match(output, /^This program needs Windows\b/, file);
    t.ok(success.test(output) || lack.test(output), `${file}: ${output}`);
    t.notMatch(output, /^ {4}at /m, `${file} does not crash`);
  });
});

t.test('qossample: the server counts', needs(node), async (t) => {
  const server = example(node, 'qos/qossample.ts', '-s');
  await server.says('# packets');
  const socket = dgram.createSocket('udp4');
  const four = setInterval(() => socket.send(Buffer.alloc(1000), 40007, '127.0.0.1'), 20);
  const six = dgram.createSocket('udp6');
  await server.says(/ \d+ \| +\d*[1-9]\d*000 \|\n/);
  clearInterval(four);
  // The count begins anew each second.
  await server.says(/000 \|\n( +\d+ \| +\d+ \|\n)* {9}0 \| {10}0 \|\n/);
  const again = setInterval(() => six.send(Buffer.alloc(125), 40007, '::1'), 20);
  await server.says(/ 0 \|\n +\d+ \| +[1-9]\d* \|\n/);
  clearInterval(again);
  socket.close();
  six.close();
  await server.stop();
  for (const [, packets, bits] of server.output.matchAll(/(\d+) \| +(\d+) \|\n/g)) {
    t.ok(
      [0, 8000, 1000].includes(Number(bits) / Math.max(1, Number(packets))),
      `${packets}, ${bits}`,
    );
  }
});

t.test('servers that this system may lack', needs(node), async (t) => {
  for (const [file, args, ready] of [
    ['socket-notifications.ts', [], 'Waiting for notifications'],
    ['socket-notifications.ts', ['-s', 'poll'], '(Received client data.[^]*)Client hung up'],
    ['socket-notifications.ts', ['-s', 'edge'], 'Received all data'],
    ['rio-echo.ts', [], 'Receiving on port'],
  ] as const) {
    const server = example(node, file, ...args, '-e', await freePort());
    await server.says(new RegExp(`${ready}|failed|no function`));
    await server.stop();
    t.match(server.output, /^This program needs Windows/, file);
    t.notMatch(server.output, /^ {4}at /m, file);
  }
});
