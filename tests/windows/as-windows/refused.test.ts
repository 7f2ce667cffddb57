// The same programs over winsock/io and node:net, on what answers as Windows.

import { spawn } from 'node:child_process';
import t from 'tap';
import { asWindows, needsAsWindows } from '../support/as-windows.ts';

/** Connects to a port of this computer on which nobody listens, and gives the code and milliseconds. */
const PROGRAM = {
  'winsock/io': `
    import { connect } from 'winsock/io';
    const refused = () => connect({ host: '127.0.0.1', port: 1 });`,
  'node:net': `
    import net from 'node:net';
    const refused = () => new Promise((resolve, reject) => {
      net.connect({ host: '127.0.0.1', port: 1 }).on('connect', resolve).on('error', reject);
    });`,
};
const MEASURE = `
  await refused().catch(() => undefined);
  const began = performance.now();
  const code = await refused().then(() => 'connected', (error) => error.code);
  console.log(JSON.stringify({ code, milliseconds: Math.round(performance.now() - began) }));`;

function run(program: string): Promise<{ code: string; milliseconds: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program + MEASURE], {
    env: asWindows('refused-late'),
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

t.test('a refused connection of this computer', needsAsWindows, async (t) => {
  for (const [name, program] of Object.entries(PROGRAM)) {
    const { code, milliseconds } = await run(program);
    t.match(code, /ECONNREFUSED$/, name);
    t.comment(`${name}: ${code} after ${milliseconds} ms`);
  }
});
