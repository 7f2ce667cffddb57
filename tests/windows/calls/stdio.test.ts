import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { runProgram } from '../support/programs.ts';

/** The run times that tests can start, and how each is told where `winsock` is. */
const runtimes = [
  { name: 'this Node', program: process.execPath, options: [] },
  { name: 'Node 22', program: process.env.WINSOCK_NODE22, options: [] },
  { name: 'Node 26', program: process.env.WINSOCK_NODE26, options: [] },
  {
    name: 'Bun',
    program: process.env.WINSOCK_BUN,
    options: [`--preload=${process.env.WINSOCK_PRELOAD_BUN}`],
  },
];

// Outside of the package, as a user's script is.
const dir = mkdtempSync(path.join(tmpdir(), 'winsock-stdio-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function script(name: string, source: string): string {
  const file = path.join(dir, name);
  writeFileSync(file, source);
  return file;
}

const streams = script(
  'streams.ts',
  `let text: string = '';
for await (const chunk of process.stdin) text += chunk;
console.log(text.toUpperCase());
console.error('to standard error', process.argv.slice(2).join('|'));
process.exitCode = 7;
`,
);
const crash = script('crash.ts', "setTimeout(() => { throw new Error('on purpose'); }, 1);\n");
const flood = script(
  'flood.mjs',
  "for (let i = 0; i < 5000; i++) console.log('line ' + i);\nprocess.exit(3);\n",
);
const resolve = script(
  'resolve.ts',
  `import * as winsock from 'winsock';
import * as kernel from 'winsock/kernel';
const data: InstanceType<typeof winsock.WSADATA> = new winsock.WSADATA();
console.log(winsock.WSAStartup(0x202, data), data.wVersion, Object.keys(kernel).length > 0);
`,
);

for (const { name, program, options } of runtimes) {
  t.test(
    `input, output and exit codes of scripts go through on ${name}`,
    { skip: !program && `no ${name} on this system` },
    async (t) => {
      if (!program) return;
      const echoed = await runProgram(program, [...options, streams, 'a', 'b c'], {
        input: 'some input',
      });
      t.equal(echoed.code, 7);
      t.equal(echoed.output, 'SOME INPUT\n');
      t.match(echoed.errors, /to standard error a\|b c/);
      const crashed = await runProgram(program, [...options, crash], { input: '' });
      t.equal(crashed.code, 1);
      t.match(crashed.errors, /on purpose/);
      const flooded = await runProgram(program, [...options, flood], { input: '' });
      t.equal(flooded.code, 3);
      t.match(flooded.output, /line 4999\n$/, 'nothing is lost when the process exits');
      const resolved = await runProgram(program, [...options, resolve], { input: '' });
      t.equal(resolved.output, '0 514 true\n', resolved.errors);
    },
  );
}

t.test('this process has standard streams as on Windows', async (t) => {
  t.doesNotThrow(() => process.stdin.fd);
  t.ok(process.stdout.writable);
  t.ok(process.stderr.writable);
  t.equal(process.platform, 'win32');
});
