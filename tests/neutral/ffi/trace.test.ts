import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';

/** The trace of functions of the C library, so that it is seen on every system. */
const PRELUDE = `
  import * as w from 'winsock';
  const c = process.platform === 'win32' ? 'msvcrt.dll' : 'libc.so.6';
  const strlen = w.func(c, 'strlen', w.NeverFails, () => [w.uintptr, w.p('text', w.cstring, 'in', w.required)]);
  const Take = w.callback('Take', () => [w.int, w.p('n', w.int)]);
`;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, trace: string, stderr: 'pipe' | number = 'pipe'): Promise<Run> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${PRELUDE}${program}`], {
    cwd: new URL('../../..', import.meta.url),
    env: { ...process.env, WINSOCK_TRACE: trace },
    stdio: ['ignore', 'pipe', stderr],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    texts.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    texts.stderr += data;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...texts })));
}

const lines = (text: string) => text.trimEnd().split('\n');

t.test('nothing of the program can make a line of its own', async (t) => {
  const { stdout, stderr } = await run(
    `
    const forged = 'x\\n\\x1b[2Jforged(1) = 0 <1 µs>';
    const named = () => 1;
    Object.defineProperty(named, 'name', { value: forged });
    class Odd {}
    Object.defineProperty(Odd, 'name', { value: forged });
    for (const value of [named, new Odd(), Symbol(forged), Object.defineProperty({}, Symbol.toStringTag, { value: forged })]) {
      try { strlen(value); } catch {}
    }
    const take = Take.register(() => { throw new Error(forged); });
    try { Take.at(take.address, 'Take')(1); } catch {}
    w.setTraceDecoder(() => forged);
    console.log(strlen('abc'));
    `,
    '1',
  );
  t.equal(stdout.trim(), '3');
  t.equal(lines(stderr).length, 6, 'a line for each call');
  for (const line of lines(stderr)) t.match(line, /^(strlen|Take)\(/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them is to be there
  t.notMatch(stderr.replaceAll('\n', ''), /[\u0000-\u001f]/);
});

t.test('a call that was made does not fail because its trace does', async (t) => {
  const { code, stdout, stderr } = await run(
    `
    w.setTraceDecoder(() => { throw new Error('broken'); });
    console.log(strlen('abc'), await strlen.async('abcd'));
    w.setTraceDecoder(() => Symbol('no text'));
    console.log(strlen('ab'));
    const odd = Buffer.from('x\\0');
    odd[Symbol.for('nodejs.util.inspect.custom')] = () => { throw new Error('broken'); };
    console.log(strlen(odd));
    `,
    '1',
  );
  t.same([code, lines(stdout)], [0, ['3 4', '2', '1']]);
  t.equal(lines(stderr).length, 4);
  t.match(lines(stderr)[0], /^strlen\(\(cannot be shown: Error\)\) = 3/);
});

t.test('an end of the reader ends the trace, not the program', async (t) => {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `${PRELUDE} for (let i = 0; i < 3; i++) { await new Promise((r) => setTimeout(r, 50)); console.log(strlen('abc')); }`,
    ],
    {
      cwd: new URL('../../..', import.meta.url),
      env: { ...process.env, WINSOCK_TRACE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stderr.destroy();
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.same([code, lines(stdout)], [0, ['3', '3', '3']]);
});

t.test('a file that cannot be written is told once', async (t) => {
  const { code, stdout, stderr } = await run(
    `console.log(strlen('abc'), strlen('abcd'), await strlen.async('ab'));`,
    './no-such-folder/trace.log',
  );
  t.same([code, stdout.trim()], [0, '3 4 2']);
  t.equal(lines(stderr).length, 1);
  t.match(stderr, /^winsock: WINSOCK_TRACE cannot write, and the trace ends: .*no-such-folder/);
});

t.test('a file gets the lines', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'trace-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'trace.log');
  closeSync(openSync(file, 'w'));
  await run(`strlen('abc');`, file);
  t.match(readFileSync(file, 'utf8'), /^strlen\("?'?abc'?"?\) = 3 <[\d.]+ µs>\n$/);
});

t.test(
  'more functions than there is room for are refused with an error of the package',
  async (t) => {
    const { stdout } = await run(
      `
    const all = [];
    try { for (;;) all.push(Take.register(() => 1)); } catch (error) { console.log(error.name, error.message); }
    for (const one of all) one.close();
    const again = Take.register(() => 1);
    console.log(Take.at(again.address)(1));
    `,
      '0',
    );
    t.match(lines(stdout)[0], /^RangeError Take\.register: Too many callbacks/);
    t.equal(lines(stdout)[1], '1');
  },
);
