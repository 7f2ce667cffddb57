/**
 * Answers of node:http over connections of node:net and of this package, with one write and with three, which are
 * a turn of the event loop apart; and with three where the first has a turn of its own too.
 *
 * Node:net hands on what it has received right before immediates run, and this package among them. So what a listener
 * does in its next immediate comes before the other side has had a turn with node:net, and after it with this package:
 * the client, which is in the same event loop, gets two of the three writes as one. Where the first write comes from an
 * immediate, the turns are whole ones with both.
 *
 *   npm start -- bench/http.ts [ANSWERS] [ROUNDS]
 *
 * A client of node:http asks on one connection, one question after the other; rounds are interleaved. Prints the
 * medians of milliseconds for all the answers of a round.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, toDuplex } from 'winsock/io';
import { median } from 'winsock/perf';

const answers = Number(process.argv[2] ?? 200);
const rounds = Number(process.argv[3] ?? 9);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Answer {
  readonly what: string;
  readonly writes: number;
  /** Whether the first write has a turn of its own. */
  readonly later: boolean;
}

const ANSWERS: readonly Answer[] = [
  { what: '1 write', writes: 1, later: false },
  { what: '3 writes', writes: 3, later: false },
  { what: '3 writes, whole turns apart', writes: 3, later: true },
];

function serverOf({ writes, later }: Answer): http.Server {
  return http.createServer(async (_, response) => {
    if (later) await turn();
    for (let n = 1; n < writes; n++) {
      response.write('part of an answer\n');
      await turn();
    }
    response.end('the end of it\n');
  });
}

async function portOfNet(answer: Answer): Promise<number> {
  const server = serverOf(answer).listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  return (server.address() as AddressInfo).port;
}

function portOfOurs(answer: Answer): number {
  const web = serverOf(answer);
  return createServer((socket) => web.emit('connection', toDuplex(socket))).listen({
    host: '127.0.0.1',
  }).port;
}

async function time(port: number): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const began = performance.now();
  for (let n = 0; n < answers; n++) {
    await new Promise<void>((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port, agent }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject);
    });
  }
  const took = performance.now() - began;
  agent.destroy();
  return took;
}

for (const answer of ANSWERS) {
  const ports = { net: await portOfNet(answer), ours: portOfOurs(answer) };
  const times = { net: [] as number[], ours: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const kind of ['net', 'ours'] as const) {
      const took = await time(ports[kind]);
      // The first round compiles.
      if (round > 0) times[kind].push(took);
    }
  }
  const [net, ours] = [median(times.net), median(times.ours)];
  const ratio = (net / ours).toFixed(2);
  console.log(
    `${answer.what}, ${answers} answers: node:net ${net.toFixed(0)} ms, winsock/io ${ours.toFixed(0)} ms, ${ratio} times as fast`,
  );
}
process.exit(0);
