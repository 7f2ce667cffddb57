/** What a datagram of a test begins with: when it was sent, and which it is. */

export const CONNECT_MESSAGE = Buffer.from('9876');
export const CONNECT_REPLY = Buffer.from('6789');

/** What iperf3 sent before version 3.12, in either byte order, and what answers it. */
const OLD_MESSAGE = 123_456_789;
const OLD_REPLY = 987_654_321;

/** The answer to a datagram that begins a stream; `undefined` where it is none. */
export function connectReply(message: Buffer): Buffer | undefined {
  if (message.equals(CONNECT_MESSAGE)) return CONNECT_REPLY;
  if (message.length !== 4) return undefined;
  const reply = Buffer.alloc(4);
  if (message.readUInt32LE(0) === OLD_MESSAGE) reply.writeUInt32LE(OLD_REPLY);
  else if (message.readUInt32BE(0) === OLD_MESSAGE) reply.writeUInt32BE(OLD_REPLY);
  else return undefined;
  return reply;
}

const AT_MICROSECONDS = 4;
const AT_NUMBER = 8;

export function headerBytes(wide: boolean): number {
  return wide ? 16 : 12;
}

/** The time of day in seconds, to the microsecond. */
export function timeOfDay(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

export function writeHeader(block: Buffer, time: number, number: number, wide: boolean): void {
  const seconds = Math.floor(time);
  block.writeUInt32BE(seconds, 0);
  block.writeUInt32BE(Math.floor((time - seconds) * 1e6), AT_MICROSECONDS);
  if (wide) {
    block.writeUInt32BE(Math.floor(number / 2 ** 32), AT_NUMBER);
    block.writeUInt32BE(number >>> 0, AT_NUMBER + 4);
  } else {
    block.writeUInt32BE(number >>> 0, AT_NUMBER);
  }
}

export function readHeader(block: Buffer, wide: boolean): { time: number; number: number } {
  const time = block.readUInt32BE(0) + block.readUInt32BE(AT_MICROSECONDS) / 1e6;
  const number = wide
    ? block.readUInt32BE(AT_NUMBER) * 2 ** 32 + block.readUInt32BE(AT_NUMBER + 4)
    : block.readUInt32BE(AT_NUMBER);
  return { time, number };
}
