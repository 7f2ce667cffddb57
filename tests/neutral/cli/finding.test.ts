// Any name of any entry point is found, and what does something by the words of a task.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import t from 'tap';
import { errorName } from 'winsock';
import { surfaceOf } from '../../../scripts/fixtures/surface.ts';

const cli = path.resolve(import.meta.dirname, '../../../dist/cli.js');

function winsock(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

t.test('fn knows what is no function of a header', async (t) => {
  const known: [name: string, said: RegExp][] = [
    [
      'TcpSocket.read',
      /^method +TcpSocket\.read\n[\s\S]*import \{ TcpSocket \} from 'winsock\/io'/,
    ],
    ['UdpSocket', /^class +UdpSocket\n[\s\S]*^ *has +[\s\S]*\breceive: The next datagram/m],
    ['TcpServerOptions', /^interface[\s\S]*accepts:[\s\S]*import \{ type TcpServerOptions \}/],
    ['nameOf', /^function +nameOf\n[\s\S]*from 'winsock\/names'/],
    ['AF_INET', /^constant +AF_INET\n +IPv4: sockaddr_in\.\nvalue +2\nheader +ws2def\.h\n/],
    ['SO_RCVTIMEO', /^ +DWORD: how long a blocking receive waits, in milliseconds/m],
    ['WSAECONNRESET', /^value +10054, 0x2746$/m],
    ['sockaddr_in', /^struct +sockaddr_in\n[\s\S]*sin_port/],
    ['timeout', /OperationOptions\.timeout\n +Milliseconds/],
    ['DWORD', /^type +DWORD\nis +uint32\n/],
  ];
  for (const [name, said] of known) t.match(winsock('fn', name).stdout, said, name);
});

t.test('fn shows a name of two entry points twice', async (t) => {
  const { stdout } = winsock('fn', 'connect');
  t.match(stdout, /from 'winsock';[\s\S]*from 'winsock\/io';/);
  const data = JSON.parse(winsock('fn', 'connect', '--json').stdout) as { others: unknown[] };
  t.ok(data.others.length > 0);
});

t.test('find knows tasks, parts of names and words of texts', async (t) => {
  const first = (...words: string[]) =>
    winsock('find', ...words)
      .stdout.split('\n')
      .slice(2, 7)
      .map((line) => line.split(' ')[0]);
  t.ok(first('ping').includes('IcmpSendEcho'));
  t.ok(first('process', 'id').includes('tcpTable'));
  t.ok(first('timeout').includes('SO_RCVTIMEO'));
  t.equal(first('keepalive')[0], 'SIO_KEEPALIVE_VALS');
  const { code, stderr } = winsock('find', 'recieve');
  t.equal(code, 1);
  t.match(stderr, /Similar: .*receive/);
});

t.test('the tasks name what there is', async (t) => {
  const { TASKS } = await import('../../../lib/cli/tasks.ts');
  const entries = ['index', 'io', 'iphlpapi', 'kernel', 'names', 'spi', 'qos'];
  const modules = await Promise.all(
    entries.map((entry) => import(`../../../dist/${entry}.js`) as Promise<object>),
  );
  const published = entries.map(surfaceOf).join('\n');
  for (const name of new Set(Object.values(TASKS).flat())) {
    const [owner, member] = name.split('.');
    const isThere =
      member === undefined
        ? modules.some((one) => Object.hasOwn(one, name))
        : new RegExp(`^${owner}\\n(?: .*\\n)*?.*\\b${member}\\b`, 'm').test(published);
    t.ok(isThere, name);
  }
});

t.test('errors tells the causes that people met, with where to read on', async (t) => {
  const { CAUSES } = await import('../../../lib/cli/causes.ts');
  t.ok(Object.keys(CAUSES).length > 10);
  t.match(winsock('errors', '10013').stdout, /^often +[\s\S]*excludedportrange/m);
  for (const [code, causes] of Object.entries(CAUSES)) {
    t.ok(errorName(Number(code)), `${code} is an error`);
    for (const { what, remedy, see = 'https://' } of causes) {
      t.ok(what && remedy && see.startsWith('https://'), `${code}: ${what}`);
    }
  }
});

t.test('trace refuses a function that there is not', async (t) => {
  const { code, stderr } = winsock('trace', '--only', 'sokcet', 'program.js');
  t.equal(code, 2);
  t.match(stderr, /there is no function sokcet\. Similar: socket/);
  t.notMatch(winsock('trace', '--only', 'AcceptEx,WSA*', 'none.js').stderr, /no function/);
});
