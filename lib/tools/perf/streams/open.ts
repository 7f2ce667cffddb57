/** Streams made of connections and sockets, with what sends and receives on them. */
import type { Sender } from '../run.ts';
import { directionsOf, streamId, type TestSettings } from '../settings.ts';
import type { Connection, Datagrams, Endpoint } from '../transport.ts';
import { Stream } from './stream.ts';
import { lostStream, receiveOn, TcpSender } from './tcp.ts';
import { receiveDatagramsOn, UdpSender } from './udp.ts';

/** The streams of a test, and what moves data on them. */
export class Streams {
  readonly list: Stream[] = [];
  readonly senders: Sender[] = [];
  readonly #settings: TestSettings;
  readonly #role: 'client' | 'server';
  readonly #directions: readonly boolean[];
  readonly #onLost: (error: Error) => void;
  readonly #onMoved: () => void;
  #handedOver = 0;
  #over = false;
  #closed = false;

  /**
   * @param onLost is told of a connection that ends while the test runs
   * @param onMoved is told when this side has sent or received what ends the test
   */
  constructor(
    settings: TestSettings,
    role: 'client' | 'server',
    onLost: (error: Error) => void,
    onMoved: () => void,
  ) {
    this.#settings = settings;
    this.#role = role;
    this.#directions = directionsOf(settings, role);
    this.#onLost = onLost;
    this.#onMoved = onMoved;
  }

  /** Whether all are there. */
  get complete(): boolean {
    return this.list.length === this.#directions.length;
  }

  #next(
    place: { local: Endpoint; remote: Endpoint; handle: number | undefined },
    connection?: Connection,
  ): Stream {
    const index = this.list.length;
    const stream = new Stream(streamId(index), this.#directions[index]!, place, connection);
    this.list.push(stream);
    return stream;
  }

  /**
   * Takes a connection over as the next stream.
   *
   * @param early what has come on it already
   */
  addConnection(connection: Connection, early?: Buffer): void {
    const stream = this.#next(connection, connection);
    const receive = receiveOn(stream, this.#settings);
    const onData = (bytes: Uint8Array) => {
      // What still comes afterwards is taken, so that the peer can end, and not counted.
      if (this.#over || stream.sends) return;
      receive(bytes);
      this.#received();
    };
    if (early && early.length > 0) onData(early);
    connection.onData(onData);
    connection.onEnd((error) => {
      if (!this.#over) this.#onLost(lostStream(stream, error));
    });
    if (stream.sends) {
      this.senders.push(new TcpSender(stream, this.#settings, this.#mayGo));
    }
  }

  /**
   * Makes the next stream of datagrams.
   *
   * @param local where it is: a socket for many peers does not know by which address it is reached
   * @param to where a socket of many peers sends; nothing where it is connected
   * @returns what takes the datagrams that come
   */
  addDatagrams(
    socket: Datagrams,
    local: Endpoint,
    remote: Endpoint,
    to?: Endpoint,
  ): (bytes: Buffer) => void {
    const { handle } = socket;
    const stream = this.#next({ local, remote, handle });
    const receive = receiveDatagramsOn(stream, this.#settings);
    if (stream.sends) {
      this.senders.push(new UdpSender(stream, socket, to, this.#settings, this.#mayGo));
    }
    return (bytes) => {
      if (this.#over || stream.sends) return;
      receive(bytes);
      this.#received();
    };
  }

  /** Whether another block may be sent: the test's bytes and blocks are those of all streams. */
  readonly #mayGo = (): boolean => {
    if (this.#closed) return false;
    if (this.#over) return this.#flowsOn;
    // The client ends a test; datagrams that were lost must not keep it from its bytes.
    if (this.#role === 'server' && this.#settings.protocol === 'UDP') return true;
    const { bytes, blocks, blockSize } = this.#settings;
    const enough =
      (bytes > 0 && this.#handedOver * blockSize >= bytes) ||
      (blocks > 0 && this.#handedOver >= blocks);
    if (enough) {
      this.#onMoved();
      return false;
    }
    this.#handedOver++;
    return true;
  };

  /** Bytes that were handed over and that the system has not taken. */
  get pendingBytes(): number {
    return this.list.reduce((sum, { connection }) => sum + (connection?.pendingBytes ?? 0), 0);
  }

  #received(): void {
    const { bytes, blocks } = this.#settings;
    if (bytes === 0 && blocks === 0) return;
    const receivers = this.list.filter(({ sends }) => !sends);
    const sum = (name: 'bytes' | 'blocks') =>
      receivers.reduce((total, stream) => total + stream.total[name], 0);
    if ((bytes > 0 && sum('bytes') >= bytes) || (blocks > 0 && sum('blocks') >= blocks)) {
      this.#onMoved();
    }
  }

  /**
   * An iperf3 before 3.16 receives a whole block at a time, and hears nothing else meanwhile: where it is
   * in one when its time is over, only more data lets it come to its results. So a server goes on.
   */
  get #flowsOn(): boolean {
    const { bytes, blocks, protocol } = this.#settings;
    return this.#role === 'server' && protocol === 'TCP' && bytes === 0 && blocks === 0;
  }

  /** Nothing is counted any more, and the end of a connection is no loss. */
  stop(): void {
    this.#over = true;
  }

  destroy(): void {
    this.stop();
    this.#closed = true;
    for (const { connection } of this.list) connection?.destroy();
  }
}
