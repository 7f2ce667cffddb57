/**
 * Sends sockets, servers, datagram sockets, completion ports and stream bridges of winsock/io through their
 * states, beside and against those of Node, on two threads and with faults. Both ends of a connection say
 * what they saw: each byte in its place, all of it where nobody has cut the connection short, each callback
 * and each 'close' once, nothing uncaught, and everything given back.
 *
 *   states.ts SEED ROUNDS
 *
 * A round begins anew from its own seed. With `FUZZ_ALONE=1` there is no other thread.
 */
import { writeSync } from 'node:fs';
import { Random } from '../hostile/random.ts';
import { handleCount } from '../states/handles.ts';
import { OtherThread } from '../states/other-thread.ts';
import { Round } from '../states/round.ts';

const SECONDS = 30;
/** Rounds before the handles are counted: pools and threads begin at the first use. */
const WARM = 10;
/** More handles than this are not what a pool may still take. */
const MORE_HANDLES = 60;

const [first = '1', rounds = '1'] = process.argv.slice(2);
let seed = Number(first);
let round: Round | undefined;
const counts = { rounds: 0, connections: 0, megabytes: 0, failed: 0 };
let bytes = 0;

function problem(what: string): void {
  counts.failed++;
  writeSync(2, `seed ${seed}: ${what}\n`);
}
process.on('uncaughtException', (error) => problem(`an uncaught exception: ${error?.stack}`));
process.on('unhandledRejection', (error) =>
  problem(`an unhandled rejection: ${(error as Error)?.stack ?? error}`),
);

const open = () =>
  process.env.FUZZ_ALONE === '1'
    ? Promise.resolve(undefined)
    : OtherThread.start(seed, (report) => round?.take(report));

let thread = await open();
let handles: number | undefined;
for (let n = 0; n < Number(rounds); n++, seed++) {
  writeSync(1, `seed ${seed}\n`);
  const late = setTimeout(() => {
    problem(`not over after ${SECONDS} s: ${[...(round?.unfinished() ?? [])].join('\n  ')}`);
    process.exit(1);
  }, SECONDS * 1000);
  round = new Round(seed, thread);
  for (const fault of await round.run()) problem(fault);
  counts.rounds++;
  counts.connections += round.connections;
  bytes += round.bytes;
  if (thread?.error || thread?.terminated) {
    if (thread.error) problem(`the other thread: ${(thread.error as Error).stack}`);
    thread = await open();
  } else if (thread && new Random(seed).once(40)) {
    for (const fault of await thread.close()) problem(fault);
    thread = await open();
  }
  clearTimeout(late);
  if (n === WARM) handles = handleCount();
}
if (thread) for (const fault of await thread.close()) problem(fault);
const more = handles === undefined ? 0 : handleCount() - handles;
if (more > MORE_HANDLES) problem(`${more} handles more than after ${WARM} rounds`);
counts.megabytes = Math.round(bytes / 1e6);
process.stdout.write(`${JSON.stringify({ ...counts, handles: more })}\n`);
process.exit(counts.failed > 0 ? 1 : 0);
