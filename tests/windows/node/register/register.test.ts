/** Programs that know nothing of this package, run over it by a preload. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { cert, key } from '../../io/node/certificate.ts';
import { runProgram } from '../../support/programs.ts';
import { allRuntimes, missingRuntime } from '../../support/runtimes.ts';

const REGISTER = import.meta.resolve('winsock/register');
const LIMIT = 60_000;

t.setTimeout(600_000);

const caseOf = (name: string) => fileURLToPath(new URL(`cases/${name}`, import.meta.url));

/** Runs a program as anybody does: without what the tests preload. */
async function run(executable: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { NODE_OPTIONS, ...environment } = process.env;
  const options = { env: { ...environment, ...env }, limit: LIMIT };
  const { code, output, errors } = await runProgram(executable, args, options);
  return { code, output: output.trim(), errors: errors.trim() };
}

/** What a program has found, which must have come to its end. */
function told(t: Test, { code, output, errors }: Awaited<ReturnType<typeof run>>): unknown {
  t.equal(code, 0, errors);
  return JSON.parse(output || 'null');
}

function directory(t: Test): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-register-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const FOUND = {
  server: true,
  client: true,
  constructor: true,
  answer: '127.0.0.1',
  datagram: 'a datagram',
  pipe: 'through a named pipe',
  stdio: 'through stdio',
  child: 'a child process says this',
  terminal: true,
};

for (const [name, executable] of allRuntimes.filter(([name]) => name !== 'Bun')) {
  const skip = missingRuntime(name, executable);
  t.test(`http, dgram, pipes and child processes of a program, on ${name}`, { skip }, async (t) => {
    const ran = await run(executable!, ['--import', REGISTER, caseOf('program.mjs')]);
    t.equal(ran.errors, '');
    t.same(told(t, ran), FOUND);
  });

  t.test(`https, http2 and tls of a program, on ${name}`, { skip }, async (t) => {
    const dir = directory(t);
    const files = [path.join(dir, 'key'), path.join(dir, 'cert')] as const;
    writeFileSync(files[0], key);
    writeFileSync(files[1], cert);
    const ran = await run(executable!, ['--import', REGISTER, caseOf('tls.mjs'), ...files]);
    t.equal(ran.errors, '');
    t.same(told(t, ran), {
      https: '127.0.0.1',
      http2: '127.0.0.1',
      'http2 without TLS': '127.0.0.1',
      destroyed: 'Session closed with error code 7',
      address: ['127.0.0.1', 'number'],
      tls: 'tls',
      refused: 'ECONNREFUSED',
      'at once': ['an answer'],
      within: 40_000,
    });
  });

  for (const [what, file] of [
    ['HTTP/2 tells of frames that come at once', 'http2-frames.mjs'],
    ['TLS tells of connections that fail', 'tls-errors.mjs'],
  ] as const) {
    t.test(`what ${what}, on ${name}`, { skip }, async (t) => {
      const dir = directory(t);
      const files = [path.join(dir, 'key'), path.join(dir, 'cert')] as const;
      writeFileSync(files[0], key);
      writeFileSync(files[1], cert);
      const program = [caseOf(file), ...files];
      const expected = told(t, await run(executable!, program));
      t.same(told(t, await run(executable!, ['--import', REGISTER, ...program])), expected);
    });
  }
}

const THREADS = {
  main: 'true',
  worker: 'true',
  two: ['true', 'true'],
  'without the preload': 'false',
};

for (const [name, executable] of allRuntimes.filter(([name]) => name !== 'Bun')) {
  const skip = missingRuntime(name, executable);
  t.test(`workers, which inherit the preload, on ${name}`, { skip }, async (t) => {
    const ran = await run(executable!, ['--import', REGISTER, caseOf('worker.mjs')]);
    t.equal(ran.errors, '');
    t.same(told(t, ran), THREADS);
  });

  t.test(`by --require after net, dgram and tls were loaded, on ${name}`, { skip }, async (t) => {
    const before = path.join(directory(t), 'before.cjs');
    writeFileSync(before, "require('net'); require('dgram'); require('tls'); require('https');");
    const preload = ['--require', before, '--require', fileURLToPath(REGISTER)];
    const ran = await run(executable!, [...preload, caseOf('program.mjs')]);
    t.same(told(t, ran), FOUND);
  });
}

t.test('sockets without a handle are not sent to child processes', async (t) => {
  const ran = await run(process.execPath, ['--import', REGISTER, caseOf('send.mjs')]);
  t.equal(ran.errors, '');
  const refused = ['TypeError', 'ERR_INVALID_HANDLE_TYPE'];
  t.same(told(t, ran), {
    server: refused,
    socket: refused,
    datagrams: refused,
    sent: true,
    child: { message: 'alone', told: refused },
  });
});

t.test('twice, by both ways and by NODE_OPTIONS', async (t) => {
  const file = fileURLToPath(REGISTER);
  const twice = ['--require', file, '--import', REGISTER, '--import', REGISTER];
  const ran = await run(process.execPath, [...twice, caseOf('program.mjs')], {
    NODE_OPTIONS: `--import=${REGISTER}`,
  });
  t.equal(ran.errors, '');
  t.same(told(t, ran), FOUND);
});

t.test('refuses to start where another copy of it has', async (t) => {
  const other = ['--import', REGISTER, '--import', `${REGISTER}?another`];
  const ran = await run(process.execPath, [...other, '-e', 'console.log(1)']);
  t.match(ran.errors, /does not start: another copy of it was loaded before it\.$/m);
  t.equal(ran.output, '');
});

t.test('together with WINSOCK_CHECK and WINSOCK_TRACE', async (t) => {
  const file = path.join(directory(t), 'trace.txt');
  const ran = await run(process.execPath, ['--import', REGISTER, caseOf('program.mjs')], {
    WINSOCK_CHECK: '1',
    WINSOCK_TRACE: file,
  });
  t.same(told(t, ran), FOUND);
  t.notMatch(ran.errors, /Error/);
  t.ok(readFileSync(file, 'utf8').includes('AcceptEx('));
});

t.test('by --require, as programs of CommonJS are started', async (t) => {
  const ran = await run(process.execPath, [
    '--require',
    fileURLToPath(REGISTER),
    caseOf('program.mjs'),
  ]);
  t.same(told(t, ran), FOUND);
});

t.test('workers of a cluster share their ports by the built-in modules', async (t) => {
  const ran = await run(process.execPath, ['--import', REGISTER, caseOf('cluster.mjs')]);
  t.equal(ran.output, 'from a worker', ran.errors);
});

t.test('node:cluster is not loaded where the program is no worker of one', async (t) => {
  const cluster = 'process.moduleLoadList.includes("NativeModule cluster")';
  const ran = await run(process.execPath, ['--import', REGISTER, '-p', cluster]);
  t.equal(ran.output, 'false', ran.errors);
});

t.test('WINSOCK_TRACE shows the sockets of such a program', async (t) => {
  const file = path.join(directory(t), 'trace.txt');
  const ran = await run(process.execPath, ['--import', REGISTER, caseOf('program.mjs')], {
    WINSOCK_TRACE: file,
  });
  t.same(told(t, ran), FOUND);
  const trace = readFileSync(file, 'utf8');
  for (const call of ['AcceptEx(', 'ConnectEx(', 'WSARecv(', 'WSASend(', 'WSARecvFrom(']) {
    t.ok(trace.includes(call), call);
  }
});

/** Each makes Node.js another than the list expects. */
const OTHERS: readonly (readonly [change: string, sentence: RegExp])[] = [
  [
    "net.connect = 'no function'",
    /^Error: winsock\/register does not start: net\.connect is no function\.$/m,
  ],
  [
    'Object.defineProperty(net, "Server", { value: net.Server, writable: false })',
    /does not start: net\.Server cannot be assigned to\.$/m,
  ],
  [
    'net.Server = class extends net.Server {}',
    /does not start: tls\.Server does not inherit from net\.Server\.$/m,
  ],
  [
    'require("tls").TLSSocket.prototype._init = () => {}',
    /does not start: tls\.TLSSocket\.prototype\._init is not a function of two parameters\.$/m,
  ],
  ['require("http2")', /does not start: http2 was loaded before winsock\/register\.$/m],
];

for (const [change, sentence] of OTHERS) {
  t.test(`refuses to start after ${change}`, async (t) => {
    const before = path.join(directory(t), 'before.cjs');
    writeFileSync(before, `require('tls'); const net = require('net'); ${change};`);
    const ran = await run(process.execPath, [
      '-r',
      before,
      '--import',
      REGISTER,
      '-e',
      'console.log(1)',
    ]);
    t.match(ran.errors, sentence);
    t.equal(ran.output, '', 'the program has not run');
    t.equal(ran.code, 1);
  });
}

t.test('http that was loaded before is changed too', async (t) => {
  const before = path.join(directory(t), 'before.cjs');
  writeFileSync(before, "require('http');");
  const ran = await run(process.execPath, [
    '-r',
    before,
    '--import',
    REGISTER,
    caseOf('program.mjs'),
  ]);
  t.same(told(t, ran), FOUND);
});

const bun = process.env.WINSOCK_BUN;
t.test('refuses Bun', { skip: missingRuntime('Bun', bun) }, async (t) => {
  const ran = await run(bun!, ['--preload', fileURLToPath(REGISTER), caseOf('program.mjs')]);
  t.match(ran.errors, /winsock\/register does not start: .*this is Bun/);
  t.equal(ran.output, '');
});
