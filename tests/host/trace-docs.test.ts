// The commands of the guide's page on tracing print what the page shows, but for numbers that differ each time.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { projectDir } from '../../scripts/host/system/paths.ts';
import { tshark } from '../../scripts/host/wine/servers.ts';
import { needsTshark, start } from './ecosystem-support.ts';

const page = readFileSync(path.join(projectDir, 'docs/tracing.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text = '']) => text,
  );

/** What stays the same from one run to another. */
function stable(line: string): string {
  return line
    .replace(/0x[0-9a-f]+/g, '0x…')
    .replace(/<[\d.]+ µs>/, '<… µs>')
    .replace(/(?<![\w.])\d+(\.\d+)?(?=[\s<)]|$)/g, '…')
    .replace(/:\d{4,5}\b/g, ':…')
    .replace(/#\d+/, '#…')
    .replace(/\b\d{4,5} → \d{4,5}/, '… → …')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A command line: its variables, and what it runs. */
function parse(command: string) {
  const words = command.match(/(?:'[^']*'|\S)+/g) ?? [];
  const env: Record<string, string> = {};
  while (/^[A-Z_]+=/.test(words[0] ?? '')) {
    const [name = '', ...value] = words.shift()!.split('=');
    env[name] = value.join('=').replace(/^'|'$/g, '');
  }
  return { env, argv: words };
}

t.test('the page on tracing shows what is printed', needsTshark(), async (t) => {
  const parent = path.join(projectDir, '.tap');
  mkdirSync(parent, { recursive: true });
  const dir = mkdtempSync(path.join(parent, 'tracing-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const [program = ''] = blocks('js');
  writeFileSync(path.join(dir, 'hello.js'), program);
  const consoles = blocks('console');
  t.ok(consoles.length > 5);
  for (const block of consoles) {
    let printed: string[] = [];
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) {
        const { env, argv } = parse(line.slice(2));
        if (argv[0] === 'node') {
          // Node 23 to 25 may end with an assertion of libuv while the engine is still at work
          // (nodejs/node#56645), which asking for stacks makes likely.
          const child = start(t, argv[1]!, [], 'node22', { ...env, INIT_CWD: dir });
          t.equal(await child.ended(), 0, `${line}\n${child.output}`);
          printed = child.output.split(/\r?\n/).map(stable);
        } else {
          // The private root sees the system's temporary directory.
          const copy = path.join(mkdtempSync(path.join(tmpdir(), 'winsock-page-')), 'a.pcapng');
          writeFileSync(copy, readFileSync(path.join(dir, 'capture.pcapng')));
          const { stdout } = await tshark(copy, ...argv.slice(3));
          rmSync(path.dirname(copy), { recursive: true });
          printed = stdout.split('\n').map(stable);
        }
      } else if (line !== '…') {
        t.ok(printed.includes(stable(line)), line) || t.comment(printed.join('\n'));
      }
    }
  }
  const events = JSON.parse(readFileSync(path.join(dir, 'calls.json'), 'utf8')) as unknown[];
  t.ok(events.length > 50, 'a timeline is there');
});
