/** Datagrams, each of which is one packet though a program may be both its sender and its receiver. */
import { createHash } from 'node:crypto';
import { Bounded } from '../calls/bounded.ts';
import { type Built, type Endpoint, udpPacket } from './packets.ts';

/** How many ways of datagrams are remembered, and how many of each. */
const MOST_WAYS = 4096;
const MOST_SENT = 256;

const keyOf = (from: Endpoint, to: Endpoint) =>
  `${from.address.join()} ${from.port} ${to.address.join()} ${to.port}`;

export class Datagrams {
  /** What was sent and has not been received, by where it goes. */
  readonly #sent = new Bounded<string, string[]>(MOST_WAYS);

  /** The packet of a datagram; undefined where its sender has told of it already. */
  packet(
    isReceived: boolean,
    from: Endpoint,
    to: Endpoint,
    bytes: Uint8Array,
    length: number,
  ): Built | undefined {
    const key = keyOf(from, to);
    const content = `${length} ${createHash('sha1').update(bytes).digest('base64')}`;
    const sent = this.#sent.get(key) ?? [];
    if (isReceived) {
      const index = sent.indexOf(content);
      if (index >= 0) {
        sent.splice(index, 1);
        return undefined;
      }
    } else {
      sent.push(content);
      if (sent.length > MOST_SENT) sent.shift();
      this.#sent.set(key, sent);
    }
    return udpPacket(from, to, bytes, length);
  }
}
