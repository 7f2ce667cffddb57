/** The client's side of a test of latency: the control connection, and connections of each role. */
import { PerfError } from '../perf-error.ts';
import { Control } from '../protocol/control.ts';
import { makeCookie } from '../protocol/cookie.ts';
import { State, stateName } from '../protocol/states.ts';
import type { Connection, ConnectSettings, Transport, TransportModel } from '../transport.ts';
import { openTransport } from '../transports/open.ts';
import { encodeLatencyParameters } from './parameters.ts';
import type { LatencyServerResults } from './server.ts';

/** How long the server may take for a step, in milliseconds. */
const STEP = 10_000;

export interface LatencyPlace {
  readonly host: string;
  readonly port: number;
  readonly family?: 'IPv4' | 'IPv6' | undefined;
  readonly localAddress?: string | undefined;
  readonly model?: TransportModel | undefined;
  readonly connectTimeout?: number | undefined;
}

export class LatencySession {
  readonly transport: Transport;
  readonly #settings: ConnectSettings;
  readonly #control: Control;
  readonly #cookie: Buffer;
  readonly #open = new Set<Connection>();

  private constructor(
    transport: Transport,
    settings: ConnectSettings,
    control: Control,
    cookie: Buffer,
  ) {
    this.transport = transport;
    this.#settings = settings;
    this.#control = control;
    this.#cookie = cookie;
  }

  static async open(place: LatencyPlace, size: number): Promise<LatencySession> {
    const transport = await openTransport(place.model);
    const settings = { ...place, noDelay: true, timeout: place.connectTimeout ?? STEP };
    const connection = await transport.connect(settings).catch((error: Error) => {
      throw new PerfError(`no connection to ${place.host}, port ${place.port}: ${error.message}`);
    });
    const control = new Control(connection, 'server');
    try {
      const cookie = makeCookie(true);
      connection.write(cookie);
      const state = await control.readState(STEP);
      if (state !== State.WINSOCK_HELLO) {
        const who = state === State.PARAM_EXCHANGE ? 'is iperf3' : `sends ${stateName(state)}`;
        throw new PerfError(`latency needs a winsock perf on the other side; the server ${who}`);
      }
      await control.expectState(State.PARAM_EXCHANGE, STEP);
      control.writeJson(encodeLatencyParameters({ size }));
      await control.expectState(State.CREATE_STREAMS, STEP);
      return new LatencySession(transport, settings, control, cookie);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Another connection, which the server treats as its role says. */
  async connect(role: number): Promise<Connection> {
    const connection = await this.transport.connect(this.#settings);
    this.#open.add(connection);
    connection.write(Buffer.concat([this.#cookie, Buffer.from([role])]));
    return connection;
  }

  release(connection: Connection): void {
    this.#open.delete(connection);
    connection.destroy();
  }

  /** Ends the test. What the server has seen of it. */
  async end(): Promise<LatencyServerResults> {
    this.#control.writeState(State.TEST_END);
    await this.#control.expectState(State.EXCHANGE_RESULTS, STEP);
    const told = (await this.#control.readJson('results', STEP)) as Partial<LatencyServerResults>;
    this.#control.writeState(State.IPERF_DONE);
    const count = (value: unknown) => (typeof value === 'number' && value >= 0 ? value : 0);
    return {
      cpu: count(told?.cpu),
      connections: count(told?.connections),
      bytes: count(told?.bytes),
    };
  }

  close(): void {
    for (const connection of this.#open) connection.destroy();
    this.#control.connection.end();
    const { connection } = this.#control;
    setTimeout(() => connection.destroy(), 200).unref();
  }
}
