// Sockets of winsock/io where Windows answers otherwise than Wine.

import { spawn } from 'node:child_process';
import t from 'tap';
import { asWindows, needsAsWindows } from '../support/as-windows.ts';

/** What a program tells, as a value. */
function run(differences: string, program: string): Promise<unknown> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: asWindows(differences),
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('../../..', import.meta.url),
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(JSON.parse(output)));
  });
}

t.test('receives that fail again and again are told once', needsAsWindows, async (t) => {
  for (const [differences, code] of [
    ['receive-fails', 'WSAENETDOWN'],
    ['unbound-receive', undefined],
  ] as const) {
    const told = (await run(
      differences,
      `import { CompletionPort, UdpSocket } from 'winsock/io';
       const socket = new UdpSocket();
       const errors = [];
       socket.on('error', (error) => errors.push(error.code));
       socket.on('message', () => {});
       await socket.send('x', { address: '255.255.255.255', port: 9 }).catch(() => {});
       if (${differences === 'receive-fails'}) socket.bind?.call && await socket.send('x', { address: '127.0.0.1', port: 9 });
       await new Promise((turn) => setTimeout(turn, 1000));
       const { completedAtStart } = CompletionPort.default.stats();
       console.log(JSON.stringify({ errors, flood: completedAtStart > 1000 }));
       process.exit();`,
    )) as { errors: string[]; flood: boolean };
    t.same(told, { errors: code ? [code] : [], flood: false }, differences);
  }
});

t.test('a peer that has closed is ECONNRESET, as in node:net', needsAsWindows, async (t) => {
  const program = (connect: string) => `
    import net from 'node:net';
    import { createConnection } from 'winsock/io';
    const server = net.createServer((s) => { s.on('error', () => {}); s.resume(); setTimeout(() => s.destroy(), 100); });
    server.listen(0, '127.0.0.1', () => {
      const stream = ${connect}({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true });
      const codes = new Set();
      stream.on('error', (error) => codes.add(error.code)).resume();
      const writing = setInterval(() => stream.write('x'), 20);
      stream.on('close', () => {
        clearInterval(writing);
        server.close();
        console.log(JSON.stringify([...codes]));
      });
    });`;
  t.same(
    await run('aborted', program('createConnection')),
    await run('aborted', program('net.connect')),
  );
});
