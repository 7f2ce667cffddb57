// Packs the project, and uses the package as somebody does who has it from npm.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import t, { type Test } from 'tap';
import { BUDGET, judge } from '../../scripts/host/build/package.ts';
import { exec } from '../../scripts/host/system/exec.ts';
import { projectDir } from '../../scripts/host/system/paths.ts';
import { blocksOf } from '../markdown.ts';
import { ensureConsumer, fileOf, RUNTIMES, type Runtime, run } from './consumer.ts';

const { packed, dir: consumer, skip } = await ensureConsumer();

const PROGRAM = `
import {
  AF_INET, closesocket, errorName, htons, IPPROTO_TCP, MAKEWORD, SOCK_STREAM, type SOCKET, sizeof, sockaddr_in,
  socket, WSACleanup, WSADATA, WSAStartup,
} from 'winsock';
import { connect, createServer } from 'winsock/io';
import { FreeMibTable } from 'winsock/iphlpapi';
import { socketTypeName } from 'winsock/names';

WSAStartup.orThrow(MAKEWORD(2, 2), new WSADATA());
const s: SOCKET = socket.orThrow(AF_INET, SOCK_STREAM, IPPROTO_TCP);
closesocket.orThrow(s);
const home: string = import.meta.resolve('winsock').split('/').slice(-5).join('/');
console.log(home, sizeof(sockaddr_in), htons(80), socketTypeName(1), errorName(10054), FreeMibTable.name);

const server = createServer((peer) => {
  peer.on('data', (chunk) => peer.write(chunk));
}).listen({ host: '127.0.0.1', port: 0 });
const { port } = server.address as { port: number };
const client = await connect({ host: '127.0.0.1', port });
client.on('data', (chunk) => {
  console.log(chunk.toString());
  client.end();
  server.close();
});
client.write('through the port');
WSACleanup();
`;

t.test('what is in the package', async (t) => {
  const names = [...packed.files.keys()];
  const allowed =
    /^(dist\/([\w.-]+\.js(\.map)?|api\.json|types\/(lib|defs)\/.*\.d\.ts)|docs\/[\w-]+\.(md|svg|png)|examples\/.*|package\.json)$/;
  const texts = ['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  t.same(
    names.filter((name) => !allowed.test(name) && !texts.includes(name)),
    [],
  );
  for (const name of ['dist/index.js', 'dist/index.js.map', 'dist/types/lib/index.d.ts']) {
    t.ok(packed.files.has(name), name);
  }
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  t.comment(`${kilobytes(packed.packed)} packed, ${kilobytes(packed.unpacked)} unpacked`);
  t.ok(packed.packed < BUDGET.packed, `${packed.packed} bytes packed`);
  t.ok(packed.unpacked < BUDGET.unpacked, `${packed.unpacked} bytes unpacked`);
});

t.test('links lead to what is in the package', async (t) => {
  const names = [...packed.files.keys()];
  const isThere = (file: string) =>
    packed.files.has(file) || names.some((name) => name.startsWith(`${file}/`));
  for (const document of ['README.md', ...names.filter((name) => /^docs\/.*\.md$/.test(name))]) {
    const text = readFileSync(path.join(projectDir, document), 'utf8');
    const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => to);
    const dead = links.filter((to) => !isThere(path.join(path.dirname(document), to)));
    t.same(dead, [], document);
  }
});

t.test('publint and attw find nothing', { timeout: 300_000 }, async (t) => {
  for (const tool of ['publint', 'attw'] as const) {
    const result = await judge(tool, packed.tarball);
    if (result) t.equal(result.code, 0, `${tool}: ${result.stdout}`);
    else t.pass(tool, { skip: 'cannot be fetched' });
  }
});

t.test('a program has its types', { skip, timeout: 120_000 }, async (t) => {
  writeFileSync(path.join(consumer, 'program.mts'), PROGRAM);
  const tsc = path.join(projectDir, 'node_modules/typescript/bin/tsc');
  const ways = [
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const;
  for (const [module, moduleResolution] of ways) {
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      types: ['node'],
      strict: true,
      noEmit: true,
      // The package's own declarations are looked at as well.
      skipLibCheck: false,
    };
    const settings = JSON.stringify({ compilerOptions, files: ['program.mts'] });
    writeFileSync(path.join(consumer, 'tsconfig.json'), settings);
    const { stdout } = await exec([process.execPath, tsc, '--pretty', 'false'], { cwd: consumer });
    t.equal(stdout, '', moduleResolution);
  }
});

/** Runs a file of the consumer's under Wine, and gives what it prints. */
async function output(runtime: Runtime, t: Test, file: string, ...args: string[]): Promise<string> {
  const { text, code } = await run(runtime, [fileOf(consumer, file), ...args], consumer);
  t.equal(code, 0, `${runtime} ${text}`);
  return text;
}

t.test(
  'what the README says to paste runs, in a folder of npm init',
  { skip, timeout: 600_000 },
  async (t) => {
    const blocks = blocksOf('README.md');
    t.ok(blocks.length > 3);
    t.ok(
      blocks.every((block) => block.runs),
      'all of them are programs',
    );
    for (const [index, { code }] of blocks.entries()) {
      writeFileSync(path.join(consumer, `readme-${index}.mts`), code);
    }
    for (const runtime of RUNTIMES) {
      for (const [index, { name }] of blocks.entries()) {
        const text = await output(runtime, t, `readme-${index}.mts`);
        t.match(text, /\S/, `${runtime}, ${name} prints something`);
        t.notMatch(text, /warning/i, `${runtime}, ${name} prints no warning`);
      }
    }
  },
);

t.test('a program runs', { skip, timeout: 600_000 }, async (t) => {
  for (const runtime of RUNTIMES) {
    const text = await output(runtime, t, 'program.mts');
    t.match(text, 'project/node_modules/winsock/dist/index.js 16 20480 SOCK_STREAM WSAECONNRESET');
    t.match(text, '\nthrough the port\n', runtime);
  }
});

t.test('the system is asked for facts', { skip, timeout: 600_000 }, async (t) => {
  const cli = 'node_modules/winsock/dist/cli.js';
  for (const runtime of RUNTIMES) {
    const text = await output(runtime, t, cli, 'check', 'completion', 'unix');
    t.match(text, /^ +completion\/end-of-stream +0 bytes +the same$/m, runtime);
    t.match(text, /held against Wine: \d+ as expected, 0 differs, \d+ skipped, 0 broken/, runtime);
  }
});

t.test('the command runs', { skip }, async (t) => {
  const command = path.join(consumer, 'node_modules/.bin/winsock');
  const { code, stdout, stderr } = await exec([command, 'struct', 'sockaddr_in'], {
    cwd: consumer,
  });
  t.equal(code, 0, stderr);
  t.match(stdout, 'x64, arm64, ia32: 16 bytes, aligned to 4');
});

t.test('a bundle has what is used and little more', { skip }, async (t) => {
  const contents = `
    import { closesocket, htons, socket } from 'winsock';
    console.log(htons(80), socket(2, 1, 6), closesocket(1));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: consumer },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['koffi', 'ref-napi'],
  });
  const text = outputFiles[0]?.text ?? '';
  t.match(text, '"closesocket"');
  for (const other of ['GetAdaptersAddresses', 'GetIfTable2', 'WSPStartup', 'QOSCreateHandle']) {
    t.notOk(text.includes(other), `without ${other}`);
  }
  t.notOk(/\biphlpapi\b/.test(text), 'without iphlpapi.dll');
  t.comment(`${Math.round(text.length / 1000)} kB for three functions`);
  t.ok(text.length < BUDGET.threeFunctions, `${text.length} bytes`);
});
