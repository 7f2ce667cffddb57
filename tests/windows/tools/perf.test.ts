// `winsock perf` over the completion port, as it is started on Windows: against itself, on every run time.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import {
  type Comparison,
  type LatencyReport,
  type Report,
  runClient,
  startServer,
} from 'winsock/perf';
import { freePort } from '../support/free-port.ts';
import { isWine } from '../support/native.ts';
import { runProgram } from '../support/programs.ts';
import { allRuntimes, bothEngines, missingRuntime } from '../support/runtimes.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function perf(executable: string, ...args: string[]) {
  return runProgram(executable, [cli, 'perf', ...args]);
}

/** A server as a process, until the test is over. */
async function serverOn(t: Test, executable: string, ...args: string[]): Promise<number> {
  const port = await freePort();
  const argv = [cli, 'perf', '-s', '-B', '127.0.0.1', '-p', String(port), ...args];
  const child = spawn(executable, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill()) await ended;
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  while (!output.includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(`the server has ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return port;
}

// Mostly a measurement of half a second is waited for.
t.jobs = 2;

const WAYS = [
  '',
  '-R -P 3',
  '--bidir',
  '-n 20M',
  '-u -b 8M',
  '-u -b 8M -l 1000 -R -P 2',
  '-w 64K -N -l 1000',
  '--model net --bidir',
];
/** What the run times do differently; the rest is the same code. */
const EVERYWHERE = ['-R -P 3', '--bidir', '-u -b 8M -l 1000 -R -P 2'];

for (const [name, executable] of allRuntimes) {
  const options = { skip: missingRuntime(name, executable), timeout: 180_000, buffered: true };
  t.test(`every byte on ${name}`, options, async (t) => {
    const port = await serverOn(t, executable!);
    const isEngine = bothEngines.some(([engine]) => engine === name);
    for (const way of isEngine ? WAYS : EVERYWHERE) {
      const given = way.split(' ').filter(Boolean);
      const time = way.includes('-n') ? [] : ['-t', '0.5'];
      const place = ['-c', '127.0.0.1', '-p', String(port), '-J', '--verify'];
      const { output, errors, code } = await perf(executable!, ...place, ...time, ...given);
      t.equal(code, 0, `${way}: ${errors}`);
      const { end, start } = JSON.parse(output) as Report;
      t.ok(end.sum_received.bytes > 0, way);
      t.same(end.winsock.warnings, []);
      t.ok(end.winsock.verified?.every(({ bytes }) => bytes > 0));
      t.equal(start.winsock.model, way.includes('net') ? 'net' : 'port');
      if (!way.includes('net')) t.ok(end.winsock.port!.batches > 0, 'the port says what it did');
      if (way.startsWith('-n')) t.equal(end.sum_received.bytes, 20 << 20);
    }
  });
}

for (const [name, executable] of bothEngines) {
  const options = { skip: missingRuntime(name, executable), timeout: 180_000, buffered: true };
  t.test(`latency on ${name}`, options, async (t) => {
    const port = await serverOn(t, executable!);
    const place = ['--latency', '-c', '127.0.0.1', '-p', String(port), '-t', '0.5', '-J'];
    const measure = async (...args: string[]) => {
      const { output, errors, code } = await perf(executable!, ...place, ...args);
      t.equal(code, 0, errors);
      return JSON.parse(output) as LatencyReport;
    };
    const loaded = await measure('-P', '4', '--load', '1', '-b', '100M');
    t.same(
      loaded.phases.map((phase) => [phase.name, phase.count > 0, phase.latency.p50 > 0]),
      [
        ['alone', true, true],
        ['under load', true, true],
      ],
    );
    t.equal((await measure('--request-rate', '200')).requestRate, 200);
    t.ok((await measure('--connects', '-P', '4')).phases[0]!.count > 0);
    t.equal((await measure('--hold', '200')).phases[0]!.count, 200);
  });

  t.test(`models side by side on ${name}`, options, async (t) => {
    const args = ['--compare', '--rounds', '1', '-t', '0.3', '-P', '4', '-J'];
    const { output, errors, code } = await perf(executable!, ...args);
    t.equal(code, 0, errors);
    const { scenarios, lacking } = JSON.parse(output) as Comparison;
    const models = ['blocking', 'event', 'net', 'overlapped', 'poll', 'port', 'select'];
    t.equal(scenarios.length, 4);
    for (const { name, results } of scenarios) {
      const shown = results.map(({ model }) => model).filter((model) => model !== 'rio');
      t.same(shown.sort(), models, name);
      t.same(
        results.filter(({ median }) => !(median.rate > 0)).map(({ model }) => model),
        [],
        `${name}: each has answered`,
      );
    }
    if (isWine()) t.match(lacking, [{ model: 'rio', reason: /WSAEOPNOTSUPP/ }]);
  });
}

t.test(
  'a server of each model ends with whoever has started it',
  { timeout: 120_000 },
  async (t) => {
    const script = path.join(path.dirname(cli), 'model-server.js');
    for (const model of ['port', 'overlapped', 'event', 'poll', 'select', 'blocking', 'net']) {
      const child = spawn(process.execPath, [script, model], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      t.teardown(() => child.kill());
      const ended = once(child, 'exit');
      const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
      const port = Number(/^ready (\d+)/.exec(line)?.[1]);
      const lifeline = net.connect(port, '127.0.0.1');
      await once(lifeline, 'connect');
      lifeline.write('l');
      // It has heard whose connection this is.
      await once(lifeline, 'data');
      t.equal(child.exitCode, null, `${model} serves`);
      lifeline.destroy();
      t.ok(await ended, `${model} has ended`);
    }
  },
);

t.test('a picture is drawn, and arguments that make no sense are told', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-perf-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const port = await serverOn(t, process.execPath);
  const svg = path.join(dir, 'perf.svg');
  const place = ['-c', '127.0.0.1', '-p', String(port)];
  const { code, output } = await perf(
    process.execPath,
    ...place,
    '-t',
    '0.6',
    '-i',
    '0.2',
    '--svg',
    svg,
  );
  t.equal(code, 0);
  t.match(output, /\[ {2}1\] +0\.00-0\.2\d sec +[\d.]+ [KMG]?Bytes +[\d.]+ [KMG]?bits\/sec/);
  t.match(output, /^completion port: \d+ packets in \d+ batches/m);
  t.match(readFileSync(svg, 'utf8'), /<polyline/);
  for (const wrong of [
    ['-c', '127.0.0.1', '-P', '0'],
    ['-s', '-c', 'x'],
    ['--model', 'rio', '-c', 'x'],
  ]) {
    const { code, errors } = await perf(process.execPath, ...wrong);
    t.equal(code, 2, errors);
  }
  t.equal((await perf(process.execPath, '--help')).code, 0);
});

t.test('a program can start a server and run a client', async (t) => {
  const server = await startServer({ host: '127.0.0.1', port: 0, interval: 0 });
  const report = await runClient({ host: '127.0.0.1', port: server.port, duration: 1 });
  t.equal(report.error, undefined);
  t.ok(report.end.sum_received.bytes > 0);
  await server.close();
});
