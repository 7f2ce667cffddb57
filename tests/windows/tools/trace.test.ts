// WINSOCK_TRACE's options, what no kind of trace shows, and what it bears.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runProgram } from '../support/programs.ts';

const program = fileURLToPath(new URL('cases/traced.ts', import.meta.url));

interface Run {
  readonly dir: string;
  readonly code: number | null;
  readonly output: string;
  readonly lines: readonly string[];
  text(file: string): string;
}

async function run(t: Test, setting: string, ...args: readonly string[]): Promise<Run> {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-trace-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  const { code, output, errors } = await runProgram(process.execPath, [program, ...args], {
    cwd: dir,
    env: { ...process.env, WINSOCK_TRACE: setting },
  });
  const lines = errors.split(/\r?\n/).filter((line) => line !== '');
  const text = (file: string) => readFileSync(path.join(dir, file), 'latin1');
  return { dir, code, output, lines, text };
}

t.setTimeout(300_000);

t.test('overlapped operations end with the call that began them', async (t) => {
  const { lines } = await run(t, 'WSARecv,WSASend', 'io');
  const end =
    /^(?:\[poller\] )?WSARecv (#\d+) on (\d+)<TCP \S+> completed: 6 bytes "hello\\n" <[\d.]+ µs>$/;
  const [, number = '', handle = ''] = lines.map((line) => end.exec(line)).find(Boolean) ?? [];
  const begin = new RegExp(
    String.raw`^WSARecv\(${handle}<TCP \S+>, \[\d+ bytes\], .* ${number}, 0\) = -1 WSA_IO_PENDING \(997\) <`,
  );
  t.ok(number !== '' && lines.some((line) => begin.test(line)), lines.join('\n'));
});

t.test('results of what waits for sockets are decoded', async (t) => {
  const { lines } = await run(t, 'WSAPoll,select,WSAEnumNetworkEvents', 'wait');
  const socket = String.raw`\d+<UDP 127\.0\.0\.1:\d+>`;
  t.match(lines, [
    new RegExp(String.raw`^WSAPoll\(\[${socket} POLLRDNORM → POLLRDNORM\], 1, 1000\) = 1 <`),
    new RegExp(
      String.raw`^select\(0, \[${socket}\], NULL, NULL, .*\) = 1 \(readable \[${socket}\]\) <`,
    ),
    new RegExp(String.raw`^WSAEnumNetworkEvents\(${socket}, \d+, FD_READ(\|FD_WRITE)?\) = 0 <`),
  ]);
});

t.test('names leave functions out, and failures everything that succeeds', async (t) => {
  const all = await run(t, '!send*,!WSA*', 'wait');
  t.ok(all.lines.length > 3);
  t.notOk(all.lines.some((line) => /^(send|WSA)/.test(line)));
  const failed = await run(t, 'failures', 'wait');
  t.match(failed.lines, [/^closesocket\(57005\) = -1 WSAENOTSOCK \(10038\)/]);
  t.equal(failed.lines.length, 1);
});

t.test('lines begin with their time', async (t) => {
  const absolute = (await run(t, 'socket,bind,time=absolute', 'wait')).lines;
  for (const line of absolute) t.match(line, /^\d\d:\d\d:\d\d\.\d{6} (socket|bind)\(/);
  for (const how of ['relative', 'delta']) {
    const lines = (await run(t, `socket,bind,time=${how}`, 'wait')).lines;
    t.match(lines[0], /^ {2}0\.000000 socket\(/);
    t.match(lines[1], /^ +\d+\.\d{6} bind\(/);
  }
});

t.test('places and stacks are those of the program', async (t) => {
  const [line = ''] = (await run(t, 'bind,place', 'wait')).lines;
  t.match(line, / at (\w+ \()?.*cases[\\/]traced\.ts:\d+:\d+\)?$/);
  const stack = (await run(t, 'bind,stack', 'wait')).lines;
  t.match(stack[1], /^ {4}at .*cases[\\/]traced\.ts:\d+:\d+\)?$/);
  t.notMatch(stack.join('\n'), /dist[\\/]/, 'and not of the package');
});

t.test('a summary counts calls, errors and bytes', async (t) => {
  const { lines } = await run(t, 'closesocket,sendto,recv,summary=only', 'wait');
  t.match(lines[0], /^% time +seconds +µs\/call +calls +errors +bytes +function$/);
  const row = (name: string) =>
    lines
      .find((line) => line.endsWith(`  ${name}`))
      ?.trim()
      .split(/ {2,}/);
  t.same(row('closesocket')?.slice(3), ['2', '1', 'closesocket']);
  t.same(row('sendto')?.slice(3), ['1', '6', 'sendto']);
  t.match(row('in all')?.[0], '100.00');
});

t.test('lines of JSON are JSON', async (t) => {
  const { text } = await run(t, 'calls.jsonl', 'io');
  const all = text('calls.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sent = all.find(({ call, sent }) => call === 'WSASend' && sent === 6);
  t.match(sent, { thread: 'main', result: 0, data: 'hello\n', place: /traced\.ts:\d+:\d+/ });
  t.ok(all.some(({ completed, received }) => completed === 'WSARecv' && received === 6));
});

t.test('what a decoder hides is in no kind of trace, and payload=0 is nothing of it', async (t) => {
  const files = ['calls.log', 'calls.jsonl', 'calls.json', 'calls.pcapng'];
  const secret = 'the-password';
  const open = await run(t, [...files, 'dump'].join(), 'secret');
  for (const file of files) t.match(open.text(file), secret, `${file} has it otherwise`);
  for (const [setting, ...args] of [
    ['dump', 'secret', 'hidden'],
    ['dump,payload=0', 'secret'],
  ] as const) {
    const { text, code } = await run(t, [...files, setting].join(), ...args);
    t.equal(code, 0);
    for (const file of files) {
      t.notMatch(text(file), secret, `${setting}: ${file}`);
      t.notMatch(text(file), Buffer.from(secret).toString('hex').match(/../g)!.join(' '), 'dump');
    }
  }
  const { text } = await run(t, files.join(), 'secret', 'hidden');
  t.match(text('calls.log'), /^send\(.*12 bytes \(hidden\)|^send\(.*\(hidden\)/m);
  t.match(text('calls.pcapng'), '*'.repeat(secret.length), 'the length stays');
});

t.test('nothing that passes a socket makes a line, or is obeyed by a terminal', async (t) => {
  const files = ['calls.log', 'calls.jsonl'];
  const { text } = await run(t, files.join(), 'forged');
  for (const file of files) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them is to be there
    t.notMatch(text(file), /[\u0000-\u0009\u000b-\u001f\u007f]/, file);
    t.notMatch(text(file), /^forged/m, file);
  }
});

t.test('a crash leaves all that came before', async (t) => {
  const files = ['calls.log', 'calls.jsonl', 'calls.json', 'calls.pcapng'];
  const { code, text } = await run(t, files.join(), 'crash');
  t.not(code, 0);
  t.match(text('calls.log').trimEnd().split('\n').at(-1), /^sendto\(.*"last words"/);
  t.match(text('calls.jsonl').trimEnd().split('\n').at(-1), '"last words"');
  const events = JSON.parse(text('calls.json')) as { name: string }[];
  t.ok(
    events.some(({ name }) => name === 'sendto'),
    'the timeline is whole',
  );
  t.match(text('calls.pcapng'), 'last words');
});

t.test('what cannot be written is told once for each file, and the program goes on', async (t) => {
  const { code, output, lines } = await run(t, 'none/a.log,none/b.pcapng,none/c.json', 'wait');
  t.equal(code, 0);
  t.match(output, 'done');
  t.equal(lines.length, 3);
  for (const line of lines)
    t.match(line, /^winsock: WINSOCK_TRACE cannot write, and the trace ends: /);
});

t.test('a setting that makes no sense traces nothing, and says so', async (t) => {
  const { code, lines } = await run(t, 'payloads=0,./calls.log', 'wait');
  t.equal(code, 0);
  t.match(lines, [
    /^winsock: nothing is traced: WINSOCK_TRACE: there is no option payloads=0; there are/,
  ]);
});

t.test('a program that a program starts has files of its own', async (t) => {
  const { text, output } = await run(t, 'calls.json,calls.pcapng', 'parent');
  const [, pid] = /child (\d+)/.exec(output) ?? [];
  for (const file of ['calls.json', `calls.${pid}.json`]) {
    const events = JSON.parse(text(file)) as { name: string }[];
    t.equal(events.filter(({ name }) => name === 'bind').length > 0, true, file);
  }
  t.ok(text(`calls.${pid}.pcapng`).length > 100);
});

t.test('a name that no function has is said to be none', async (t) => {
  const said = async (setting: string) => {
    const { lines } = await run(t, setting, 'wait');
    return lines.filter((line) => /^winsock: /.test(line));
  };
  t.same(await said('sokcet,WSA*'), [
    'winsock: WINSOCK_TRACE: there is no function sokcet. Similar: socket.',
  ]);
  t.match(await said('true'), [/there is no function true\. WINSOCK_TRACE=1 traces all\.$/]);
  t.same(await said('WSARecv,AcceptEx,!closesocket'), []);
});
