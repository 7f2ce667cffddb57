/**
 * Calls everything that the entry points export with arguments drawn from what programs get wrong. Nothing
 * may be read or written outside of the memory given, and what is refused is refused with a typed error
 * that names the function. Run in a process of its own, because what it looks for may end the process.
 *
 *   calls.ts SEED ROUNDS [ENTRY,…]
 *
 * A round begins anew from its own seed, so the seed of the round that failed repeats the failure.
 * `FUZZ_VERBOSE=1` says each call before it is made; `FUZZ_CALLS=FIRST-LAST,…` makes only those of the calls that are
 * drawn, by the numbers that it says, which is how the calls that a failure needs are found.
 */
import { writeSync } from 'node:fs';
import * as w from 'winsock';
import { Arguments, isTyped } from '../hostile/arguments.ts';
import { GuardedMemory, guardNativeAllocations } from '../hostile/guarded.ts';
import { Objects } from '../hostile/objects.ts';
import { Random } from '../hostile/random.ts';
import { Sockets } from '../hostile/sockets.ts';
import {
  functionsUnderTest,
  helpersUnderTest,
  prepareStandIn,
  recordsUnderTest,
  type Subject,
} from '../hostile/subjects.ts';
import { Values } from '../hostile/values.ts';

/** Calls of a round; those of winsock/io are fewer, as they begin what has to end. */
const CALLS = 2000;
const IO_CALLS = 200;
const ALL = 'winsock,spi,iphlpapi,qos,kernel,helpers,io';
/** How long the end of a round may take: a name that nobody knows is looked up for half a minute. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 90);
/** How long one call may keep the thread: most are over in less than a millisecond. */
const LONGEST_CALL_MS = 20_000;
/** What has come while a call kept the thread is told of in this time. */
const GRACE_MS = 5000;

const [first = '1', rounds = '1', chosen = ALL] = process.argv.slice(2);
const entries = chosen.split(',');
const verbose = process.env.FUZZ_VERBOSE === '1';

guardNativeAllocations();
w.WSAStartup.orThrow(0x0202, new w.WSADATA());
const skipped = process.env.FUZZ_SKIP ? new RegExp(process.env.FUZZ_SKIP) : /^$/;
const functions = functionsUnderTest(entries).filter(({ name }) => !skipped.test(name));
const helpers = entries.includes('helpers') ? helpersUnderTest() : [];
const records = entries.includes('helpers') ? recordsUnderTest() : [];
const guarded = new GuardedMemory();
/**
 * Arguments of calls whose operations go on, of this round and of the one before: memory stays until its socket is
 * closed and the system is done with it, which every program has to see to.
 */
const kept: unknown[][] = [[], []];
const counts = { calls: 0, refused: 0, made: 0 };
const subjects = new Set<string>();
/** What has not settled yet. */
const unsettled = new Set<string>();

let seed = Number(first);
function fail(what: string, error?: unknown): never {
  const cause = error instanceof Error ? `\n${error.stack}` : error ? `: ${String(error)}` : '';
  writeSync(2, `seed ${seed}: ${what}${cause}\n`);
  process.exit(1);
}
const problems = new Set<string>();
/** What is wrong and harms nothing: said once, and the run goes on. */
function problem(what: string, error: unknown): void {
  if (problems.has(what)) return;
  problems.add(what);
  writeSync(2, `seed ${seed}: ${what}\n${(error as Error)?.stack ?? String(error)}\n`);
}
process.on('uncaughtException', (error) => problem('an uncaught exception', error));
process.on('unhandledRejection', (error) => problem('an unhandled rejection', error));

function show(value: unknown): string {
  if (value instanceof w.Struct) return value.constructor.name;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 20));
  if (typeof value === 'object' && value !== null) return 'object';
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

const made = process.env.FUZZ_CALLS?.split(',').map((range) => range.split('-').map(Number));
/** Whether the call of this number is to be made. */
const isMade = (call: number) =>
  !made || made.some(([from = 0, to = from]) => call >= from && call <= to);

/** Makes a call of any kind, and looks at what comes of it. */
function attempt(name: string, args: readonly unknown[], run: () => unknown): unknown {
  if (!isMade(counts.calls)) {
    counts.calls++;
    return undefined;
  }
  if (verbose) writeSync(2, `${counts.calls} ${name}(${args.map(show).join(', ')})\n`);
  counts.calls++;
  subjects.add(name);
  const begun = performance.now();
  try {
    const result = run();
    counts.made++;
    return result;
  } catch (error) {
    refused(name, error);
    return undefined;
  } finally {
    const taken = performance.now() - begun;
    if (taken > LONGEST_CALL_MS) {
      problem(`${name} took ${Math.round(taken / 1000)} s`, args.map(show).join(', '));
    }
  }
}

function refused(name: string, error: unknown): void {
  counts.refused++;
  if (!isTyped(error)) problem(`${name} refused its arguments with an untyped error`, error);
}

/** What a function says of its arguments names the function. */
const isArgumentError = (error: unknown): error is Error =>
  error instanceof TypeError || error instanceof RangeError;

const errorNames = (name: string, run: () => unknown) => () => {
  try {
    return run();
  } catch (error) {
    if (isArgumentError(error) && !error.message.includes(name))
      problem(`${name} is not named`, error);
    throw error;
  }
};

/** One function of Windows, in one of its three flavours. */
function callFunction(
  subject: Subject,
  args: Arguments,
  random: Random,
): Promise<unknown> | undefined {
  const { call, name, parameters, undo } = subject;
  const given = args.for(parameters);
  prepareStandIn(subject);
  if (subject.keeps) kept[1]!.push(given);
  if (random.once(20) && !subject.keeps && !undo && subject.follows === undefined) {
    const label = `${name}.async (call ${counts.calls})`;
    const promise = attempt(`${name}.async`, given, () => call.async(...given));
    unsettled.add(label);
    return Promise.resolve(promise)
      .catch((error) => refused(name, error))
      .finally(() => unsettled.delete(label));
  }
  const flavour = random.once(4) ? call.orThrow : call;
  const result = attempt(
    name,
    given,
    errorNames(name, () => flavour(...given)),
  );
  if (typeof result === 'number' && result > 0) undo?.(result as never);
  return undefined;
}

async function mirror(random: Random): Promise<void> {
  const values = new Values(random, guarded);
  const sockets = new Sockets(random);
  const args = new Arguments(values, sockets);
  let waiting: Promise<unknown>[] = [];
  for (let i = 0; i < CALLS; i++) {
    let holds = false;
    let name = '';
    if (functions.length > 0 && (helpers.length === 0 || !random.once(6))) {
      const subject = random.pick(functions);
      name = subject.name;
      const promise = callFunction(subject, args, random);
      if (promise) waiting.push(promise);
      holds = subject.keeps || waiting.length > 0;
    } else if (helpers.length > 0 && !random.once(4)) {
      const [helper, call] = random.pick(helpers);
      name = helper;
      const given = Array.from({ length: random.below(5) }, () => values.anything());
      attempt(name, given, () => call(...given));
    } else if (records.length > 0) {
      const type = random.pick(records);
      name = type.name;
      const given = [random.once(2) ? values.options() : values.anything(), values.noAddress()];
      attempt(
        name,
        given,
        () => new (type as unknown as new (...args: unknown[]) => w.Struct)(...given),
      );
    }
    if (!guarded.intact(holds)) fail(`${name} wrote outside the memory given`);
    if (waiting.length >= 16) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  await Promise.all(waiting);
  sockets.close();
  kept.shift();
  kept.push([]);
  if (!guarded.renew()) fail('something wrote outside the memory given, later');
}

let opened: Objects | undefined;
const pendingOf = () =>
  opened?.port.pendingOperations().map(({ kind }) => `a pending ${kind} of the port`) ?? [];

async function objects(random: Random): Promise<void> {
  opened = undefined;
  const all = await Objects.open(new Values(random, guarded));
  opened = all;
  const settling: Promise<unknown>[] = [];
  for (let i = 0; i < IO_CALLS; i++) {
    const { name, args, run } = all.next();
    const result = attempt(name, args, run);
    if (result instanceof Promise) {
      const number = `${name} (call ${i})`;
      unsettled.add(number);
      const settled = result.catch((error) => refused(name, error));
      settling.push(settled.finally(() => unsettled.delete(number)));
    }
    if (random.once(10)) await new Promise((resolve) => setImmediate(resolve));
  }
  await all.close();
  await Promise.all(settling);
  if (!guarded.intact(true)) fail('an object of winsock/io wrote outside the memory given');
}

for (let round = 0; round < Number(rounds); round++, seed++) {
  writeSync(1, `seed ${seed}\n`);
  const tooLate = () =>
    fail(`not over after ${SECONDS} s`, [...unsettled, ...pendingOf()].join(', '));
  let late = setTimeout(() => {
    late = setTimeout(tooLate, GRACE_MS);
  }, SECONDS * 1000);
  unsettled.clear();
  const random = new Random(seed);
  guarded.random = random;
  if (functions.length + helpers.length > 0) await mirror(random);
  if (entries.includes('io')) await objects(random);
  clearTimeout(late);
}
process.stdout.write(`${JSON.stringify({ ...counts, subjects: subjects.size })}\n`);
process.exit(problems.size > 0 ? 1 : 0);
