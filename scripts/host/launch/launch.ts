// Runs a Windows program under Wine as if it were a program of this system: standard streams, signals,
// exit code, and nothing left running when it is interrupted.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { constants } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Transform } from 'node:stream';
import { projectDir, toWindowsPath } from '../system/paths.ts';
import { ensureKoffi, ensureRuntime } from '../wine/runtimes.ts';
import { ensureWine, wineCommand } from '../wine/wine.ts';
import { killRun, marker } from './processes.ts';

export interface LaunchOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  stdin?: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Paths that the program has to see, beside the usual ones. */
  visible?: string[];
  /** Milliseconds after which the program is killed. */
  timeout?: number;
}

export interface Outcome {
  /** The exit code as a Unix process has it. */
  code: number;
  /** The exit code in full: Windows has 32 bits of it. */
  windowsCode: number | undefined;
  timedOut: boolean;
  /** Ended by a signal to us. */
  interrupted: boolean;
  /** Ended because Wine's server has crashed, which is no fault of the program. */
  serverCrashed: boolean;
}

/** How long a program that was asked to end by Ctrl-C may take. */
const grace = 2000;

/** STATUS_CONTROL_C_EXIT, which the system ends a program with that does not handle Ctrl-C. */
export const controlCExit = 0xc000013a;

/** Names a file that is written when Wine's server crashes: a test knows of the programs it starts only how they end. */
export const CRASH_REPORT = 'WINSOCK_CRASH_REPORT';

const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Runs a Windows program, given by its Unix path, to its end. */
export async function launch(
  program: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<Outcome> {
  const wine = await ensureWine();
  await ensureKoffi();
  const relayNode = await ensureRuntime('node24');
  const run = randomUUID();
  const connections = await openRelay();
  const relay = toWindowsPath(path.join(projectDir, 'scripts/host/launch/relay.cjs'));
  const command = await wineCommand(
    wine,
    [relayNode, relay, toWindowsPath(program), ...args],
    options.cwd,
    options.visible,
  );
  const env: NodeJS.ProcessEnv = { ...command.env, ...options.env, [marker]: run };
  const { port, token } = connections;
  // Node's options are for the program, not for the relay.
  env.WINSOCK_RELAY = JSON.stringify({ port, token, nodeOptions: env.NODE_OPTIONS });
  delete env.NODE_OPTIONS;
  const child = spawn(command.argv[0] ?? '', command.argv.slice(1), {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A session of its own: the terminal's Ctrl-C comes to us, and we pass it on in Windows' way.
    detached: true,
  });

  let windowsCode: number | undefined;
  let control: Socket | undefined;
  connections.onControl = (socket) => {
    control = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      const match = /exit (\d+)/.exec(text);
      if (match) windowsCode = Number(match[1]);
    });
  };
  connections.onInput = (socket) => {
    if (!options.stdin) return void socket.end();
    socket.on('close', () => options.stdin?.unpipe(socket).pause());
    options.stdin.on('error', () => socket.end());
    options.stdin.pipe(socket);
  };
  const watch = watchForEnd(run, () => control?.write('interrupt\n'), options.timeout);
  relayOutput(child.stdout, options.stdout);
  relayOutput(child.stderr, options.stderr, dropNoise(watch.onServerCrash));

  const { code, signal } = await ended(child, [options.stdout, options.stderr]);
  const ending = await watch.end();
  if (signal && ending.code === undefined) {
    options.stderr.write(`winsock: Wine was ended by ${signal}.\n`);
  }
  await new Promise((resolve) => setImmediate(resolve));
  connections.close();
  // A program that handled Ctrl-C and ended by itself has chosen its exit code.
  const isOver = ending.timedOut || ending.serverCrashed;
  const own = windowsCode !== undefined && windowsCode !== controlCExit && !isOver;
  return {
    code: (own ? undefined : ending.code) ?? code,
    windowsCode,
    timedOut: ending.timedOut,
    interrupted: ending.code !== undefined && !ending.timedOut && !ending.serverCrashed,
    serverCrashed: ending.serverCrashed,
  };
}

interface Relay {
  port: number;
  token: string;
  onInput: (socket: Socket) => void;
  onControl: (socket: Socket) => void;
  close(): void;
}

/** Listens for the two connections of the relay, which show that they are its by a token. */
async function openRelay(): Promise<Relay> {
  const token = randomUUID();
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (data) => {
      const first = data.toString().trim();
      if (first === `${token} input`) relay.onInput(socket);
      else if (first === `${token} control`) relay.onControl(socket);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const relay: Relay = {
    port: typeof address === 'object' && address ? address.port : 0,
    token,
    onInput: () => {},
    onControl: () => {},
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return relay;
}

function relayOutput(from: Readable, to: Writable, through?: Transform): void {
  const source = through ? from.pipe(through) : from;
  source.pipe(to, { end: false });
  // Destroying the source, as is done at the end, would leave what is held back.
  if (through) from.on('close', () => through.end());
  // Nobody reads any more, as in `… | head -1`: the program gets to know by the same error.
  to.on('error', () => {
    source.unpipe(to);
    from.destroy();
  });
}

/** Bun under Wine reports that paths read back differ from those it opened; it means nothing. */
export function isNoise(line: string): boolean {
  return line.startsWith('Internal error: directory mismatch for directory ');
}

/** What one of Wine's processes says last, while others wait for the server for ever. */
const CRASHED = 'wineserver crashed';

export function dropNoise(onServerCrash: () => void = () => {}): Transform {
  let rest = '';
  const starts = ['Internal error: directory mismatch', CRASHED];
  return new Transform({
    transform(data: Buffer, _encoding, done) {
      const lines = (rest + data.toString('latin1')).split(/(?<=\n)/);
      // Only what may become such a line is held back until it is whole.
      const last = lines.at(-1) ?? '';
      const isStart = (start: string) => start.startsWith(last) || last.startsWith(start);
      const undecided = !last.endsWith('\n') && starts.some(isStart);
      rest = undecided ? (lines.pop() ?? '') : '';
      if (lines.some((line) => line.startsWith(CRASHED))) onServerCrash();
      const kept = lines.filter((line) => !isNoise(line)).join('');
      done(null, Buffer.from(kept, 'latin1'));
    },
    flush(done) {
      done(null, isNoise(rest) ? null : Buffer.from(rest, 'latin1'));
    },
  });
}

interface Ended {
  code: number;
  signal: NodeJS.Signals | null;
}

/**
 * How the process ended, once all output has been passed on. The pipes do not close with the program when it
 * was the first one and Wine's services inherited them; but the relay writes synchronously, so all there
 * is lies in the pipes by then, and reading until nothing more comes is enough.
 */
function ended(child: ChildProcess, outputs: readonly Writable[]): Promise<Ended> {
  const sources = [child.stdout, child.stderr];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    let how: Ended = { code: 1, signal: null };
    const finish = () => {
      for (const source of sources) source?.destroy();
      resolve(how);
    };
    child.on('exit', (status, signal) => {
      how = { code: status ?? (signal ? 128 + constants.signals[signal] : 1), signal };
      let heard = 0;
      for (const source of sources) source?.on('data', () => heard++);
      let before = -1;
      const timer = setInterval(() => {
        const waiting = outputs.some((output) => output.writableNeedDrain);
        if (heard === before && !waiting) {
          clearInterval(timer);
          finish();
        }
        before = heard;
      }, 10);
      child.on('close', () => clearInterval(timer));
    });
    child.on('close', finish);
  });
}

/** Our parent, or its parent when npm runs us through a shell that stays. */
function npmParent(): number {
  const parent = process.ppid;
  try {
    const command = readFileSync(`/proc/${parent}/cmdline`, 'utf8');
    if (!command.includes('main.mjs')) return parent;
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    // The second field, the name in parentheses, may have spaces.
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  } catch {
    return parent;
  }
}

/**
 * Ends the run when we are interrupted, when our parent is gone, when its time is up, or when Wine's server
 * has crashed. `end` stops watching and tells how it was.
 */
function watchForEnd(run: string, interrupt: () => void, timeout: number | undefined) {
  let code: number | undefined;
  let timedOut = false;
  let serverCrashed = false;
  let killing: Promise<void> | undefined;
  const kill = () => {
    killing ??= killRun(run);
  };
  const timers: NodeJS.Timeout[] = [];
  const onSignal = (signal: keyof typeof signalCodes) => {
    if (code !== undefined) return kill();
    code = signalCodes[signal];
    interrupt();
    timers.push(setTimeout(kill, grace));
  };
  const signals = Object.keys(signalCodes) as (keyof typeof signalCodes)[];
  for (const signal of signals) process.on(signal, onSignal);
  if (timeout) {
    timers.push(
      setTimeout(() => {
        timedOut = true;
        code = 124;
        kill();
      }, timeout),
    );
  }
  // npm may be killed without its script being told.
  if (process.env.npm_lifecycle_event) {
    const npm = npmParent();
    const check = () => npmParent() !== npm && onSignal('SIGHUP');
    timers.push(setInterval(check, 500));
  }
  const onServerCrash = () => {
    serverCrashed = true;
    code = 1;
    const report = process.env[CRASH_REPORT];
    if (report) writeFileSync(report, '');
    kill();
  };
  const end = async () => {
    for (const timer of timers) clearTimeout(timer);
    for (const signal of signals) process.off(signal, onSignal);
    // What the program started ends with an interrupted run, but is its own business otherwise.
    if (code !== undefined) kill();
    await killing;
    return { code, timedOut, serverCrashed };
  };
  return { onServerCrash, end };
}
