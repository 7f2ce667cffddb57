/**
 * A server whose sockets are answered at once inside of its own process, by the stand-in of bench/c/own, so
 * that no system hides what the server itself costs.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { HostError } from '../../host/system/error.ts';
import { projectDir, toWindowsPath } from '../../host/system/paths.ts';
import type { Wine } from '../../host/wine/wine.ts';
import type { Contender } from '../plan.ts';
import { buildServer, buildStandIn } from '../programs.ts';
import { type Server, spawnServer, stopServer } from '../servers.ts';
import type { OwnSample, Work } from './works.ts';

export interface Stage {
  readonly wine: Wine | undefined;
  readonly program: string | undefined;
  readonly dll: string;
}

/** The sockets are made up, and so are their numbers. */
const PORT = 5000;
const START_MILLISECONDS = 30_000;
/** The engine compiles for so long, at least; that is not counted. */
const REHEARSAL_SECONDS = 0.5;
const FIRST_COUNT = 500;
const PRELOAD = path.join(projectDir, 'bench/servers/own.mjs');
/** The longest that many lone messages may take. */
const LONE_MESSAGES = 2000;
const QUIET_MESSAGES = 150;

/** A server in which the stand-in answers, and the connection to the stand-in. */
export class OwnServer {
  readonly server: Server;
  readonly #socket: net.Socket;
  readonly #lines: AsyncIterableIterator<string>;

  private constructor(server: Server, socket: net.Socket, lines: Interface) {
    this.server = server;
    this.#socket = socket;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(
    contender: Contender,
    stage: Stage,
    flags: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    cores = 1,
  ): Promise<OwnServer> {
    const control = net.createServer().listen(0, '127.0.0.1');
    await once(control, 'listening');
    const connected = once(control, 'connection');
    const { port } = control.address() as net.AddressInfo;
    const server = await spawnServer(contender, {
      wine: stage.wine,
      program: stage.program,
      port: PORT,
      flags,
      cores,
      preload: PRELOAD,
      env: {
        WINSOCK_OWN: `${port} ${PORT}`,
        WINSOCK_OWN_DLL: stage.wine ? toWindowsPath(stage.dll) : stage.dll,
        ...env,
      },
    });
    const failed = async (): Promise<never> => {
      const timer = new Promise((resolve) => setTimeout(resolve, START_MILLISECONDS).unref());
      await Promise.race([timer, once(server.child, 'exit')]);
      const said = readFileSync(server.output, 'utf8');
      throw new HostError(`the server ${contender.name} did not start:\n${said}`);
    };
    try {
      const [socket] = (await Promise.race([connected, failed()])) as [net.Socket];
      return new OwnServer(server, socket, createInterface(socket));
    } catch (error) {
      stopServer(server);
      throw error;
    } finally {
      control.close();
    }
  }

  /**
   * Has some work done.
   *
   * @param threads how many of the server's threads do so much of it each, at the same time
   * @returns what one of the work has cost
   */
  async run(work: Work, count: number, threads = 1): Promise<OwnSample> {
    const { what, way, connections, bytes, pause } = work;
    const asked = [what, way, connections, bytes, count, pause, threads];
    this.#socket.write(`${asked.join(' ')}\n`);
    const { value, done } = await this.#lines.next();
    if (done) {
      const said = readFileSync(this.server.output, 'utf8');
      throw new HostError(`${this.server.contender.name} has ended in ${work.name}:\n${said}`);
    }
    const [user = 0, kernel = 0, elapsed = 0, , latency = 0] = value.split(' ').map(Number);
    const all = count * threads;
    return { user: user / all, kernel: kernel / all, elapsed: elapsed / all, latency };
  }

  stop(): void {
    this.#socket.destroy();
    stopServer(this.server);
  }
}

export async function stage(wine: Wine | undefined): Promise<Stage> {
  return { wine, program: await buildServer(), dll: await buildStandIn() };
}

/**
 * Works until the engine has compiled, in each of the threads.
 *
 * @returns how many of the work take one thread so many seconds
 */
export async function rehearse(
  server: OwnServer,
  work: Work,
  seconds: number,
  threads = 1,
): Promise<number> {
  if (work.pause >= 0) {
    await server.run(work, QUIET_MESSAGES);
    return work.pause > 0 ? QUIET_MESSAGES : LONE_MESSAGES;
  }
  let count = FIRST_COUNT;
  for (let left = REHEARSAL_SECONDS * 1e9; ; count *= 2) {
    const { user, kernel } = await server.run(work, count, threads);
    // By processor time, of which others take nothing away.
    left -= (user + kernel) * count;
    if (left <= 0) return Math.max(FIRST_COUNT, Math.round((seconds * 1e9) / (user + kernel)));
  }
}
