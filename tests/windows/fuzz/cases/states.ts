/**
 * Sends sockets, servers, datagram sockets, completion ports and stream bridges of winsock/io through their
 * states, beside and against those of Node, on two threads and with faults. Both ends of a connection say
 * what they saw: each byte in its place, all of it where nobody has cut the connection short, each callback
 * and each 'close' once, nothing uncaught, and everything given back.
 *
 *   states.ts SEED ROUNDS
 *
 * A round begins anew from its own seed. Much of it is waiting: several are under way at once, each with a completion
 * port that it shares with none but those before it, and all with one other thread: where that is terminated, it is so
 * for all of them. With `FUZZ_ALONE=1` there is no other thread.
 */
import { writeSync } from 'node:fs';
import { CompletionPort } from 'winsock/io';
import { Random } from '../hostile/random.ts';
import { handleCount } from '../states/handles.ts';
import { OtherThread } from '../states/other-thread.ts';
import { Reports } from '../states/reports.ts';
import { Round } from '../states/round.ts';

const AT_ONCE = 8;
/** After about so many rounds the other thread is closed in good order. */
const ROUNDS_OF_A_THREAD = 80;
/** Much more than a round takes where this process has next to nothing of the processor. */
const SECONDS = 240;
/** Rounds before the handles are counted: pools and threads begin at the first use. */
const WARM = 10 * AT_ONCE;
/** More handles than this are not what a pool may still take. */
const MORE_HANDLES = 60;
/** A thread that is terminated leaves its own handle, which nobody can close: see lib/io/calls/thread-end.ts. */
const HANDLES_OF_A_THREAD = 2;

const [first = '1', rounds = '1'] = process.argv.slice(2);
const start = Number(first);
const end = start + Number(rounds);
const counts = { rounds: 0, connections: 0, itself: 0, astray: 0, megabytes: 0, failed: 0 };
const reports = new Reports();
let bytes = 0;

function problem(seed: number | string, what: string): void {
  counts.failed++;
  writeSync(2, `seed ${seed}: ${what}\n`);
}

/** One round after another, with the completion port that they share. */
class Lane {
  /** Of the round that is under way. */
  seed: number | undefined;
  #round: Round | undefined;
  #port = new CompletionPort();

  async run(seed: number, thread: OtherThread | undefined): Promise<void> {
    this.seed = seed;
    writeSync(1, `seed ${seed}\n`);
    const late = setTimeout(() => void endLate(seed, thread), SECONDS * 1000);
    if (this.#port.closed) this.#port = new CompletionPort();
    const round = new Round(seed, this.#port, thread, reports);
    this.#round = round;
    for (const fault of await round.run()) problem(seed, fault);
    counts.rounds++;
    counts.connections += round.connections;
    bytes += round.bytes;
    counts.itself += round.astray.itself;
    counts.astray += round.astray.elsewhere;
    clearTimeout(late);
    this.seed = undefined;
  }

  /** What has not come to its end in the round that is under way. */
  unfinished(): string[] {
    return [...(this.#round?.unfinished() ?? [])];
  }

  close(): Promise<void> {
    return this.#port.close();
  }
}

/** A round is not over: what is left of all that are under way, and in the other thread. */
async function endLate(late: number, thread: OtherThread | undefined): Promise<void> {
  const other = (await thread?.unfinished()) ?? [];
  for (const lane of lanes) {
    if (lane.seed === undefined) continue;
    problem(lane.seed, `not over after ${SECONDS} s: ${lane.unfinished().join('\n  ')}`);
  }
  problem(late, `elsewhere: ${other.join('\n  ')}`);
  process.exit(1);
}

const lanes = Array.from({ length: Math.min(AT_ONCE, end - start) }, () => new Lane());
/** Nobody knows which of the rounds it was. */
const underWay = () => lanes.flatMap(({ seed }) => seed ?? []).join(' or ');
process.on('uncaughtException', (error) =>
  problem(underWay(), `an uncaught exception: ${error?.stack}`),
);
process.on('unhandledRejection', (error) =>
  problem(underWay(), `an unhandled rejection: ${(error as Error)?.stack ?? error}`),
);

let thread: OtherThread | undefined;
let terminated = 0;

async function closeThread(seed: number): Promise<void> {
  for (const fault of (await thread?.close()) ?? []) problem(seed, fault);
  thread = undefined;
}

const shared = new CompletionPort();
let handles: number | undefined;
for (let seed = start; seed < end; seed += lanes.length) {
  const some = lanes.slice(0, end - seed);
  if (process.env.FUZZ_ALONE !== '1') {
    thread ??= await OtherThread.start(seed, reports);
  }
  await Promise.all(some.map((lane, at) => lane.run(seed + at, thread)));
  if (thread?.error) problem(seed, `the other thread: ${(thread.error as Error).stack}`);
  if (thread?.terminated) terminated++;
  if (thread?.error || thread?.terminated) thread = undefined;
  else if (new Random(seed).once(ROUNDS_OF_A_THREAD / AT_ONCE)) await closeThread(seed);
  // The memory for receiving is of all ports together.
  const { buffers } = shared.stats();
  if (buffers.free !== buffers.bytes) {
    const left = `${buffers.bytes - buffers.free} bytes of receive memory are not back`;
    problem(seed, `or one of the next ${some.length - 1}: ${left}`);
  }
  if (handles === undefined && counts.rounds >= WARM) handles = handleCount();
}
const more = handles === undefined ? 0 : handleCount() - handles;
await Promise.all([closeThread(end - 1), ...lanes.map((lane) => lane.close())]);
if (more > MORE_HANDLES + terminated * HANDLES_OF_A_THREAD) {
  problem(end - 1, `${more} handles more than after ${WARM} rounds`);
}
counts.megabytes = Math.round(bytes / 1e6);
process.stdout.write(`${JSON.stringify({ ...counts, handles: more })}\n`);
process.exit(counts.failed > 0 ? 1 : 0);
