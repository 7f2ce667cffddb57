import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';

/** The page of the guide: its programs, and what each is told when WINSOCK_CHECK is set. */
const page = readFileSync(new URL('../../../docs/checking.md', import.meta.url), 'utf8');
const [, receive = ''] = /```js\n(function receive[\s\S]*?)```/.exec(page) ?? [];
const cases = [
  ...page.matchAll(/\n## (.*)\n\n```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g),
].map(([, title = '', program = '', told = '']) => ({
  title,
  program,
  told: told.trim().split('\n'),
}));

const dir = mkdtempSync(path.join(tmpdir(), 'winsock-watch-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

const BEFORE = `
  import * as w from 'winsock';
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const s = w.WSASocketW.orThrow(w.AF_INET, w.SOCK_DGRAM, 0, null, 0, w.WSA_FLAG_OVERLAPPED);
  w.bind.orThrow(s, new w.sockaddr_in({ sin_family: w.AF_INET }), 16);
`;
/** What is collected is reported by the time that this is over. */
const AFTER = `
  for (let i = 0; i < 10; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  w.closesocket(s);
`;

/** What a program says on standard error. */
function run(program: string, check: string): Promise<string> {
  const file = path.join(dir, `${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, `${BEFORE}${receive}\n${program}\n${AFTER}`);
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--expose-gc', file],
      { env: { ...process.env, WINSOCK_CHECK: check } },
      (_error, _stdout, stderr) => resolve(stderr),
    ),
  );
}

t.equal(cases.length, 6, 'the page shows every report');

for (const { title, program, told } of cases) {
  t.test(title, async (t) => {
    const stderr = await run(program, '1');
    for (const line of told) t.ok(stderr.includes(line), `${line}\n${stderr}`);
  });
}

t.test('a program without a mistake is told nothing', async (t) => {
  const program = `
    const event = w.WSACreateEvent();
    const operation = receive(Buffer.alloc(64), new w.OVERLAPPED({ hEvent: event }));
    const name = new w.sockaddr_in();
    w.getsockname.orThrow(s, name, w.ref(w.int, 16));
    name.sin_addr.s_addr = w.htonl(w.INADDR_LOOPBACK);
    w.sendto.orThrow(s, Buffer.from('hello'), 5, 0, name, 16);
    const bytes = w.ref(w.DWORD);
    w.WSAGetOverlappedResult.orThrow(s, operation.overlapped, bytes, 1, w.ref(w.DWORD));
    const result = w.ref(w.ptr(w.addrinfo));
    for (let i = 0; i < 3; i++) {
      w.getaddrinfo('127.0.0.1', null, null, result);
      if (result.value.ai_family !== w.AF_INET) throw new Error('another family');
      w.freeaddrinfo(result.value);
    }
    if (operation.data.toString('latin1', 0, bytes.value) !== 'hello') throw new Error('other data');
  `;
  t.equal(await run(program, '1'), '');
});

t.test('nothing is said where nobody asks', async (t) => {
  const [, , overlapped] = cases;
  t.equal(await run(overlapped?.program ?? '', '0'), '');
});
