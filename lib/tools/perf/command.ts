/** The command `winsock perf`. */
import { writeFileSync } from 'node:fs';
import { type Arguments, parseArguments, USAGE } from './arguments.ts';
import { type ClientOptions, runClient } from './client.ts';
import { measureLatency } from './latency/latency.ts';
import { messageOf, PerfError } from './perf-error.ts';
import { latencyText, secondHead, secondText } from './report/latency-text.ts';
import { endText, headText, intervalText, reportText, startText } from './report/text.ts';
import type { Report, StartRecord } from './report/types.ts';
import { startServer } from './server.ts';
import { bytesText } from './units.ts';

/** What the command ends with: 1 for a test that failed, 2 for arguments that make no sense. */
const FAILED = 1;
const MISUSED = 2;
/** As programs end that Ctrl-C has ended. */
const INTERRUPTED = 130;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`winsock perf: ${text}\n`);
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Runs a command line, and gives the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let parsed: Arguments | undefined;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    if (!(error instanceof PerfError)) throw error;
    complain(`${error.message}\n\n${USAGE}`);
    return MISUSED;
  }
  if (!parsed) {
    print(USAGE);
    return 0;
  }
  const interrupt = new AbortController();
  const onInterrupt = () => {
    // Who presses it twice does not want to wait.
    if (interrupt.signal.aborted) process.exit(INTERRUPTED);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  try {
    return await runMode(parsed, interrupt.signal);
  } catch (error) {
    if (parsed.json) printJson({ error: messageOf(error) });
    complain(messageOf(error));
    return FAILED;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

function runMode(args: Arguments, signal: AbortSignal): Promise<number> {
  if (args.mode === 'server') return serve(args, signal);
  if (args.mode === 'latency') return latency(args, signal);
  if (args.mode === 'compare') return compare(args, signal);
  return client(args, signal);
}

async function client(args: Arguments, signal: AbortSignal): Promise<number> {
  const { json, svg, host, port, family, bind, localPort, interval, model, connectTimeout } = args;
  let start: StartRecord | undefined;
  if (!json) print(`Connecting to ${host}, port ${port}`);
  const options: ClientOptions = {
    ...args.settings,
    host,
    port,
    family,
    localAddress: bind,
    localPort,
    interval,
    model,
    connectTimeout,
    signal,
    ...(!json && {
      onStart: (record) => {
        start = record;
        print(`${startText(record)}\n${headText(record)}`);
      },
      onInterval: (record) => print(intervalText(record, start!)),
    }),
  };
  const report = await runClient(options);
  if (json) printJson(report);
  else print(endText(report));
  if (svg) await draw(report, svg);
  if (report.error !== undefined) complain(report.error);
  if (report.end.winsock.interrupted) return INTERRUPTED;
  return report.error === undefined ? 0 : FAILED;
}

async function draw(report: Report, file: string): Promise<void> {
  const { throughputPicture } = await import('./report/svg.ts');
  writeFileSync(file, throughputPicture(report));
}

async function serve(args: Arguments, signal: AbortSignal): Promise<number> {
  const { json, svg, bind, port, family, interval, model, oneOff } = args;
  let start: StartRecord | undefined;
  let failed = false;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const show = (text: string) => {
    if (!json) print(text);
  };
  const ended = () => {
    if (oneOff) finish();
    else show(`\nServer listening on ${port}`);
  };
  const server = await startServer({
    host: bind,
    port,
    family,
    interval,
    model,
    outputOf: reportText,
    onAccepted: (peer) => show(`Accepted connection from ${peer.host}, port ${peer.port}`),
    onStart: (record) => {
      start = record;
      show(`${startText(record)}\n${headText(record)}`);
    },
    onInterval: (record) => show(intervalText(record, start!)),
    onReport: (report) => {
      if (json) printJson(report);
      else print(endText(report));
      if (report.error !== undefined) complain(report.error);
      failed = report.error !== undefined;
      if (svg) draw(report, svg).catch((error) => complain(messageOf(error)));
      ended();
    },
    onLatency: (results) => {
      if (json) printJson({ latency: results });
      else {
        const { connections, bytes, cpu } = results;
        print(
          `Answered ${connections} connections, ${bytesText(bytes)}; CPU here ${cpu.toFixed(1)}%`,
        );
      }
      ended();
    },
    onNote: (note) => complain(note),
  });
  show(`Server listening on ${server.port}`);
  signal.addEventListener('abort', finish, { once: true });
  if (signal.aborted) finish();
  await finished;
  await server.close();
  return signal.aborted ? 0 : failed ? FAILED : 0;
}

async function latency(args: Arguments, signal: AbortSignal): Promise<number> {
  const { json, svg, host, port, family, bind, model, connectTimeout, settings } = args;
  if (!json && !args.hold && !args.connects) print(secondHead());
  const report = await measureLatency({
    host,
    port,
    family,
    localAddress: bind,
    model,
    connectTimeout,
    connections: settings.streams,
    size: settings.blockSize,
    duration: settings.duration,
    requestRate: args.requestRate,
    load: args.load,
    loadRate: settings.rate,
    connects: args.connects,
    hold: args.hold,
    signal,
    ...(!json && {
      onSecond: (phase, second) => print(secondText(phase, second)),
      onOpened: (count) => print(`${count} connections`),
    }),
  });
  if (json) printJson(report);
  else print(latencyText(report));
  if (svg) {
    const { latencyPicture } = await import('./report/svg.ts');
    writeFileSync(svg, latencyPicture(report));
  }
  return report.interrupted ? INTERRUPTED : 0;
}

async function compare(args: Arguments, signal: AbortSignal): Promise<number> {
  const { compareModels } = await import('./models/compare.ts');
  const { comparisonText } = await import('./report/comparison-text.ts');
  const { streams, blockSize, duration } = args.settings;
  const comparison = await compareModels({
    models: args.models,
    rounds: args.rounds,
    seconds: duration,
    connections: streams,
    size: blockSize,
    signal,
    ...(!args.json && { onProgress: (text: string) => process.stderr.write(`${text}\n`) }),
  });
  if (args.json) printJson(comparison);
  else print(comparisonText(comparison));
  return signal.aborted ? INTERRUPTED : 0;
}
