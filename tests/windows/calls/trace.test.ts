import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runProgram } from '../support/programs.ts';

const program = fileURLToPath(new URL('cases/traced.ts', import.meta.url));

async function trace(setting?: string, counts: Record<string, string> = {}): Promise<string> {
  const { WINSOCK_TRACE: _, WINSOCK_CALLS: _calls, ...rest } = process.env;
  const env = { ...rest, ...counts };
  const { code, errors } = await runProgram(process.execPath, [program], {
    env: setting === undefined ? env : { ...env, WINSOCK_TRACE: setting },
  });
  t.equal(code, 0, errors);
  return errors;
}

/** The calls of a trace, without their durations. */
function calls(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.replace(/ <[\d.]+ µs>$/, ''));
}

t.test('WINSOCK_TRACE=1 shows every call with decoded arguments', async (t) => {
  const lines = calls(await trace('1'));
  const expected: RegExp[] = [
    /^WSAStartup\(514, WSADATA \{ wVersion: 514, .*\) = 0$/,
    /^socket\(AF_INET, SOCK_DGRAM, IPPROTO_UDP\) = \d+<UDP>$/,
    /^setsockopt\(\d+<UDP>, SOL_SOCKET, SO_REUSEADDR, \[1\], 4\) = 0$/,
    /^bind\(\d+<UDP 127\.0\.0\.1:\d+>, 127\.0\.0\.1:\d+, 16\) = 0$/,
    /^getsockname\(\d+<UDP 127\.0\.0\.1:\d+>, 127\.0\.0\.1:\d+, \[16\]\) = 0$/,
    /^sendto\(\d+<UDP 127\.0\.0\.1:\d+>, 6 bytes "hello\\n", 6, 0, 127\.0\.0\.1:\d+, 16\) = 6$/,
    /^recv\(\d+<UDP 127\.0\.0\.1:\d+>, 6 bytes "hello\\n", 64, MSG_PEEK\) = 6$/,
    /^ioctlsocket\(\d+<UDP 127\.0\.0\.1:\d+>, FIONREAD, \[6\]\) = 0$/,
    /^send\(\d+<UDP 127\.0\.0\.1:\d+>, 2 bytes "\\x00\\x00", 3, 0\) refused: RangeError: send: buf has 2 bytes, but len says 3$/,
    /^closesocket\(57005\) = -1 WSAENOTSOCK \(10038\)$/,
    /^freeaddrinfo\(0x[0-9a-f]{5,}\) =$/,
    /^select\(0, \[\d+<UDP 127\.0\.0\.1:\d+>\], NULL, NULL, timeval \{.*\}\) = 1 \(readable \[\d+<UDP 127\.0\.0\.1:\d+>\]\)$/,
    /^WSACleanup\(\) = 0$/,
  ];
  for (const pattern of expected) {
    t.ok(
      lines.some((line) => pattern.test(line)),
      String(pattern),
    ) || t.comment(lines.join('\n'));
  }
  t.equal(
    lines.filter((line) => line.startsWith('closesocket(57005)')).length,
    2,
    'the asynchronous one too',
  );
});

t.test('names filter the trace', async (t) => {
  const lines = calls(await trace('socket,WSA*'));
  t.ok(lines.length >= 3);
  t.ok(
    lines.every((line) => /^(socket|WSA\w+)\(/.test(line)),
    lines.join('\n'),
  );
});

t.test('a file takes the trace', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'winsock-trace-'));
  const file = join(folder, 'calls.log');
  t.equal(await trace(`bind,${file}`), '');
  t.match(calls(readFileSync(file, 'utf8')), [/^bind\(/]);
  rmSync(folder, { recursive: true });
});

t.test('a folder takes how often each function was called', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'winsock-calls-'));
  t.equal(await trace(undefined, { WINSOCK_CALLS: folder }), '', 'nothing is printed');
  const [file = '', ...others] = readdirSync(folder).filter((name) => name.startsWith('calls-'));
  t.same(others, [], 'one for the only thread');
  const { calls } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  t.same(calls.socket, { succeeded: 1, refused: 0, failed: {} });
  t.same(calls.closesocket, { succeeded: 1, refused: 0, failed: { 10038: 2 } });
  t.same(calls.send, { succeeded: 0, refused: 1, failed: {} });
  rmSync(folder, { recursive: true });
});

t.test('nothing is traced without it', async (t) => {
  t.equal(await trace(undefined), '');
  t.equal(await trace('0'), '');
});
