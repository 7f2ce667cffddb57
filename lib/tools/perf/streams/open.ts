/** Streams made of connections and sockets, with what sends and receives on them. */
import type { Sender } from '../run.ts';
import { streamId, type TestSettings } from '../settings.ts';
import type { Connection, Datagrams, Endpoint } from '../transport.ts';
import { Stream } from './stream.ts';
import { lostStream, receiveOn, TcpSender } from './tcp.ts';
import { receiveDatagramsOn, UdpSender } from './udp.ts';

/** The streams of a test, and what moves data on them. */
export class Streams {
  readonly list: Stream[] = [];
  readonly senders: Sender[] = [];
  readonly #settings: TestSettings;
  readonly #directions: readonly boolean[];
  readonly #onLost: (error: Error) => void;
  readonly #onMoved: () => void;
  readonly #endless: boolean;
  #handedOver = 0;
  #over = false;

  /**
   * @param directions whether this side sends, for each stream in its order
   * @param endless whether sending goes on until the peer says that the test is over
   * @param onLost is told of a connection that ends while the test runs
   * @param onMoved is told when this side has sent or received what ends the test
   */
  constructor(
    settings: TestSettings,
    directions: readonly boolean[],
    endless: boolean,
    onLost: (error: Error) => void,
    onMoved: () => void,
  ) {
    this.#settings = settings;
    this.#directions = directions;
    this.#endless = endless;
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
    if (this.#over) return false;
    if (this.#endless) return true;
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

  /** Nothing is counted any more, and the end of a connection is no loss. */
  stop(): void {
    this.#over = true;
  }

  destroy(): void {
    this.stop();
    for (const { connection } of this.list) connection?.destroy();
  }
}
