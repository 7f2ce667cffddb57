import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const CALLS = 200_000;
const program = fileURLToPath(new URL('cases/calls.ts', import.meta.url));
const runtimes: [string, string | undefined][] = [
  ['Node.js', process.execPath],
  ['Bun', process.env.WINSOCK_BUN],
];

for (const [name, executable] of runtimes) {
  const skip = executable === undefined && `no ${name} on this system`;
  t.test(`${CALLS} hostile calls on ${name}`, { skip, timeout: 600_000 }, async (t) => {
    const seed = 20_261_121;
    const { status, signal, stdout, stderr } = spawnSync(
      executable!,
      [program, `${seed}`, `${CALLS}`],
      {
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    t.equal(status, 0, `ends by itself (${signal ?? stderr.slice(-2000)})`);
    const counts = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, number>;
    t.equal(counts.calls, CALLS);
    t.ok(counts.functions! > 60, `${counts.functions} functions`);
    t.ok(counts.refused! > 0 && counts.made! > 0, `${counts.refused} refused, ${counts.made} made`);
  });
}
