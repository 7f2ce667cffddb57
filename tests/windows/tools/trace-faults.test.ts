// WINSOCK_FAULTS: a fault of each kind, for the C functions and for winsock/io, on Node.js and on Bun.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { bothEngines, missingRuntime } from '../support/runtimes.ts';

const program = fileURLToPath(new URL('cases/faulty.ts', import.meta.url));

interface Run {
  readonly code: number;
  readonly stderr: string;
  /** What the program has seen, step by step. */
  readonly steps: readonly (readonly [step: string, value: unknown])[];
}

function run(
  executable: string,
  name: string,
  faults: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const all = { ...process.env, WINSOCK_FAULTS: faults, ...env };
  return new Promise((resolve) => {
    execFile(
      executable,
      [program, name],
      { env: all, timeout: 60_000 },
      (error, stdout, stderr) => {
        const lines = stdout.match(/(?<=^found ).*$/gm) ?? [];
        const found = lines.map((line) => JSON.parse(line) as { step: string; value: unknown });
        const code = error ? Number(error.code ?? -1) : 0;
        resolve({ code, stderr, steps: found.map(({ step, value }) => [step, value]) });
      },
    );
  });
}

/** The steps of a program that has come to its end. */
async function seen(t: Test, executable: string, name: string, faults: string) {
  const { code, stderr, steps } = await run(executable, name, faults);
  t.equal(code, 0, stderr);
  return steps;
}

for (const [runtime, executable = ''] of bothEngines) {
  const skip = missingRuntime(runtime, executable || undefined);
  t.test(`faults on ${runtime}`, { skip, timeout: 300_000 }, async (t) => {
    t.test('errors: each way of saying so, in each flavour', async (t) => {
      const faults =
        'send:WSAECONNRESET@2-4; gethostbyname:WSAHOST_NOT_FOUND; getaddrinfo:11001; socket:WSAEMFILE@3';
      t.same(await seen(t, executable, 'errors', faults), [
        ['plain', [6, -1, 'WSAECONNRESET']],
        ['thrown', 'WSAECONNRESET'],
        ['async', 'WSAECONNRESET'],
        ['after', 6],
        ['received', 12],
        ['NULL', null],
        ['code', 11001],
        ['socket', [-1, 'WSAEMFILE']],
      ]);
    });

    t.test('delays of calls that block, here and on other threads', async (t) => {
      const steps = await seen(t, executable, 'delays', 'connect:delay=300ms;recv:delay=0.2s');
      const times = Object.fromEntries(steps);
      // Clocks of timers and of the test differ by a few milliseconds.
      t.ok(Number(times['connect took']) > 290, 'connect');
      t.ok(Number(times['recv.async took']) > 190, 'recv.async');
      t.equal(times.received, 1);
    });

    t.test('short counts', async (t) => {
      const faults = 'send:short=1;WSASend:short=4;recv:short=2';
      t.same(await seen(t, executable, 'shorts', faults), [
        ['send', 1],
        ['WSASend', [4, 3, 3]],
        ['recv', [2, 'aa']],
        ['recv.async', 2],
      ]);
    });

    t.test('completions that come late, or not before their socket is closed', async (t) => {
      const steps = await seen(t, executable, 'held', 'WSARecv:delay=250ms@1;WSARecv:hold@2');
      const packet = (name: string) =>
        steps.find(([step]) => step === name)?.[1] as Record<string, number>;
      t.match(packet('delayed'), { ok: 1, bytes: 7 });
      t.ok(packet('delayed').took! > 200, 'after the delay');
      t.match(packet('held'), { ok: 0, code: 258 }, 'the wait runs out');
      t.ok(packet('held').took! > 290, 'after its whole time');
      t.match(packet('closed'), { ok: 0, code: 995, bytes: 0 }, 'it ends as cancelled');
    });

    t.test('winsock/io sends and receives in pieces, and loses nothing', async (t) => {
      const faults = 'WSASend:short=700;WSARecv:short=100;WSARecv:delay=5ms@30%;seed=5';
      t.same(await seen(t, executable, 'streams', faults), [
        ['whole', true],
        ['pieces', 50],
      ]);
    });

    t.test('a server that has no sockets for a while goes on', async (t) => {
      // At the start, and after the first connection.
      for (const when of ['1-3', '4-6']) {
        const steps = await seen(t, executable, 'accepts', `AcceptEx:WSAEMFILE@${when}`);
        const served = steps.filter(([step]) => step !== 'server error');
        t.same(served, [
          ['echo 0', 'hello'],
          ['echo 1', 'hello'],
          ['echo 2', 'hello'],
          ['served', 3],
        ]);
        const errors = steps.filter(([step]) => step === 'server error').map(([, code]) => code);
        t.ok(errors.length > 0 && errors.every((code) => code === 'WSAEMFILE'), 'and says so');
      }
    });

    t.test('winsock/io tells of errors as of those of the system', async (t) => {
      const faults = 'ConnectEx:WSAECONNREFUSED@1;WSARecv:WSAECONNRESET';
      t.same(await seen(t, executable, 'ioErrors', faults), [
        ['connect', 'WSAECONNREFUSED'],
        ['error', 'WSAECONNRESET'],
      ]);
    });

    t.test('a receive that is held back keeps its memory, and ends with its port', async (t) => {
      t.same(await seen(t, executable, 'ioHeld', 'WSARecv:hold'), [
        ['early', 'nothing'],
        ['pending', 1],
        ['at the end', 'WSA_OPERATION_ABORTED'],
        ['arrived', 'what'],
      ]);
    });

    t.test('each kind of trace has the mark of each fault', async (t) => {
      const dir = mkdtempSync(path.join(tmpdir(), 'winsock-faults-'));
      t.teardown(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
      const files = ['lines.log', 'calls.jsonl', 'calls.json', 'capture.pcapng'];
      const trace = { WINSOCK_TRACE: files.map((file) => path.join(dir, file)).join() };
      const faults = 'send:WSAECONNRESET@2;gethostbyname:WSAHOST_NOT_FOUND;socket:WSAEMFILE@3';
      const { code, stderr } = await run(executable, 'errors', faults, trace);
      t.equal(code, 0, stderr);
      const text = (file: string) => readFileSync(path.join(dir, file), 'latin1');
      const lines = text('lines.log').split('\n');
      const marked = lines.filter((line) => line.includes('(fault: '));
      t.match(marked, [
        /^send\(.*\) = -1 WSAECONNRESET \(10054\) \(fault: WSAECONNRESET\) </,
        /^gethostbyname\("localhost"\) = null WSAHOST_NOT_FOUND \(11001\) \(fault: WSAHOST_NOT_FOUND\)|./,
        /^socket\(AF_INET, SOCK_STREAM, 0\) = -1 WSAEMFILE \(10024\) \(fault: WSAEMFILE\)/,
      ]);
      const faulty = (one: { fault?: string; args?: { fault?: string } }) =>
        one.fault ?? one.args?.fault;
      const json = text('calls.jsonl').trim().split('\n');
      const names = ['WSAECONNRESET', 'WSAHOST_NOT_FOUND', 'WSAEMFILE'];
      t.same(json.map((line) => faulty(JSON.parse(line))).filter(Boolean), names);
      const events = JSON.parse(text('calls.json')) as {
        ph: string;
        tid: number;
        args?: { fault?: string };
      }[];
      // Those in the lane of the main thread: a call on a socket is in the lane of that as well.
      const slices = events.filter(({ ph, tid }) => ph === 'X' && tid === 0);
      t.same(slices.map(faulty).filter(Boolean), names);
      const comments = text('capture.pcapng').match(/\(fault: \w+\)/g);
      for (const name of names) t.ok(comments?.includes(`(fault: ${name})`), name);
    });

    t.test('a seed repeats what happens by chance', async (t) => {
      const pattern = async (seed: number) => {
        const faults = `send:WSAECONNRESET@50%;seed=${seed}`;
        return JSON.stringify(await seen(t, executable, 'chances', faults));
      };
      const first = await pattern(1);
      t.equal(await pattern(1), first);
      t.not(await pattern(2), first);
      t.match(first, /-1.*1|1.*-1/, 'some fail');
      const { stderr } = await run(executable, 'chances', 'send:WSAECONNRESET@50%');
      t.match(stderr, /^winsock: faults by chance: seed=\d+\r?$/m, 'which seed is told');
    });

    t.test('what makes no sense is refused at the first call', async (t) => {
      const { code, stderr } = await run(executable, 'errors', 'sendd:WSAECONNRESET');
      t.not(code, 0);
      t.match(stderr, /TypeError: WINSOCK_FAULTS: there is no function sendd/);
    });
  });
}
