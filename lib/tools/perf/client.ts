/** A test against a server: iperf3's, or a `winsock perf -s`. */
import { PerfError } from './perf-error.ts';
import { Control } from './protocol/control.ts';
import { makeCookie } from './protocol/cookie.ts';
import { encodeParameters } from './protocol/parameters.ts';
import { decodeResults, type Results } from './protocol/results.ts';
import { State, stateName } from './protocol/states.ts';
import { type Outcome, reportOf, startOf } from './report/report.ts';
import type { IntervalRecord, Report, StartRecord } from './report/types.ts';
import { ownResults } from './results-of-run.ts';
import { Run } from './run.ts';
import { checkSettings, DEFAULTS, type TestSettings } from './settings.ts';
import { Streams } from './streams/open.ts';
import { CONNECT_MESSAGE } from './streams/udp-header.ts';
import { figuresReader } from './system.ts';
import type { ConnectSettings, Datagrams, Transport, TransportModel } from './transport.ts';
import { openTransport } from './transports/open.ts';

/** Where iperf3 listens. */
export const DEFAULT_PORT = 5201;

/** A test to make. What is not given is as iperf3 has it. */
export interface ClientOptions extends Partial<TestSettings> {
  readonly host: string;
  readonly port?: number | undefined;
  readonly family?: 'IPv4' | 'IPv6' | undefined;
  /** The local address of all connections. */
  readonly localAddress?: string | undefined;
  /** The local port of the first stream; the next ones follow. */
  readonly localPort?: number | undefined;
  readonly model?: TransportModel | undefined;
  /** Milliseconds that connecting may take. Default 10 s. */
  readonly connectTimeout?: number | undefined;
  /** Seconds between reports; 0 for none. Default 1. */
  readonly interval?: number | undefined;
  /** Ends the test early, in order: what was measured is reported. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((start: StartRecord) => void) | undefined;
  readonly onInterval?: ((interval: IntervalRecord) => void) | undefined;
}

/** How long a server may take for a step, in milliseconds. */
const STEP = 30_000;
/** How long a server may take for a step after Ctrl-C was pressed, in milliseconds: somebody waits. */
const STEP_INTERRUPTED = 3000;
/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** How long a server may take to say why it has left, or to close, in milliseconds. */
const PARTING = 200;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Makes a test. What went wrong is in the report's `error`, beside what was measured until then; only
 * options that make no sense are thrown.
 *
 * @throws PerfError for options that make no sense
 */
export async function runClient(options: ClientOptions): Promise<Report> {
  const transport = await openTransport(options.model);
  const settings = checkSettings({ ...DEFAULTS, ...onlySettings(options) });
  return new ClientTest(options, settings, transport).run();
}

function onlySettings(options: ClientOptions): Partial<TestSettings> {
  const names = Object.keys(DEFAULTS) as (keyof TestSettings)[];
  const given = names.filter((name) => options[name] !== undefined);
  const ends = ['bytes', 'blocks'] as const;
  return {
    // Bytes or blocks end a test in place of the usual time.
    ...(ends.some((name) => options[name]) && { duration: 0 }),
    ...Object.fromEntries(given.map((name) => [name, options[name]])),
  };
}

class ClientTest {
  readonly #options: ClientOptions;
  readonly #settings: TestSettings;
  readonly #transport: Transport;
  readonly #cookie: Buffer;
  readonly #startedAt = new Date();
  readonly #sockets: Datagrams[] = [];
  #control: Control | undefined;
  #streams: Streams | undefined;
  #run: Run | undefined;
  #results: Results | undefined;
  #interrupted = false;
  #failure: Error | undefined;
  /** A stream was lost: why, the server may still say. */
  #lost: Error | undefined;
  #settleEnd!: () => void;
  readonly #whenOver: Promise<void>;

  constructor(options: ClientOptions, settings: TestSettings, transport: Transport) {
    this.#options = options;
    this.#settings = settings;
    this.#transport = transport;
    this.#cookie = makeCookie(settings.verify);
    this.#whenOver = new Promise((resolve) => {
      this.#settleEnd = resolve;
    });
  }

  async run(): Promise<Report> {
    const { signal } = this.#options;
    const onAbort = () => {
      this.#interrupted = true;
      this.#settleEnd();
      // Before the test runs there is nothing to end in order.
      if (!this.#run) this.#control?.connection.destroy();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      await this.#begin();
      await this.#test();
      await this.#finish();
    } catch (error) {
      this.#failure ??= error as Error;
      this.#run?.stop();
      if (this.#interrupted) this.#control?.writeState(State.CLIENT_TERMINATE);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#streams?.destroy();
      for (const socket of this.#sockets) socket.close();
      this.#control?.connection.end();
      const control = this.#control;
      // A peer that does not end its half must not keep us.
      setTimeout(() => control?.connection.destroy(), PARTING).unref();
    }
    return reportOf(this.#outcome());
  }

  #outcome(): Outcome {
    const { host, port = DEFAULT_PORT, interval = 1 } = this.#options;
    return {
      role: 'client',
      peer: { host, port },
      cookie: this.#cookie,
      startedAt: this.#startedAt,
      settings: this.#settings,
      model: this.#transport.model,
      interval,
      streams: this.#streams?.list ?? [],
      run: this.#run,
      results: this.#results,
      interrupted: this.#interrupted,
      error: this.#failure,
    };
  }

  #place(streams: boolean): ConnectSettings {
    const { host, port = DEFAULT_PORT, family, localAddress, localPort } = this.#options;
    const { window, noDelay, tos } = this.#settings;
    const index = this.#streams?.list.length ?? 0;
    return {
      host,
      port,
      family,
      localAddress,
      timeout: this.#options.connectTimeout ?? CONNECT_TIMEOUT,
      ...(streams && {
        window,
        noDelay,
        tos,
        localPort: localPort === undefined ? undefined : localPort + index,
      }),
    };
  }

  async #begin(): Promise<void> {
    const { host, port = DEFAULT_PORT } = this.#options;
    try {
      const connection = await this.#transport.connect(this.#place(false));
      this.#control = new Control(connection, 'server');
    } catch (error) {
      const why = (error as Error).message;
      throw new PerfError(`no connection to ${host}, port ${port}: ${why}`);
    }
    const control = this.#control;
    control.connection.write(this.#cookie);
    if (this.#settings.verify) await this.#greet(control);
    await control.expectState(State.PARAM_EXCHANGE, STEP);
    control.writeJson(encodeParameters(this.#settings));
    await control.expectState(State.CREATE_STREAMS, STEP);
    this.#streams = new Streams(
      this.#settings,
      'client',
      (error) => {
        this.#lost ??= error;
        this.#settleEnd();
      },
      () => this.#settleEnd(),
    );
    while (!this.#streams.complete) await this.#addStream(this.#streams);
    this.#options.onStart?.(startOf(this.#outcome()));
    await control.expectState(State.TEST_START, STEP);
    await control.expectState(State.TEST_RUNNING, STEP);
  }

  /** What only a `winsock perf` does must be known to be one before anything else. */
  async #greet(control: Control): Promise<void> {
    const state = await control.readState(STEP);
    if (state === State.WINSOCK_HELLO) return;
    const who = state === State.PARAM_EXCHANGE ? 'is iperf3' : `answers with ${stateName(state)}`;
    throw new PerfError(`--verify needs a winsock perf on the other side; the server ${who}`);
  }

  async #addStream(streams: Streams): Promise<void> {
    const place = this.#place(true);
    if (this.#settings.protocol === 'TCP') {
      const connection = await this.#transport.connect(place);
      connection.write(this.#cookie);
      streams.addConnection(connection);
      return;
    }
    const { remote } = this.#control!.connection;
    const { localAddress, localPort } = place;
    const { window, tos, dontFragment } = this.#settings;
    const socket = await this.#transport.datagrams({
      family: remote.family,
      remote,
      localAddress,
      localPort,
      window,
      tos,
      dontFragment,
    });
    this.#sockets.push(socket);
    let take: ((bytes: Buffer) => void) | undefined;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const place = `port ${remote.port} of ${remote.address}`;
        reject(
          new PerfError(`the server does not answer datagrams at ${place}: is UDP let through?`),
        );
      }, STEP / 3);
      socket.onError((error) => {
        clearTimeout(timer);
        reject(error);
      });
      // The first that comes is the answer; from then on it is the stream.
      socket.onDatagram((bytes) => {
        if (take) {
          take(bytes);
        } else {
          clearTimeout(timer);
          take = streams.addDatagrams(socket, socket.local, remote);
          resolve();
        }
      });
      socket.send(CONNECT_MESSAGE).catch(reject);
    });
  }

  /** From the start of the streams until the test is over, for whatever reason. */
  async #test(): Promise<void> {
    const streams = this.#streams!;
    const control = this.#control!;
    const { duration, omit } = this.#settings;
    const run = new Run({
      settings: this.#settings,
      streams: streams.list,
      senders: streams.senders,
      transport: this.#transport,
      interval: this.#options.interval ?? 1,
      figures: await figuresReader(),
      onInterval: this.#options.onInterval,
    });
    this.#run = run;
    run.start();
    if (duration > 0) run.after((omit + duration) * 1000, this.#settleEnd);
    // The server says nothing while all is well.
    const heard = control.readState().then(
      (state) => {
        this.#failure ??= new PerfError(`the server has ended the test: ${stateName(state)}`);
        this.#settleEnd();
      },
      (error: Error) => {
        this.#failure ??= error;
        this.#settleEnd();
      },
    );
    await this.#whenOver;
    if (!this.#over) await this.#sent(streams);
    run.stop();
    streams.stop();
    if (this.#lost) await Promise.race([heard, pause(PARTING)]);
    const failure = this.#failure ?? this.#lost;
    if (failure) throw failure;
    control.abandonRead();
  }

  /** Until what was to be sent by bytes or blocks has been taken by the system. */
  async #sent(streams: Streams): Promise<void> {
    const { bytes, blocks } = this.#settings;
    if (bytes === 0 && blocks === 0) return;
    while (streams.pendingBytes > 0 && !this.#over) await pause(1);
  }

  /** Whether the test was ended by anything but its own end. */
  get #over(): boolean {
    return this.#interrupted || this.#failure !== undefined || this.#lost !== undefined;
  }

  async #finish(): Promise<void> {
    const control = this.#control!;
    const { list } = this.#streams!;
    const step = this.#interrupted ? STEP_INTERRUPTED : STEP;
    control.writeState(State.TEST_END);
    await control.expectState(State.EXCHANGE_RESULTS, step);
    control.writeJson(ownResults(list, this.#run!, this.#settings));
    const ids = list.map(({ id }) => id);
    const answer = await control.readJson('results', step);
    this.#results = decodeResults(answer, ids, 'server');
    await control.expectState(State.DISPLAY_RESULTS, step);
    control.writeState(State.IPERF_DONE);
    const wrong = list.find(({ firstWrong }) => firstWrong !== undefined);
    const told = this.#results.streams.find((one) => one.winsock_first_wrong !== undefined);
    if (this.#settings.verify && (wrong || told)) {
      const at = wrong?.firstWrong ?? told?.winsock_first_wrong;
      const id = wrong?.id ?? told?.id;
      throw new PerfError(`what came is not what was sent: stream ${id}, byte ${at}`);
    }
  }
}
