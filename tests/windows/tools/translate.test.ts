// The translations of the fixtures print what the C programs printed that they were made from.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { fixtures } from '../../fixtures/translate.ts';
import { bothEngines, missingRuntime } from '../support/runtimes.ts';

const preload = process.env.WINSOCK_PRELOAD_BUN;

for (const [runtime, executable] of bothEngines) {
  const skip = missingRuntime(runtime, executable);
  for (const name of readdirSync(fixtures)) {
    const output = path.join(fixtures, name, 'output.txt');
    if (!existsSync(output)) continue;
    t.test(`${name} on ${runtime}`, { skip, timeout: 60_000 }, async (t) => {
      const isBun = executable === process.env.WINSOCK_BUN;
      const options = isBun && preload ? [`--preload=${preload}`] : [];
      const program = path.join(fixtures, name, 'expected.ts');
      const child = spawn(executable!, [...options, program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const stdin = path.join(fixtures, name, 'stdin.txt');
      child.stdin.end(existsSync(stdin) ? readFileSync(stdin) : '');
      const ended = new Promise((resolve) => child.on('close', resolve));
      const printed = (await text(child.stdout)).replaceAll('\r\n', '\n');
      const expected = readFileSync(output, 'utf8').replaceAll('\r\n', '\n');
      t.equal(`${printed}exit code ${await ended}\n`, expected);
    });
  }
}
