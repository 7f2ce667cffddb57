/** Datagram sockets of ours and of node:dgram, which tell each other numbered texts. */
import dgram from 'node:dgram';
import { type CompletionPort, type InternetAddress, UdpSocket } from 'winsock/io';
import type { Random } from '../hostile/random.ts';
import { pause, turn } from './actor.ts';
import { Content } from './content.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };

/** Whose it is, its number and its length. */
const HEADER_BYTES = 12;

/** A datagram says by its first bytes what it is and how long. */
function datagram(key: number, content: Content, number: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + length);
  bytes.writeUInt32LE(key, 0);
  bytes.writeUInt32LE(number, 4);
  bytes.writeUInt32LE(length, 8);
  content.at(number, length).copy(bytes, HEADER_BYTES);
  return bytes;
}

/** Of all rounds: one may get what another has sent to a port that it has closed. */
const all = new Map<number, Receipts>();

class Receipts {
  readonly faults: string[] = [];
  readonly #content: Content;
  readonly #seen = new Set<number>();
  readonly #sent: ReadonlySet<number>;

  constructor(content: Content, sent: ReadonlySet<number>) {
    this.#content = content;
    this.#sent = sent;
  }

  /** What its socket has received. */
  take(data: Buffer): void {
    const sender = all.get(data.readUInt32LE(0));
    if (sender) this.faults.push(...sender.#look(data));
    else this.faults.push(`a datagram of nobody, ${data.length} bytes`);
  }

  *#look(data: Buffer): Generator<string> {
    const [number, length] = [data.readUInt32LE(4), data.readUInt32LE(8)];
    if (data.length !== HEADER_BYTES + length) yield `datagram ${number}: ${data.length} bytes`;
    else if (!this.#content.matches(number, data.subarray(HEADER_BYTES))) {
      yield `datagram ${number}: wrong bytes`;
    }
    if (!this.#sent.has(number)) yield `datagram ${number} was never sent`;
    if (this.#seen.has(number)) yield `datagram ${number} came twice`;
    this.#seen.add(number);
  }
}

/** One receiver of ours and senders of both kinds. What is wrong, in words. */
export async function datagrams(port: CompletionPort, random: Random): Promise<string[]> {
  const key = random.below(1 << 30);
  const content = new Content(key);
  const sent = new Set<number>();
  const receipts = new Receipts(content, sent);
  all.set(key, receipts);
  const receiver = new UdpSocket({
    completionPort: port,
    receives: random.pick([1, 1, 4]),
  }).bind(LOOPBACK);
  receiver.on('error', () => {});
  const to = receiver.localAddress as InternetAddress;
  const reading = read(receiver, receipts, random);
  const ours = new UdpSocket({ completionPort: port }).connect(to);
  const theirs = dgram.createSocket('udp4').on('error', () => {});
  await new Promise<void>((resolve) => theirs.connect(to.port, to.address, resolve));
  const sends: Promise<unknown>[] = [];
  for (let number = 0; number < random.below(30); number++) {
    const data = datagram(key, content, number, random.pick([0, 1, 100, 1400, 8000, 40_000]));
    sent.add(number);
    if (random.once(4)) sends.push(new Promise((resolve) => theirs.send(data, resolve)));
    else sends.push(ours.send(data).catch(() => undefined));
    if (random.once(3)) await turn();
  }
  // Some are sent and received while both are closed.
  if (random.once(3)) await pause(random.below(3));
  const closes = random.shuffle([() => ours.close(), () => receiver.close()]);
  await Promise.all([...closes.map((close) => close()), ...sends]);
  await new Promise<void>((resolve) => theirs.close(resolve));
  await reading;
  return receipts.faults;
}

/** Receives until the socket is closed, in one of its ways. */
async function read(socket: UdpSocket, receipts: Receipts, random: Random): Promise<void> {
  const how = random.below(4);
  if (how === 0) {
    socket.on('message', (data) => receipts.take(data));
    await socket.closed;
  } else if (how === 1) {
    for await (const { data } of socket) receipts.take(data);
  } else if (how === 2) {
    socket.borrow((bytes) => receipts.take(bytes));
    await socket.closed;
  } else {
    // Given up again and again, and nothing is lost by that.
    for (;;) {
      try {
        const received = await socket.receive({ timeout: 1 + random.below(3) });
        if (!received) return;
        receipts.take(received.data);
      } catch (error) {
        if ((error as Error).name !== 'TimeoutError') return;
      }
    }
  }
}
