import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';

/** A call on another thread that never returns: nothing comes to the socket. */
const BLOCKED = `
  import * as w from 'winsock';
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  w.bind.orThrow(s, new w.sockaddr_in({ sin_family: w.AF_INET }), 16);
  void w.recv.async(s, Buffer.alloc(9), 9, 0);
  process.on('exit', (code) => console.log('exit', code));
`;

const dir = mkdtempSync(path.join(tmpdir(), 'winsock-exit-'));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

const PATIENCE_MS = 60_000;

const runtimes = [
  { name: 'this Node', program: process.execPath, options: [] as string[] },
  { name: 'Node 22', program: process.env.WINSOCK_NODE22, options: [] },
  { name: 'Node 26', program: process.env.WINSOCK_NODE26, options: [] },
  {
    name: 'Bun',
    program: process.env.WINSOCK_BUN,
    options: [`--preload=${process.env.WINSOCK_PRELOAD_BUN}`],
  },
];

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, options: readonly string[], ending: string): Promise<End> {
  const file = path.join(dir, `${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, BLOCKED + ending);
  const child = spawn(program, [...options, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    texts.stdout += text;
  });
  child.stderr.on('data', (text) => {
    texts.stderr += text;
  });
  // A process that hangs is ended, and its code is then null.
  const timer = setTimeout(() => child.kill(), PATIENCE_MS);
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...texts });
    }),
  );
}

for (const { name, program, options } of runtimes) {
  t.test(name, { skip: program ? false : 'not here' }, async (t) => {
    if (!program) return;
    t.test('process.exit ends it, after its listeners', async (t) => {
      const { code, stdout } = await run(
        program,
        options,
        'setTimeout(() => process.exit(3), 200);',
      );
      t.same([code, stdout.trim()], [3, 'exit 3']);
    });
    t.test('an error that nobody catches ends it, and is printed', async (t) => {
      const { code, stderr } = await run(
        program,
        options,
        `setTimeout(() => { throw new Error('nobody catches'); }, 200);`,
      );
      t.equal(code, 1);
      t.match(stderr, /nobody catches/);
    });
  });
}
