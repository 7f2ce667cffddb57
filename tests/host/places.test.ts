// Where the package runs, from its tarball: each row of docs/where-it-runs.md names the test here that proves it.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import t from 'tap';
import { exec } from '../../scripts/host/system/exec.ts';
import { npmCommand } from '../../scripts/host/system/npm.ts';
import { projectDir } from '../../scripts/host/system/paths.ts';
import { ensureRuntime } from '../../scripts/host/wine/runtimes.ts';
import { fileOf, folder, run, tools } from './consumer.ts';
import { bundleWorks, consumer, MISSING, PROGRAM, RIGHT, source, works } from './places.ts';

const { skip } = consumer;

async function bundled(format: 'esm' | 'cjs', file: string): Promise<string> {
  const dir = folder(consumer);
  await build({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format,
    outfile: path.join(dir, file),
    logLevel: 'silent',
  });
  return dir;
}

const options = { skip, timeout: 300_000 };
const unless = (there: string | undefined) => there === undefined && 'it cannot be fetched';

t.test('a bundle of ES modules by esbuild', options, async (t) => {
  await bundleWorks(t, ['node22', 'bun'], await bundled('esm', 'app.mjs'), 'app.mjs');
});

t.test('a bundle in CommonJS by esbuild, and a single executable of it', options, async (t) => {
  const dir = await bundled('cjs', 'app.cjs');
  await bundleWorks(t, ['node24'], dir, 'app.cjs');
  const settings = { main: 'app.cjs', output: 'app.exe', disableExperimentalSEAWarning: true };
  writeFileSync(path.join(dir, 'sea.json'), JSON.stringify(settings));
  await run('node26', ['--build-sea', 'sea.json'], dir);
  await works(t, path.join(dir, 'app.exe'), [], dir);
});

t.test('a bundle by rollup', options, async (t) => {
  const dir = await tools(
    ['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3', '@rollup/plugin-commonjs@29.0.3'],
    'linux',
  );
  if (!dir) return t.pass('rollup', { skip: unless(dir) });
  const out = folder(consumer);
  const bundling = `
    import { rollup } from 'rollup';
    import commonjs from '@rollup/plugin-commonjs';
    import { nodeResolve } from '@rollup/plugin-node-resolve';
    const bundle = await rollup({ input: process.argv[2], plugins: [nodeResolve(), commonjs()], onwarn() {} });
    await bundle.write({ file: process.argv[3], format: 'es' });`;
  writeFileSync(path.join(dir, 'bundle.mjs'), bundling);
  const built = await exec([process.execPath, 'bundle.mjs', source, path.join(out, 'app.mjs')], {
    cwd: dir,
  });
  t.equal(built.code, 0, built.stderr);
  await bundleWorks(t, ['node24'], out, 'app.mjs');
});

t.test('a bundle by bun, and an executable that bun compiles', options, async (t) => {
  const dir = await tools(['@oven/bun-linux-x64@1.4.5'], 'linux');
  if (!dir) return t.pass('bun', { skip: unless(dir) });
  const bun = path.join(dir, 'node_modules/@oven/bun-linux-x64/bin/bun');
  const out = folder(consumer);
  const compiled = ['--compile', '--target=bun-windows-x64'];
  const base = `--compile-executable-path=${await ensureRuntime('bun')}`;
  for (const [file, args] of [
    ['app.mjs', ['--target=node']],
    ['app.exe', [...compiled, base]],
  ] as const) {
    const to = `--outfile=${path.join(out, file)}`;
    const { code, stderr } = await exec([bun, 'build', source, ...args, to], { cwd: out });
    t.equal(code, 0, stderr);
  }
  t.match((await run(path.join(out, 'app.exe'), [], out)).text, MISSING);
  await bundleWorks(t, ['node24', 'bun'], out, 'app.mjs');
  await works(t, path.join(out, 'app.exe'), [], out);
});

t.test('a process with permissions', options, async (t) => {
  const may = ['--permission', '--allow-addons', '--allow-worker', '--allow-fs-read=*'];
  await works(t, 'node24', [...may, fileOf(consumer.dir, 'place.mjs')], consumer.dir);
  const fewer = may.filter((one) => one !== '--allow-worker');
  const { text } = await run('node24', [...fewer, fileOf(consumer.dir, 'place.mjs')], consumer.dir);
  t.match(text, RIGHT, 'without a thread the port is looked at by a timer');
  t.match(text, /WINSOCK_NO_POLLER.*--allow-worker/s);
});

t.test('no code is made from text', options, async (t) => {
  const flag = '--disallow-code-generation-from-strings';
  await works(t, 'node24', [flag, fileOf(consumer.dir, 'place.mjs')], consumer.dir);
});

t.test('CommonJS, worker threads and the runner of Node.js', options, async (t) => {
  const program = `
    const { Worker, isMainThread } = require('node:worker_threads');
    const { test } = require('node:test');
    const { htons, sizeof, sockaddr_in } = require('winsock');
    const { connect, createServer } = require('winsock/io');
    ${PROGRAM.replace(/^import.*$/gm, '').replace('export ', '')}
    if (isMainThread) {
      test('in a thread', (t, done) => void new Worker(__filename).on('exit', done));
      test('here', main);
    } else main();`;
  writeFileSync(path.join(consumer.dir, 'place.cjs'), program);
  const { text, code } = await run(
    'node22',
    ['--test-reporter=tap', fileOf(consumer.dir, 'place.cjs')],
    consumer.dir,
  );
  t.equal(text.match(new RegExp(RIGHT, 'gm'))?.length, 2, text);
  t.equal(code, 0);
});

t.test('programs in TypeScript by tsx', options, async (t) => {
  const dir = await tools(['tsx@4.23.15'], 'win32');
  if (!dir) return t.pass('tsx', { skip: unless(dir) });
  cpSync(path.join(dir, 'node_modules'), path.join(consumer.dir, 'node_modules'), {
    recursive: true,
  });
  writeFileSync(
    path.join(consumer.dir, 'place-tsx.mts'),
    `${PROGRAM}\nenum Kind { A }\nvoid [main(), Kind];\n`,
  );
  await works(
    t,
    'node24',
    ['--import', 'tsx', fileOf(consumer.dir, 'place-tsx.mts')],
    consumer.dir,
  );
});

t.test('what pnpm installs', options, async (t) => {
  const dir = folder(consumer);
  const architectures = { os: ['win32'], cpu: ['x64'] };
  const manifest = { private: true, pnpm: { supportedArchitectures: architectures } };
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify(manifest));
  const pnpm = [
    ...npmCommand(),
    'exec',
    '--yes',
    '--prefer-offline',
    '--package=pnpm@10.34.9',
    '--',
  ];
  const add = ['pnpm', 'add', '--ignore-scripts', '--ignore-workspace', consumer.packed.tarball];
  const { code } = await exec([...pnpm, ...add], { cwd: dir });
  if (code !== 0) return t.pass('pnpm', { skip: 'it cannot be fetched' });
  cpSync(source, path.join(dir, 'place.mjs'));
  // Node.js under Wine takes the links, which are those of Linux, for folders.
  await works(t, 'bun', [fileOf(dir, 'place.mjs')], dir);
});

t.test('Deno', options, async (t) => {
  const dir = await tools(['@deno/win32-x64@2.9.6'], 'win32');
  if (!dir) return t.pass('Deno', { skip: unless(dir) });
  const deno = path.join(dir, 'node_modules/@deno/win32-x64/deno.exe');
  await works(
    t,
    deno,
    ['run', '-A', '--no-check', fileOf(consumer.dir, 'place.mjs')],
    consumer.dir,
  );
});

/** Files of tests that run on Deno as they are. */
const SAMPLE = [
  'winsock11/messages.test.ts',
  'io/streams/flow.test.ts',
  'io/datagrams/udp.test.ts',
  'io/sockets/lookups.test.ts',
];

t.test('a sample of the tests, on Deno', options, async (t) => {
  const dir = await tools(['@deno/win32-x64@2.9.6'], 'win32');
  if (!dir) return t.pass('Deno', { skip: unless(dir) });
  const deno = path.join(dir, 'node_modules/@deno/win32-x64/deno.exe');
  const tap = fileOf(projectDir, 'tests/host/cases/deno-tap.mjs');
  const how = ['-A', '--no-check', '--no-config', '--node-modules-dir=manual', '--preload', tap];
  for (const name of SAMPLE) {
    const file = fileOf(projectDir, path.join('tests/windows', name));
    const { text, code } = await run(deno, ['run', ...how, file], projectDir);
    const [, total, passed] = /^# \{ total: (\d+), pass: (\d+) \}$/m.exec(text) ?? [];
    t.ok(Number(total) > 20 && total === passed && code === 0, `${name}: ${text.slice(-2000)}`);
  }
});

t.test('the page names the tests that there are', async (t) => {
  const page = readFileSync(path.join(projectDir, 'docs/where-it-runs.md'), 'utf8');
  for (const file of ['places.test.ts', 'places-more.test.ts']) {
    const own = readFileSync(path.join(projectDir, 'tests/host', file), 'utf8');
    const names = [...own.matchAll(/^t\.test\('([^']+)', options/gm)].map(([, name = '']) => name);
    t.ok(names.length > 3, file);
    for (const name of names) t.ok(page.includes(`“${name}”`), name);
  }
});
