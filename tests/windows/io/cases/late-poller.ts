/**
 * A port that is closed while its poller has looked whether it shall stop and does not wait yet. Each of the
 * poller's waits begins so much later than it was decided that this happens for sure.
 */
import { threadsBeginWith } from './threads-begin-with.ts';

const LATE_MILLISECONDS = 300;
const PATIENCE_MILLISECONDS = 20_000;

threadsBeginWith(`{
  const { wait } = Atomics;
  const late = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait = (...args) => {
    wait(late, 0, 0, ${LATE_MILLISECONDS});
    return wait(...args);
  };
}`);

const { CompletionPort, OverlappedSocket } = await import('winsock/io');
const completionPort = new CompletionPort();
const LOOPBACK = { address: '127.0.0.1', port: 0 };
const one = OverlappedSocket.create({ type: 'datagram', completionPort }).bind(LOOPBACK);
const other = OverlappedSocket.create({ type: 'datagram', completionPort }).bind(LOOPBACK);
const receiving = one.receiveFrom(Buffer.alloc(8));
// Until the poller waits for a packet, which it then has: it looks again, and is about to wait for its turn.
setTimeout(() => {
  void other.sendTo(Buffer.from('packet'), one.localAddress as { address: string; port: number });
}, 500);
await receiving;
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS, 'hangs'));
const closing = completionPort.close().then(() => 'closed');
console.log(await Promise.race([closing, patience]));
process.exit();
