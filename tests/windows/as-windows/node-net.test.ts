// The same programs over node:net and winsock/io, on what answers as Windows: what libuv gets right there
// has winsock/io to get right as well.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { asWindows, needsAsWindows } from '../support/as-windows.ts';

type Told = Record<string, { fate: string; milliseconds: number }>;

const script = fileURLToPath(new URL('cases/same.ts', import.meta.url));

function run(api: string): Promise<Told> {
  const child = spawn(process.execPath, [script, api], {
    env: asWindows('all'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(JSON.parse(output) as Told));
  });
}

/** What node:net says of each. */
const RIGHT = {
  'a refused connection of this computer': 'ECONNREFUSED',
  'a connection to the unspecified address': 'connected',
  'a stream that goes on sending to a peer that has closed': 'ECONNRESET',
  'a stream destroyed while it receives': 'closed',
};

t.test('what becomes of streams', needsAsWindows, async (t) => {
  const [net, io] = [await run('node:net'), await run('winsock/io')];
  for (const [name, fate] of Object.entries(RIGHT)) {
    t.equal(net[name]?.fate, fate, `${name}, over node:net`);
    t.comment(
      `${name}: node:net ${JSON.stringify(net[name])}, winsock/io ${JSON.stringify(io[name])}`,
    );
  }
  for (const name of HOLDS) t.equal(io[name]?.fate, RIGHT[name], `${name}, over winsock/io`);
});

/** Those that winsock/io answers as node:net does. */
const HOLDS = [
  'a refused connection of this computer',
  'a connection to the unspecified address',
  'a stream that goes on sending to a peer that has closed',
  'a stream destroyed while it receives',
] as const;
