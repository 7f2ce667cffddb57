import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { isWine } from '../support/native.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const traced = fileURLToPath(new URL('../calls/cases/traced.ts', import.meta.url));

for (const [name, executable] of [
  ['this Node.js', process.execPath],
  ['Bun', process.env.WINSOCK_BUN],
] as const) {
  const skip = executable === undefined && `no ${name} here`;
  const winsock = (...args: string[]) =>
    spawnSync(executable!, [cli, ...args], { encoding: 'utf8' });

  t.test(`catalog on ${name}`, { skip }, async (t) => {
    const { stdout, stderr, status } = winsock('catalog', '--json');
    t.equal(status, 0, stderr);
    const { protocols } = JSON.parse(stdout) as { protocols: Record<string, string>[] };
    const tcp = protocols.find(
      ({ family, type }) => family === 'AF_INET' && type === 'SOCK_STREAM',
    );
    t.match(tcp, { protocol: 'IPPROTO_TCP', chain: 'base', provider: /^\{[0-9a-f-]{36}\}$/ });
    if (!isWine()) t.match(tcp?.dll, /\.dll$/i);
    t.match(winsock('catalog').stdout, /AF_INET +SOCK_STREAM +IPPROTO_TCP +base/);
  });

  t.test(`errors on ${name} has the system’s text`, { skip }, async (t) => {
    t.match(winsock('errors', '10061').stdout, /^Windows says +\S/m);
  });

  t.test(`trace on ${name}`, { skip }, async (t) => {
    const { stderr } = winsock('trace', '--only', 'socket', traced);
    t.match(stderr, /^socket\(AF_INET, SOCK_DGRAM, IPPROTO_UDP\) = \d+/m);
    t.notMatch(stderr, /^WSAStartup/m);
  });
}
