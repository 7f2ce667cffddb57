/** One round: connections of every kind at once, with faults, until all of it is over. */
import type { CompletionPort } from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { Random } from '../hostile/random.ts';
import { Actor, compare, compareWithItself, isItself, pause, type Report, turn } from './actor.ts';
import { datagrams } from './datagrams.ts';
import { connectAs, KINDS, type Kind } from './ends.ts';
import type { OtherThread } from './other-thread.ts';
import type { Reports, ServersOwner } from './reports.ts';
import { header, Servers } from './servers.ts';

/** What happens in the middle of a round, if anything. */
const FAULTS = ['port closed', 'thread terminated', 'servers closed'] as const;
/** One of them that is left out, while something else is looked for. */
const WITHOUT = process.env.FUZZ_WITHOUT;
/** In one of so many rounds the completion port is closed at the end: each has a thread, which takes time to start. */
const ROUNDS_OF_A_PORT = 8;
/** How long the report of an end may take after the other's. */
const PATIENCE = 60_000;
/** One of so many connections is meant to lead to itself. */
const TO_ITSELF = 40;

/** Where a client connects to. */
type Where = 'here' | 'elsewhere' | 'itself';

export class Round implements ServersOwner {
  readonly #random: Random;
  /** For connections to itself, so that what came before them is drawn as it was. */
  readonly #ownRandom: Random;
  readonly #seed: number;
  readonly #thread: OtherThread | undefined;
  readonly #port: CompletionPort;
  readonly #reports: Reports;
  readonly #faults: string[] = [];
  /** What is under way, for when it does not end. */
  readonly underWay = new Set<string>();
  readonly #servers: Servers;
  readonly #actors = new Set<Actor>();
  /** Connections that a fault of the round has cut. */
  #lost = false;
  #fault: string | undefined;
  connections = 0;
  bytes = 0;
  /** Connections that led to themselves, and those that came to the servers of another round. */
  readonly astray = { itself: 0, elsewhere: 0 };

  /** @param port nothing is on it; the round may close it */
  constructor(
    seed: number,
    port: CompletionPort,
    thread: OtherThread | undefined,
    reports: Reports,
  ) {
    this.#seed = seed;
    this.#port = port;
    this.#random = new Random(seed);
    this.#ownRandom = new Random(seed + 55);
    this.#thread = thread;
    this.#reports = reports;
    this.#servers = new Servers(this.#port, this.#random, (report) => reports.add(report, this));
  }

  /** Whether the connections to the other thread were cut: by this round or by another. */
  get #otherLost(): boolean {
    return this.#thread?.terminated ?? false;
  }

  get cut(): boolean {
    return this.#lost || this.#port.closed;
  }

  /** What has not come to its end, with what was seen until now. */
  *unfinished(): Generator<string> {
    yield* this.underWay;
    if (this.#fault) yield this.#fault;
    for (const actor of this.#actors) {
      const own = actor.report();
      yield `client (${own.kind}): ${told(own)}`;
      const over = this.#reports.get(own.key);
      if (over) yield `server, which is over: ${told(over.report)}`;
      for (const server of this.#servers.actors) {
        if (server.report().key === own.key) yield `server: ${told(server.report())}`;
      }
    }
  }

  /** What is wrong, in words. */
  async run(): Promise<string[]> {
    const random = this.#random;
    const servers = this.#servers;
    const fault = drawFault(random);
    this.#fault = fault;
    const tasks: Promise<unknown>[] = [];
    for (let n = 1 + random.below(6); n > 0; n--) {
      const where = this.#drawWhere();
      const kind = random.pick(KINDS);
      const server = random.pick(KINDS);
      const number = await this.#numberOf(where, server);
      const name = where === 'itself' ? where : `${server} ${where}`;
      tasks.push(this.#named(`${kind} to ${name}`, this.#connection(kind, number, where)));
      if (random.once(3)) await turn();
    }
    if (random.once(2)) tasks.push(this.#named('datagrams', this.#datagrams()));
    if (fault === 'port closed') await this.#closePort();
    if (fault === 'thread terminated' && this.#thread) {
      await pause(random.below(5));
      await this.#thread.terminate();
    }
    if (fault === 'servers closed') tasks.push(this.#named('servers', servers.close()));
    await Promise.all(tasks);
    await this.#named('servers', servers.close());
    if (!this.#port.closed) await this.#named('records', this.#look());
    if (this.#port.closed || random.once(ROUNDS_OF_A_PORT)) {
      await this.#named('port', this.#port.close());
    }
    return this.#faults;
  }

  #drawWhere(): Where {
    if (this.#ownRandom.once(TO_ITSELF)) return 'itself';
    return this.#thread !== undefined && this.#random.once(3) ? 'elsewhere' : 'here';
  }

  /** The port number to connect to. */
  #numberOf(where: Where, server: Kind): number | Promise<number> {
    if (where === 'itself') return freePort();
    return where === 'elsewhere' ? this.#thread!.ports[server] : this.#servers.portOf(server);
  }

  async #named<T>(name: string, task: Promise<T>): Promise<T> {
    const label = `${name} (${this.underWay.size})`;
    this.underWay.add(label);
    try {
      return await task;
    } finally {
      this.underWay.delete(label);
    }
  }

  async #closePort(): Promise<void> {
    await pause(this.#random.below(4));
    this.#lost = true;
    await this.#named('port in the middle', this.#port.close());
  }

  async #datagrams(): Promise<void> {
    try {
      this.#faults.push(...(await datagrams(this.#port, new Random(this.#seed + 77))));
    } catch (error) {
      // There is nothing to open a socket on any more.
      if (!this.#lost) throw error;
    }
  }

  async #connection(kind: Kind, port: number, where: Where): Promise<void> {
    const key = (this.#seed * 64 + this.connections++ * 2) >>> 0;
    const random = new Random(key);
    const cuts = random.pick([0, 0, 30]);
    let report: Report;
    try {
      const own = where === 'itself' ? port : undefined;
      const end = await connectAs(kind, port, this.#port, random, own);
      const greeting = header(key, random.below(1 << 30), cuts);
      const actor = new Actor(end, random, key, 'client', cuts, greeting);
      end.write(greeting, () => {});
      this.#actors.add(actor);
      report = await actor.run();
      this.#actors.delete(actor);
    } catch (error) {
      // Where the other side or the port was closed meanwhile, there is nobody to connect to; nor is there where
      // somebody has taken the number by now that was to be a client's own.
      if (!this.#lost && !this.#otherLost && where !== 'itself') {
        this.#faults.push(`connecting as ${kind}: ${(error as Error).message}`);
      }
      return;
    }
    this.bytes += report.received + report.written;
    if (isItself(report.numbers)) {
      this.astray.itself++;
      const faults = compareWithItself(report, this.#lost);
      if (faults.length > 0) faults.push(`to itself: ${told(report)}`);
      this.#faults.push(...faults);
      return;
    }
    const elsewhere = where === 'elsewhere';
    const mayHaveNone = report.cut !== undefined || this.#isTurnedAway(report, where);
    const found = await this.#other(key, elsewhere, mayHaveNone);
    this.#reports.delete(key);
    const lost = this.#lost || (elsewhere && this.#otherLost);
    if (found) {
      const { report: other, owner } = found;
      if (owner !== (elsewhere ? this.#thread : this)) this.astray.elsewhere++;
      const faults = compare(report, other, lost || owner.cut);
      if (faults.length > 0) faults.push(`client: ${told(report)}`, `server: ${told(other)}`);
      this.#faults.push(...faults);
    } else if (!lost && !mayHaveNone) {
      this.#faults.push(`${kind}: the server's end knows of nothing: ${told(report)}`);
      this.#faults.push(`servers on ${await this.#servers.numbers()}, fault: ${this.#fault}`);
    }
  }

  /**
   * Whether nobody can have got it: its server was closed, or somebody had its number already that was to lead to
   * itself. It is refused or reset then, or sees the end where what it had sent was not there yet.
   */
  #isTurnedAway({ received, sawEnd, error }: Report, where: Where): boolean {
    if (where === 'itself') return error !== undefined;
    return this.#fault === 'servers closed' && (error !== undefined || (sawEnd && received === 0));
  }

  /** The report of the server's end, which comes a little later; none where it never got the key. */
  async #other(key: number, elsewhere: boolean, mayHaveNone: boolean) {
    const until = Date.now() + (mayHaveNone ? 200 : PATIENCE);
    while (Date.now() < until) {
      const found = this.#reports.get(key);
      if (found || this.#lost || (elsewhere && this.#otherLost)) return found;
      await pause(1);
    }
    return this.#reports.get(key);
  }

  /** Whether all that was taken from the port comes back. */
  async #look(): Promise<void> {
    const until = Date.now() + PATIENCE;
    for (;;) {
      const { pending, records } = this.#port.stats();
      const left = records.total - records.free;
      if (pending === 0 && left === 0) return;
      // An end whose client has dropped it need not know of that yet.
      if (Date.now() > until) {
        this.#faults.push(`${pending} operations are pending, and ${left} records are not back`);
        return;
      }
      await pause(1);
    }
  }
}

function drawFault(random: Random): (typeof FAULTS)[number] | undefined {
  const drawn = FAULTS[random.below(12)];
  if (drawn === WITHOUT) return undefined;
  // It is one of all rounds that are under way.
  return drawn === 'thread terminated' && !random.once(3) ? undefined : drawn;
}

/** What an end has seen, as a line. */
export function told({ key: _, side: __, faults: ___, ...seen }: Report): string {
  return JSON.stringify({ ...seen, steps: seen.steps.join(',') });
}
