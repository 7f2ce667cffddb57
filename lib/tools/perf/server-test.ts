/** One test on the server's side. */
import { decodeLatencyParameters } from './latency/parameters.ts';
import { PerfError } from './perf-error.ts';
import type { Control } from './protocol/control.ts';
import { decodeParameters, ParameterError } from './protocol/parameters.ts';
import { decodeResults, type Results } from './protocol/results.ts';
import { ServerError, State, stateName } from './protocol/states.ts';
import { type Outcome, reportOf, startOf } from './report/report.ts';
import type { IntervalRecord, Report, StartRecord } from './report/types.ts';
import { ownResults } from './results-of-run.ts';
import { Run } from './run.ts';
import type { TestSettings } from './settings.ts';
import { Streams } from './streams/open.ts';
import { connectReply } from './streams/udp-header.ts';
import { figuresReader } from './system.ts';
import type { Connection, Datagrams, Endpoint, Transport } from './transport.ts';

/** How long a client may take for a step, in milliseconds. */
const STEP = 30_000;
/** How long a client may stay beyond the time that it has asked for, in milliseconds. */
const OVERTIME = 15_000;
/** How long nothing may come from a client that was to send, in milliseconds. */
const SILENCE = 120_000;
/** How long to wait for what is under way of a test that ends by bytes or blocks. */
const TAIL = 250;
/** How long a client may take to say that it leaves, in milliseconds. */
const PARTING = 200;

/** What a server tells of a test while it runs. */
export interface TestReporting {
  /** Seconds between reports; 0 for none. Default 1. */
  readonly interval?: number | undefined;
  readonly onStart?: ((start: StartRecord) => void) | undefined;
  readonly onInterval?: ((interval: IntervalRecord) => void) | undefined;
  /** What the server prints of a test, for a client that asks for it. */
  readonly outputOf?: ((report: Report) => string) | undefined;
}

export class ServerTest {
  readonly #options: TestReporting;
  readonly #transport: Transport;
  readonly #control: Control;
  readonly #cookie: Buffer;
  readonly #listensAt: { port: number; host: string | undefined };
  readonly #startedAt = new Date();
  #settings: TestSettings | undefined;
  #streams: Streams | undefined;
  #socket: Datagrams | undefined;
  #run: Run | undefined;
  #results: Results | undefined;
  #failure: Error | undefined;
  #interrupted = false;
  #over = false;
  #whenComplete: (() => void) | undefined;
  #giveUp: ((error: Error) => void) | undefined;

  constructor(
    options: TestReporting,
    transport: Transport,
    control: Control,
    cookie: Buffer,
    listensAt: { port: number; host: string | undefined },
  ) {
    this.#options = options;
    this.#transport = transport;
    this.#control = control;
    this.#cookie = Buffer.from(cookie);
    this.#listensAt = listensAt;
  }

  owns(cookie: Buffer): boolean {
    return this.#cookie.equals(cookie);
  }

  /** Reads what the client wants: one of latency, or a test for `run`. */
  async wantsLatency(): Promise<boolean> {
    const control = this.#control;
    const given = await control.readJson('parameters', STEP);
    try {
      if (decodeLatencyParameters(given)) return true;
      this.#settings = decodeParameters(given);
    } catch (error) {
      const code = error instanceof ParameterError ? error.code : ServerError.NO_PARAMETERS;
      await this.#refuse(code);
      throw error;
    }
    return false;
  }

  /** Tells the client why it cannot be, and lets it read that. */
  async #refuse(code: number): Promise<void> {
    this.#control.writeServerError(code);
    this.#control.connection.end();
    await this.#control.read(1, 'end', 1000).catch(() => undefined);
  }

  async run(): Promise<Report> {
    try {
      await this.#createStreams();
      await this.#test();
      await this.#exchange();
    } catch (error) {
      this.#failure ??= error as Error;
      this.#run?.stop();
    } finally {
      this.#streams?.destroy();
      this.#socket?.close();
      this.#control.connection.end();
      const { connection } = this.#control;
      setTimeout(() => connection.destroy(), 1000).unref();
    }
    return reportOf(this.#outcome());
  }

  #outcome(): Outcome {
    const { address, port } = this.#control.connection.remote;
    return {
      role: 'server',
      peer: { host: address, port },
      cookie: this.#cookie,
      startedAt: this.#startedAt,
      settings: this.#settings!,
      model: this.#transport.model,
      interval: this.#options.interval ?? 1,
      streams: this.#streams?.list ?? [],
      run: this.#run,
      results: this.#results,
      interrupted: this.#interrupted,
      error: this.#failure,
    };
  }

  async #createStreams(): Promise<void> {
    const settings = this.#settings!;
    // Why a connection is lost, the client may say on the other.
    const fail = (error: Error) => {
      setTimeout(() => !this.#over && this.#fail(error), PARTING);
    };
    this.#streams = new Streams(settings, 'server', fail, () => undefined);
    const complete = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new PerfError(`the client has not opened its streams within ${STEP / 1000} s`));
      }, STEP);
      this.#whenComplete = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#giveUp = (error) => {
        clearTimeout(timer);
        reject(error);
      };
    });
    complete.catch(() => undefined);
    try {
      if (settings.protocol === 'UDP') await this.#openDatagrams(this.#streams, settings);
    } catch (error) {
      await this.#refuse(ServerError.NO_OPTION);
      throw error;
    }
    this.#control.writeState(State.CREATE_STREAMS);
    // Until the streams are there the client says nothing; that it goes is heard.
    this.#control.readState().then(
      (state) =>
        this.#giveUp?.(new PerfError(`the client came with ${stateName(state)} too early`)),
      (error) => this.#giveUp?.(error),
    );
    await complete;
    this.#control.abandonRead();
    this.#options.onStart?.(startOf(this.#outcome()));
  }

  /** A connection that came with the cookie of this test: a stream. */
  addConnection(connection: Connection, early: Buffer): void {
    const streams = this.#streams;
    if (!streams || streams.complete || this.#settings?.protocol !== 'TCP') {
      connection.destroy();
      return;
    }
    try {
      const { window, noDelay, tos } = this.#settings;
      connection.setOptions({ window, noDelay, tos });
    } catch (error) {
      connection.destroy();
      this.#control.writeServerError(ServerError.NO_OPTION);
      this.#giveUp?.(error as Error);
      return;
    }
    streams.addConnection(connection, early);
    if (streams.complete) this.#whenComplete?.();
  }

  /** One socket takes the datagrams of all streams, and tells them apart by where they come from. */
  async #openDatagrams(streams: Streams, settings: TestSettings): Promise<void> {
    const { window, tos, dontFragment } = settings;
    const { family } = this.#control.connection.remote;
    const { port, host } = this.#listensAt;
    const socket = await this.#transport.datagrams({
      family,
      localAddress: host,
      localPort: port,
      window,
      tos,
      dontFragment,
    });
    this.#socket = socket;
    const takers = new Map<number, { from: Endpoint; take: (bytes: Buffer) => void }>();
    socket.onError(() => undefined);
    socket.onDatagram((bytes, from) => {
      const known = takers.get(from.port);
      if (known && known.from.address === from.address) {
        known.take(bytes);
        return;
      }
      const reply = streams.complete ? undefined : connectReply(bytes);
      if (!reply) return;
      const local = this.#control.connection.local;
      takers.set(from.port, { from, take: streams.addDatagrams(socket, local, from, from) });
      socket.send(reply, from).then(
        () => {
          if (streams.complete) this.#whenComplete?.();
        },
        (error) => this.#giveUp?.(error),
      );
    });
  }

  async #test(): Promise<void> {
    const control = this.#control;
    const streams = this.#streams!;
    const settings = this.#settings!;
    const run = new Run({
      settings,
      streams: streams.list,
      senders: streams.senders,
      transport: this.#transport,
      interval: this.#options.interval ?? 1,
      figures: await figuresReader(),
      onInterval: this.#options.onInterval,
    });
    const stopWatching = this.#watch(streams, settings);
    const over = new Promise<never>((_, reject) => {
      this.#giveUp = reject;
    });
    over.catch(() => undefined);
    try {
      control.writeState(State.TEST_START);
      control.writeState(State.TEST_RUNNING);
      this.#run = run;
      run.start();
      const state = await Promise.race([control.readState(), over]);
      if (state !== State.TEST_END) {
        throw new PerfError(`the client does not keep to the protocol: ${stateName(state)}`);
      }
      await this.#tail(streams, settings);
    } finally {
      this.#over = true;
      stopWatching();
      run.stop();
      streams.stop();
    }
  }

  /** Ends a test whose client neither sends nor ends it. */
  #watch(streams: Streams, { duration, omit }: TestSettings): () => void {
    const most = duration > 0 ? (duration + omit) * 1000 + OVERTIME : Number.POSITIVE_INFINITY;
    const started = performance.now();
    let moved = started;
    let before = -1;
    const timer = setInterval(() => {
      const now = performance.now();
      const bytes = streams.list.reduce((sum, { total }) => sum + total.bytes, 0);
      if (bytes !== before) moved = now;
      before = bytes;
      if (now - started > most) this.#fail(new PerfError('the client has not ended the test'));
      else if (now - moved > SILENCE) this.#fail(new PerfError('nothing goes over the streams'));
    }, 1000);
    return () => clearInterval(timer);
  }

  /** What is still under way belongs to a test that ends by bytes or blocks. */
  async #tail(streams: Streams, settings: TestSettings): Promise<void> {
    if (settings.bytes === 0 && settings.blocks === 0) return;
    const received = () =>
      streams.list.reduce((sum, { sends, total }) => sum + (sends ? 0 : total.bytes), 0);
    const until = performance.now() + TAIL;
    let before = -1;
    while (received() !== before && performance.now() < until) {
      before = received();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #exchange(): Promise<void> {
    const control = this.#control;
    const settings = this.#settings!;
    const { list } = this.#streams!;
    control.writeState(State.EXCHANGE_RESULTS);
    const ids = list.map(({ id }) => id);
    const told = await control.readJson('results', STEP);
    this.#results = decodeResults(told, ids, 'client');
    const wanted = settings.serverOutput && this.#options.outputOf;
    const output = wanted ? wanted(reportOf(this.#outcome())) : undefined;
    control.writeJson(ownResults(list, this.#run!, settings, output));
    control.writeState(State.DISPLAY_RESULTS);
    // The client says that it is done, or has just gone.
    await control.read(1, 'end', 5000).catch(() => undefined);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#giveUp?.(error);
  }

  /** The server is stopped: the client is told. */
  terminate(): void {
    this.#interrupted = true;
    this.#control.writeState(State.SERVER_TERMINATE);
    this.#fail(new PerfError('the server was stopped'));
  }
}
