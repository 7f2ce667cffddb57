/**
 * A server of node:http, or of express: over Node's own modules, over `winsock/register`, which it knows nothing of,
 * and over the stream bridge of winsock/io, in processes of their own.
 *
 *   npm start -- bench/register.ts [--rounds N] [--seconds N] [--connections N] [--express FOLDER]
 *
 * FOLDER has express in its node_modules. Clients of node:net ask on so many connections, each one question after
 * the other; rounds are interleaved. Prints medians and quartiles of requests a second, their ratio in each round,
 * the processor time of the server for a request, and how long the first answer takes after the start.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from 'winsock/perf';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    express: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);

const PROGRAM = fileURLToPath(new URL('servers/web.mjs', import.meta.url));
const OWN = 'node:net';
/** For each kind of server: arguments of the run time, and of the program. */
const KINDS = {
  [OWN]: { execArgv: [], args: [] },
  'winsock/register': {
    execArgv: [`--import=${import.meta.resolve('winsock/register')}`],
    args: [],
  },
  toDuplex: { execArgv: [], args: [`--bridge=${import.meta.resolve('winsock/io')}`] },
} as const;
type Kind = keyof typeof KINDS;

interface Sample {
  readonly rate: number;
  /** Processor time of the server for a request, in microseconds. */
  readonly processor: number;
  /** From the start of the process to the first answer, in milliseconds. */
  readonly first: number;
}

/** What is compiled while it runs is compiled after so many answers, however slow the machine is. */
const WARMING_ANSWERS = 10_000;

const QUESTION = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Asks on one connection until it is closed; calls for each answer. */
function client(port: number, answered: () => void): net.Socket {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(QUESTION));
  let rest = '';
  socket.setEncoding('latin1').on('data', (text) => {
    rest += text;
    const end = rest.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(rest)?.[1]);
    if (end < 0 || rest.length < end + 4 + length) return;
    rest = '';
    answered();
    socket.write(QUESTION);
  });
  socket.on('error', () => {});
  return socket;
}

async function told(server: ChildProcess): Promise<Record<string, number>> {
  const [message] = await once(server, 'message');
  return message as Record<string, number>;
}

async function processorTime(server: ChildProcess): Promise<number> {
  server.send('how much');
  return (await told(server)).microseconds!;
}

async function sample(kind: Kind): Promise<Sample> {
  const began = performance.now();
  const { execArgv, args } = KINDS[kind];
  const express = values.express ? [values.express] : [];
  const server = fork(PROGRAM, [...args, ...express], { execArgv: [...execArgv] });
  const { port = 0 } = await told(server);
  await new Promise<void>((resolve) => {
    const first = client(port, () => {
      first.destroy();
      resolve();
    });
  });
  const first = performance.now() - began;
  let answers = 0;
  const clients = Array.from({ length: connections }, () => client(port, () => void answers++));
  while (answers < WARMING_ANSWERS) await new Promise((resolve) => setTimeout(resolve, 100));
  const [before, used, from] = [answers, await processorTime(server), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const served = answers - before;
  const rate = (1000 * served) / (performance.now() - from);
  const processor = ((await processorTime(server)) - used) / served;
  for (const one of clients) one.destroy();
  server.disconnect();
  await once(server, 'exit');
  return { rate, processor, first };
}

const samples: Record<Kind, Sample[]> = { [OWN]: [], 'winsock/register': [], toDuplex: [] };
for (let round = 0; round < rounds; round++) {
  for (const kind of Object.keys(KINDS) as Kind[]) samples[kind].push(await sample(kind));
}

/** Median and quartiles. */
function spread(numbers: readonly number[], digits: number): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!.toFixed(digits);
  return `${median(sorted).toFixed(digits)} (${at(0.25)} to ${at(0.75)})`;
}

console.log(
  `${values.express ? 'express' : 'node:http'}, ${connections} connections, ${rounds} rounds`,
);
for (const [kind, all] of Object.entries(samples)) {
  const of = (what: keyof Sample, digits: number) =>
    spread(
      all.map((one) => one[what]),
      digits,
    );
  console.log(
    `  ${kind.padEnd(17)} ${of('rate', 0)} requests/s, ${of('processor', 0)} µs of the processor each, first answer after ${of('first', 0)} ms`,
  );
}
for (const kind of Object.keys(KINDS) as Kind[]) {
  if (kind === OWN) continue;
  const ratioOf = (what: 'rate' | 'processor' | 'first') =>
    spread(
      samples[kind].map((one, round) => one[what] / samples[OWN][round]![what]),
      2,
    );
  console.log(
    `  ${kind} to ${OWN} in each round: requests ${ratioOf('rate')}, processor ${ratioOf('processor')}, first answer ${ratioOf('first')}`,
  );
}
process.exit(0);
