/** Servers of every kind, whose connections are driven by what the client has sent first. */
import type { CompletionPort } from 'winsock/io';
import { Random } from '../hostile/random.ts';
import { Actor, type Report } from './actor.ts';
import { type End, type Kind, type Listening, listenAs } from './ends.ts';

/** The key of a connection, the seed of the server's end, and how often in a hundred it cuts. */
export const HEADER_BYTES = 12;

export function header(key: number, seed: number, cuts: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32LE(key, 0);
  bytes.writeUInt32LE(seed, 4);
  bytes.writeUInt32LE(cuts, 8);
  return bytes;
}

/** What has been accepted, until its key is known. */
function serve(end: End, report: (report: Report) => void, actors: Set<Actor>): void {
  let known: Buffer | undefined = Buffer.alloc(0);
  end.on('error', () => {});
  end.on('data', (chunk) => {
    if (!known) return;
    known = Buffer.concat([known, chunk]);
    if (known.length < HEADER_BYTES) return;
    const [key, seed, cuts] = [0, 4, 8].map((at) => known!.readUInt32LE(at));
    const first = known.subarray(HEADER_BYTES);
    known = undefined;
    const actor = new Actor(end, new Random(seed!), key!, 'server', cuts!);
    actors.add(actor);
    if (first.length > 0) actor.take(first);
    actor.run().then((seen) => {
      actors.delete(actor);
      report(seen);
    });
  });
}

/** Servers of every kind, each from the first time that it is asked for. */
export class Servers {
  /** The ends that they have accepted and that are not over. */
  readonly actors = new Set<Actor>();
  readonly #completionPort: CompletionPort;
  readonly #random: Random;
  readonly #report: (report: Report) => void;
  readonly #open = new Map<Kind, Promise<Listening>>();

  constructor(completionPort: CompletionPort, random: Random, report: (report: Report) => void) {
    this.#completionPort = completionPort;
    this.#random = random;
    this.#report = report;
  }

  /** The port number of a server. */
  async portOf(kind: Kind): Promise<number> {
    let server = this.#open.get(kind);
    if (!server) {
      const accepts = this.#random.pick([1, 3]);
      const onConnection = (end: End) => serve(end, this.#report, this.actors);
      server = listenAs(kind, this.#completionPort, onConnection, accepts);
      this.#open.set(kind, server);
    }
    return (await server).port;
  }

  /** The port numbers that it has or had. */
  async numbers(): Promise<readonly number[]> {
    return (await Promise.all(this.#open.values())).map(({ port }) => port);
  }

  async close(): Promise<void> {
    const servers = await Promise.all(this.#open.values());
    await Promise.all(servers.map((server) => server.close()));
  }
}
