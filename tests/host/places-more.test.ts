// Tools that take longer to fetch and to start than the others: bundlers, runners of tests and installers, from the
// tarball as in places.test.ts. They run where WINSOCK_PLACES=all asks for them.

import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import t, { type Test } from 'tap';
import { exec } from '../../scripts/host/system/exec.ts';
import { npmCommand } from '../../scripts/host/system/npm.ts';
import { fileOf, folder, run, tools } from './consumer.ts';
import { bundleWorks, consumer, PROGRAM, source, works } from './places.ts';

const asked = process.env.WINSOCK_PLACES === 'all';
const skip = asked ? consumer.skip : 'WINSOCK_PLACES=all asks for it';
const options = { skip, timeout: 600_000 };
t.setTimeout(3_600_000);

/** A folder with the packages of the consumer and the tools, or undefined where those cannot be had. */
async function withTools(t: Test, specs: readonly string[]): Promise<string | undefined> {
  const from = await tools(specs, 'win32');
  if (!from) {
    t.pass(specs.join(' '), { skip: 'it cannot be fetched' });
    return undefined;
  }
  const dir = folder(consumer);
  for (const one of [from, consumer.dir]) {
    const modules = path.join(one, 'node_modules');
    cpSync(modules, path.join(dir, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  }
  return dir;
}

const json = (value: unknown) => JSON.stringify(value);

t.test('a bundle by webpack', options, async (t) => {
  const dir = await tools(['webpack@5.113.0'], 'linux');
  if (!dir) return t.pass('webpack', { skip: 'it cannot be fetched' });
  const bundling = `
    import webpack from 'webpack';
    const [entry, path, filename, type] = process.argv.slice(2);
    const isModule = type === 'module';
    webpack(
      {
        mode: 'production',
        target: 'node22',
        entry,
        output: { path, filename, ...(isModule && { module: true, chunkFormat: 'module' }) },
        experiments: { outputModule: isModule },
      },
      (error, stats) => {
        if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'));
      },
    );`;
  writeFileSync(path.join(dir, 'bundle.mjs'), bundling);
  for (const [file, type] of [
    ['app.cjs', 'commonjs'],
    ['app.mjs', 'module'],
  ] as const) {
    const out = folder(consumer);
    const args = [source, out, file, type];
    const built = await exec([process.execPath, 'bundle.mjs', ...args], { cwd: dir });
    t.equal(built.code, 0, built.stderr);
    await bundleWorks(t, ['node24'], out, file);
  }
});

t.test('programs in TypeScript by ts-node', options, async (t) => {
  const dir = await withTools(t, ['ts-node@10.9.2', 'typescript@5.9.3', '@types/node@24']);
  if (!dir) return;
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'] };
  writeFileSync(path.join(dir, 'tsconfig.json'), json({ compilerOptions }));
  writeFileSync(path.join(dir, 'package.json'), json({ private: true, type: 'commonjs' }));
  writeFileSync(path.join(dir, 'place.ts'), `${PROGRAM}\nenum Kind { A }\nvoid [main(), Kind];\n`);
  await works(t, 'node24', ['-r', 'ts-node/register', fileOf(dir, 'place.ts')], dir);
});

/** A test as jest and vitest have them. */
const TEST = `${PROGRAM}\ntest('a connection', main);\n`;

t.test('tests by jest', options, async (t) => {
  const dir = await withTools(t, ['jest@30.5.2']);
  if (!dir) return;
  writeFileSync(path.join(dir, 'package.json'), json({ type: 'module', jest: { transform: {} } }));
  writeFileSync(path.join(dir, 'place.test.js'), TEST);
  const jest = fileOf(dir, 'node_modules/jest/bin/jest.js');
  const { text, code } = await run(
    'node24',
    ['--experimental-vm-modules', jest, '--runInBand', '--watchman=false'],
    dir,
  );
  t.match(text, /echo 20480 16/, text);
  t.match(text, /1 passed/);
  t.equal(code, 0);
});

t.test('tests by vitest', options, async (t) => {
  const dir = await withTools(t, ['vitest@5.1.2']);
  if (!dir) return;
  writeFileSync(path.join(dir, 'package.json'), json({ type: 'module' }));
  writeFileSync(path.join(dir, 'place.test.js'), `import { test } from 'vitest';\n${TEST}`);
  for (const pool of ['forks', 'threads']) {
    const vitest = fileOf(dir, 'node_modules/vitest/vitest.mjs');
    const { text: colored, code } = await run('node24', [vitest, 'run', `--pool=${pool}`], dir);
    const text = stripVTControlCharacters(colored);
    t.match(text, /echo 20480 16/, `${pool}: ${text}`);
    t.match(text, /1 passed/, pool);
    t.equal(code, 0, pool);
  }
});

/** Runs an installer that npm fetches; undefined where it cannot be had. */
async function installed(t: Test, tool: string, args: readonly string[], files: object) {
  const dir = folder(consumer);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  const fetching = ['exec', '--yes', '--prefer-offline', `--package=${tool}`, '--', 'yarn'];
  const { code, stderr, stdout } = await exec([...npmCommand(), ...fetching, ...args], {
    cwd: dir,
  });
  if (code !== 0) {
    t.pass(tool, { skip: `it cannot be fetched, or fails: ${stderr || stdout}` });
    return undefined;
  }
  cpSync(source, path.join(dir, 'place.mjs'));
  return dir;
}

t.test('what Yarn installs', options, async (t) => {
  const { tarball } = consumer.packed;
  const manifest = { 'package.json': json({ private: true }) };
  const classic = ['add', '--ignore-scripts', '--ignore-platform', '--ignore-engines', tarball];
  const first = await installed(t, 'yarn@1.22.22', classic, manifest);
  if (first) await works(t, 'node24', [fileOf(first, 'place.mjs')], first);

  const settings = `nodeLinker: node-modules
enableScripts: false
enableTelemetry: false
enableImmutableInstalls: false
supportedArchitectures:
  os: [win32]
  cpu: [x64]
`;
  const files = { ...manifest, '.yarnrc.yml': settings, 'yarn.lock': '' };
  const berry = ['add', `winsock@file:${tarball}`];
  const second = await installed(t, '@yarnpkg/cli-dist@4.18.1', berry, files);
  if (second) await works(t, 'node24', [fileOf(second, 'place.mjs')], second);
});
