/** A server for clients of iperf3 and of `winsock perf`: one test at a time. */
import { DEFAULT_PORT } from './client.ts';
import { type LatencyServerResults, type LatencyServing, serveLatency } from './latency/server.ts';
import { messageOf } from './perf-error.ts';
import { Control } from './protocol/control.ts';
import { COOKIE_BYTES, isOwnCookie } from './protocol/cookie.ts';
import { State } from './protocol/states.ts';
import type { Report } from './report/types.ts';
import { ServerTest, type TestReporting } from './server-test.ts';
import type { Connection, Listener, Transport, TransportModel } from './transport.ts';
import { openTransport } from './transports/open.ts';

export interface ServerOptions extends TestReporting {
  /** The address to listen at. Default: all. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly family?: 'IPv4' | 'IPv6' | undefined;
  readonly model?: TransportModel | undefined;
  readonly onAccepted?: ((client: { host: string; port: number }) => void) | undefined;
  /** A test is over, well or not. */
  readonly onReport?: ((report: Report) => void) | undefined;
  /** A test of latency is over. */
  readonly onLatency?: ((results: LatencyServerResults) => void) | undefined;
  /** Something that was no test: a stranger, a client that came while another's test ran. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** How long a connection may take until it has said who it is, in milliseconds. */
const INTRODUCTION = 10_000;

/** A server that listens. */
export class PerfServer {
  readonly #options: ServerOptions;
  readonly #transport: Transport;
  #listener: Listener | undefined;
  #test: ServerTest | undefined;
  #latency: LatencyServing | undefined;
  #reserved = false;

  /** `startServer` makes one, and lets it listen. */
  constructor(options: ServerOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
  }

  /** The port that it listens at. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Begins to listen, as `startServer` has it do. */
  async listen(): Promise<void> {
    const { host, port = DEFAULT_PORT, family } = this.#options;
    this.#listener = await this.#transport.listen({ host, port, family }, (connection) => {
      this.#introduce(connection).catch((error) => {
        connection.destroy();
        this.#options.onNote?.(`${connection.remote.address}: ${messageOf(error)}`);
      });
    });
  }

  /** A connection says by its cookie whose it is. */
  async #introduce(connection: Connection): Promise<void> {
    const control = new Control(connection, 'client');
    const cookie = await control.read(COOKIE_BYTES, 'cookie', INTRODUCTION);
    if (this.#test?.owns(cookie)) {
      this.#test.addConnection(connection, control.takeRest());
    } else if (this.#latency?.owns(cookie)) {
      this.#latency.addConnection(connection, control.takeRest());
    } else if (this.#test || this.#latency || this.#reserved) {
      control.writeState(State.ACCESS_DENIED);
      connection.end();
      this.#options.onNote?.(`${connection.remote.address} was refused: a test is running`);
    } else {
      this.#reserved = true;
      try {
        await this.#serve(control, cookie);
      } finally {
        this.#reserved = false;
        this.#test = undefined;
        this.#latency = undefined;
      }
    }
  }

  async #serve(control: Control, cookie: Buffer): Promise<void> {
    const { address, port } = control.connection.remote;
    this.#options.onAccepted?.({ host: address, port });
    if (isOwnCookie(cookie)) control.writeState(State.WINSOCK_HELLO);
    control.writeState(State.PARAM_EXCHANGE);
    const listensAt = { port: this.port, host: this.#options.host };
    const test = new ServerTest(this.#options, this.#transport, control, cookie, listensAt);
    this.#test = test;
    if (await test.wantsLatency()) {
      this.#test = undefined;
      this.#latency = serveLatency(control, cookie);
      const results = await this.#latency.ended;
      this.#options.onLatency?.(results);
      return;
    }
    const report = await test.run();
    this.#options.onReport?.(report);
  }

  /** Stops listening. A test that runs is ended, its client told, and what was measured reported. */
  async close(): Promise<void> {
    this.#test?.terminate();
    this.#latency?.terminate();
    // What was written goes before everything is closed.
    await new Promise((resolve) => setTimeout(resolve, this.#test || this.#latency ? 100 : 0));
    await this.#listener?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Listens for clients. A test that fails, or a client that vanishes or lies, ends that test only.
 *
 * @throws as binding and listening fail
 */
export async function startServer(options: ServerOptions = {}): Promise<PerfServer> {
  const server = new PerfServer(options, await openTransport(options.model));
  await server.listen();
  return server;
}
