import { fileURLToPath } from 'node:url';
import t from 'tap';
import { isWine } from '../support/native.ts';
import { runProgram } from '../support/programs.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const traced = fileURLToPath(new URL('../calls/cases/traced.ts', import.meta.url));

for (const [name, executable] of [
  ['this Node.js', process.execPath],
  ['Bun', process.env.WINSOCK_BUN],
] as const) {
  const skip = executable === undefined && `no ${name} here`;
  const winsock = (...args: string[]) => runProgram(executable!, [cli, ...args]);

  t.test(`catalog on ${name}`, { skip }, async (t) => {
    const { output, errors, code } = await winsock('catalog', '--json');
    t.equal(code, 0, errors);
    const { protocols } = JSON.parse(output) as { protocols: Record<string, string>[] };
    const tcp = protocols.find(
      ({ family, type }) => family === 'AF_INET' && type === 'SOCK_STREAM',
    );
    t.match(tcp, { protocol: 'IPPROTO_TCP', chain: 'base', provider: /^\{[0-9a-f-]{36}\}$/ });
    if (!isWine()) t.match(tcp?.dll, /\.dll$/i);
    t.match((await winsock('catalog')).output, /AF_INET +SOCK_STREAM +IPPROTO_TCP +base/);
  });

  t.test(`errors on ${name} has the system’s text`, { skip }, async (t) => {
    t.match((await winsock('errors', '10061')).output, /^Windows says +\S/m);
  });

  t.test(`trace on ${name}`, { skip }, async (t) => {
    const { errors } = await winsock('trace', '--only', 'socket', traced);
    t.match(errors, /^socket\(AF_INET, SOCK_DGRAM, IPPROTO_UDP\) = \d+/m);
    t.notMatch(errors, /^WSAStartup/m);
  });
}
