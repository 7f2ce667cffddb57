import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { ensureBuilt, typescript } from '../host/build/build.ts';
import { asWindowsEnvironment } from '../host/launch/as-windows.ts';
import { CRASH_REPORT } from '../host/launch/launch.ts';
import { onWindows, runScript } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { exec } from '../host/system/exec.ts';
import { inParallel } from '../host/system/in-parallel.ts';
import { refuseTwice } from '../host/system/once-each.ts';
import { isBelow, projectDir } from '../host/system/paths.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import { isRuntimeName } from '../host/wine/runtimes.ts';
import { differenceOf, missingHere } from '../proofs/check.ts';
import type { Evidence } from '../proofs/evidence.ts';
import { Recording } from '../proofs/record.ts';
import { findSet, findToolchain, windowsEnvironment } from '../test/environment.ts';
import { type FileResult, readTap } from '../test/tap.ts';

const usage = `npm test                                    runs everything: types, style, and all tests
npm test -- [OPTIONS] [PATH…]               runs these test files only, or those of a folder

--runtime NAME       NAME is the run time for tests/windows: node22, node24 (default) or node26
--as-windows LIST    has Wine answer as Windows does: all, or some of tests/native/as-windows/switches.c`;

/** tests/host looks at Windows programs from outside, so it runs here too, on Linux only. */
const suites = onWindows ? ['neutral', 'windows'] : ['neutral', 'host', 'windows'];

/** How long one file may take. A test that hangs is ended earlier by tap's own limit. */
const fileLimit = 15 * 60_000;
/** A test that says nothing of it has this long. It ends what hangs; on a busy machine all is slow. */
const TEST_SECONDS = '180';

interface Options {
  runtime: RuntimeName | undefined;
  /** What the files are run over, in place of Wine as it is. */
  asWindows: string | undefined;
  files: string[];
}

export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    console.log(usage);
    return 0;
  }
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const report = (label: string, result: FileResult, seconds: number) => {
    totals.passed += result.passed;
    totals.failed += result.failures.length;
    totals.skipped += result.skipped.length;
    print(label, result, seconds);
    for (const { name, details } of result.failures) {
      failures.push(shorten(`${label} › ${name}`, 600));
      // Of a long run the end may be all that is kept.
      if (details) failures.push(indent(details.slice(0, 1500), '    '));
    }
  };

  const chosen = options.files.length > 0;
  const files = chosen ? options.files : suites.flatMap(testFiles);
  const native = files.filter((file) => !needsWindows(file));
  const windows = files.filter(needsWindows);

  let compiled = true;
  await timed('compiles (tsc, dist/)', report, async () => {
    try {
      await ensureBuilt();
      return verdict('', '');
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      compiled = false;
      return verdict('the package compiles', error.message);
    }
  });
  if (!chosen) {
    await timed('types (tsc)', report, async () => {
      const { code, stdout, stderr } = await typescript(['--noEmit', '-p', 'tsconfig.json']);
      return verdict(code ? 'no type errors' : '', stdout + stderr);
    });
    await timed('style (biome)', report, async () => {
      const biome = path.join(projectDir, 'node_modules/@biomejs/biome/bin/biome');
      const argv = [process.execPath, biome, 'check', '--colors=off', '.'];
      const { code, stdout, stderr } = await exec(argv, { cwd: projectDir });
      return verdict(code ? 'no findings' : '', stdout + stderr);
    });
  }
  if (compiled) {
    // Before the first test: the time limits of tests are not meant for downloads.
    const toolchain = await findToolchain();
    if (files.some(usesIperf3)) await findSet('iperf3', 'iperf3');
    if (files.some(usesTshark)) await findSet('tshark', 'tshark and tcpdump');
    if (files.some(usesServers)) await findSet('servers', 'PostgreSQL, Redis, socat and wrk');
    const env = files.some(usesWindows) ? await windowsEnvironment(toolchain) : {};
    const differences = options.asWindows ? await asWindowsEnvironment(options.asWindows) : {};
    await inParallel(native, FILES_AT_A_TIME, (file) =>
      timed(label(file), report, () => runNeutral(file, differences)),
    );
    const recording = chosen || onWindows ? undefined : new Recording();
    await inParallel(windows, FILES_AT_A_TIME, (file) =>
      timed(label(file), report, async () => {
        const counting = recording?.environment(file);
        const result = await runWindows(file, options.runtime, {
          ...env,
          ...differences,
          ...counting,
        });
        recording?.add(file, result);
        return result;
      }),
    );
    if (!chosen && toolchain) await overAsWindows(env, report);
    const evidence = recording?.finish();
    // Where tests have failed it would only be more of the same.
    if (evidence && totals.failed === 0) {
      await timed('docs/proofs.md', report, async () => compareProofs(evidence));
    }
  }

  if (failures.length > 0)
    console.log(`\nFailed:\n${failures.map((text) => indent(text, '  ')).join('\n')}`);
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
  return totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}

function parse(args: string[]): Options | undefined {
  const options: Options = { runtime: undefined, asWindows: undefined, files: [] };
  const once = refuseTwice(usage);
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [name, inline] = arg.split('=', 2);
    if (name === '--help' || name === '-h') return undefined;
    if (name === '--runtime') {
      once(name);
      const value = inline ?? rest.shift() ?? '';
      if (!isRuntimeName(value) || value === 'bun') {
        throw new HostError(
          `tests run on node22, node24 or node26, not on "${value}" (tap does not load on Bun; the tests start Bun themselves).`,
        );
      }
      options.runtime = value;
    } else if (name === '--as-windows') {
      once(name);
      options.asWindows = inline ?? rest.shift() ?? '';
    } else if (arg.startsWith('-')) {
      throw new HostError(`unknown option ${arg}.\n\n${usage}`);
    } else {
      const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), arg);
      if (!existsSync(file)) throw new HostError(`there is no file ${file}.`);
      const found = statSync(file).isDirectory() ? testFilesBelow(file) : [file];
      if (found.length === 0) throw new HostError(`there are no test files in ${file}.`);
      options.files.push(...found);
    }
  }
  return options;
}

export function testFiles(suite: string): string[] {
  return testFilesBelow(path.join(projectDir, 'tests', suite));
}

function testFilesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => path.join(dir, name));
}

function needsWindows(file: string): boolean {
  const here = ['neutral', 'host'].map((suite) => path.join(projectDir, 'tests', suite));
  return !here.some((dir) => isBelow(file, dir));
}

/** tests/host starts Windows programs itself. */
function usesWindows(file: string): boolean {
  return needsWindows(file) || isBelow(file, path.join(projectDir, 'tests/host'));
}

/** Tests against servers of this system, which come from the private root. */
function usesServers(file: string): boolean {
  return isBelow(file, path.join(projectDir, 'tests/host')) && /ecosystem|examples/.test(file);
}

/** The other side of `winsock perf`. */
function usesIperf3(file: string): boolean {
  return isBelow(file, path.join(projectDir, 'tests/host')) && /perf/.test(file);
}

/** What reads the captures of `winsock trace`. */
function usesTshark(file: string): boolean {
  return isBelow(file, path.join(projectDir, 'tests/host')) && /trace/.test(file);
}

function label(file: string): string {
  return path.relative(projectDir, file).split(path.sep).join('/');
}

/**
 * These run a second time, over what answers as Windows does. More of them, those of the ecosystem and the
 * examples: `npm test -- --as-windows all tests/windows/io tests/windows/examples tests/host`.
 */
const AS_WINDOWS = [
  'tests/windows/io/streams/connect.test.ts',
  'tests/windows/io/streams/tcp.test.ts',
  'tests/windows/io/streams/unix.test.ts',
  'tests/windows/io/datagrams/udp.test.ts',
  'tests/windows/io/overlapped/extensions.test.ts',
];

async function overAsWindows(
  env: NodeJS.ProcessEnv,
  report: (label: string, result: FileResult, seconds: number) => void,
): Promise<void> {
  const over = { ...env, ...(await asWindowsEnvironment('all')) };
  await inParallel(
    AS_WINDOWS.map((file) => path.join(projectDir, file)),
    FILES_AT_A_TIME,
    (file) => timed(`${label(file)}, as Windows`, report, () => runWindows(file, undefined, over)),
  );
}

/** Half of the processors: a test has a peer or a child process to run beside it. */
const FILES_AT_A_TIME = Math.max(1, Math.floor(availableParallelism() / 2));

async function timed(
  name: string,
  report: (label: string, result: FileResult, seconds: number) => void,
  action: () => Promise<FileResult>,
): Promise<void> {
  const started = performance.now();
  const result = await action();
  report(name, result, (performance.now() - started) / 1000);
}

/** A check that is no test file counts as one test. */
function verdict(failure: string, details: string): FileResult {
  const failures = failure ? [{ name: failure, details: details.trim() }] : [];
  return { passed: failure ? 0 : 1, failures, skipped: [], tests: [], extra: '' };
}

/** Those that start Windows programs are told of a crash of Wine's server by a file. */
async function runNeutral(file: string, env: NodeJS.ProcessEnv): Promise<FileResult> {
  if (!usesWindows(file)) return runHere(file, env);
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-test-'));
  const report = path.join(dir, 'crash');
  try {
    return await whileServerCrashes(file, async () => {
      rmSync(report, { force: true });
      const result = await runHere(file, { ...env, [CRASH_REPORT]: report });
      return existsSync(report) ? undefined : result;
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function runHere(file: string, env: NodeJS.ProcessEnv): Promise<FileResult> {
  const native = (process.features as { typescript?: unknown }).typescript;
  const loader = native ? [] : ['--import', 'tsx'];
  const child = spawn(process.execPath, [...loader, file], {
    cwd: projectDir,
    env: { ...process.env, ...env, TAP_DEV_LONGSTACK: '0', TAP_TIMEOUT: TEST_SECONDS },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: fileLimit,
    killSignal: 'SIGKILL',
  });
  const tap = readTap();
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => tap.write(data));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  return withExit(await tap.end(), code, child.killed, stderr);
}

/** The page is of a computer that can run everything. */
function compareProofs(evidence: readonly Evidence[]): FileResult {
  const missing = missingHere(evidence);
  if (missing.length > 0) {
    return { ...verdict('', ''), passed: 0, skipped: [`not compared: ${missing.join('; ')}`] };
  }
  const difference = differenceOf(evidence);
  return verdict(difference ? 'is what the tests have shown' : '', difference ?? '');
}

/** How often a file is run where Wine's server crashes each time: that is no fault of the file's. */
const MOST_RUNS = 3;

export async function runWindows(
  file: string,
  runtime: RuntimeName | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FileResult> {
  return whileServerCrashes(file, () => runWindowsOnce(file, runtime, env));
}

/** @param runOnce gives undefined where Wine's server has crashed */
async function whileServerCrashes(
  file: string,
  runOnce: () => Promise<FileResult | undefined>,
): Promise<FileResult> {
  for (let run = 1; ; run++) {
    const result = await runOnce();
    if (result) return result;
    if (run === MOST_RUNS) return verdict("Wine's server has crashed again and again", '');
    console.log(`  Wine's server has crashed; once more: ${label(file)}`);
  }
}

/** @returns undefined where Wine's server has crashed */
async function runWindowsOnce(
  file: string,
  runtime: RuntimeName | undefined,
  env: NodeJS.ProcessEnv,
): Promise<FileResult | undefined> {
  const tap = readTap();
  let stderr = '';
  const stdout = new Writable({
    write(data: Buffer, _encoding, done) {
      tap.write(data);
      done();
    },
  });
  const errors = new Writable({
    write(data: Buffer, _encoding, done) {
      stderr += data.toString();
      done();
    },
  });
  const outcome = await runScript(runtime, file, [], {
    cwd: projectDir,
    env: { ...env, TAP_TIMEOUT: TEST_SECONDS },
    stdout,
    stderr: errors,
    timeout: fileLimit,
  });
  const { code, windowsCode, timedOut, interrupted, serverCrashed } = outcome;
  // Interrupted: what follows would only be more of the same.
  if (interrupted) process.exit(code);
  const result = await tap.end();
  return serverCrashed ? undefined : withExit(result, windowsCode ?? code, timedOut, stderr);
}

/** A file that crashed or hung has failed, whatever it printed before. */
function withExit(result: FileResult, code: number, timedOut: boolean, stderr: string): FileResult {
  const extra = [result.extra, stderr].filter(Boolean).join('\n');
  if (timedOut) {
    const limit = `ended after ${fileLimit / 60_000} minutes`;
    result.failures.push({ name: limit, details: '' });
  } else if (code > 255) {
    result.failures.push({ name: `crashed with code 0x${code.toString(16)}`, details: '' });
  } else if (code !== 0 && result.failures.length === 0) {
    result.failures.push({ name: `ended with exit code ${code}`, details: '' });
  } else if (result.passed + result.failures.length + result.skipped.length === 0) {
    result.failures.push({ name: 'has no tests', details: '' });
  }
  return { ...result, extra };
}

function print(name: string, result: FileResult, seconds: number): void {
  const failed = result.failures.length;
  const counts = [
    `${result.passed} passed`,
    ...(failed ? [`${failed} failed`] : []),
    ...(result.skipped.length ? [`${result.skipped.length} skipped`] : []),
  ];
  console.log(`${failed ? '✗' : '✓'} ${name}  ${counts.join(', ')} (${seconds.toFixed(1)} s)`);
  for (const skipped of result.skipped) console.log(`    skipped: ${skipped}`);
  for (const failure of result.failures) {
    console.log(`    ✗ ${shorten(failure.name, 600)}`);
    if (failure.details) console.log(indent(failure.details, '        '));
  }
  if (failed && result.extra.trim()) {
    console.log('    other output:');
    console.log(indent(result.extra.trim().slice(-8000), '        '));
  }
}

function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}
