/** Datagram sockets that promise memory for the longest datagram, and do without packets for it. */
import t, { type Test } from 'tap';
import { addressOfView, CompletionPort, OverlappedSocket, startReceiveFrom } from 'winsock/io';
import { closing } from '../support.ts';

const MOST = 65527;
const SHORT = Buffer.alloc(MOST - 1);
const LONG = Buffer.alloc(MOST);
const HERE = { address: '127.0.0.1', port: 0 };

function made(test: Test, wholeDatagrams: boolean) {
  const completionPort = closing(test, new CompletionPort());
  const options = { type: 'datagram', completionPort, wholeDatagrams } as const;
  const socket = closing(test, OverlappedSocket.create(options).bind(HERE));
  return { completionPort, socket };
}

t.test('what completes at its start sends no packet', async (t) => {
  for (const wholeDatagrams of [true, false]) {
    const { completionPort, socket } = made(t, wholeDatagrams);
    t.equal(socket.association.skips, wholeDatagrams);
    const to = socket.localAddress;
    for (let i = 0; i < 3; i++) await socket.sendTo(Buffer.from(`datagram ${i}`), to);
    for (let i = 0; i < 3; i++) {
      const { bytes } = await socket.receiveFrom(LONG);
      t.equal(LONG.toString('latin1', 0, bytes), `datagram ${i}`);
    }
    t.equal(completionPort.stats().packets, wholeDatagrams ? 0 : 6, 'packets');
  }
});

t.test('a receive with less memory is refused before anything starts', async (t) => {
  const { completionPort, socket } = made(t, true);
  const refused = { name: 'RangeError', message: /at least 65527 bytes, got 65526/ };
  await t.rejects(socket.receive(SHORT), refused, 'receive');
  await t.rejects(socket.receive([SHORT.subarray(1), SHORT.subarray(0, 1)]), refused, 'scatter');
  await t.rejects(socket.receiveFrom(SHORT), refused, 'receiveFrom');
  await t.rejects(socket.receiveMessage(SHORT), refused, 'receiveMessage');
  const operation = completionPort.take();
  const address = addressOfView(SHORT);
  t.throws(
    () => startReceiveFrom(operation, socket.association, address, SHORT.length, SHORT),
    refused,
  );
  operation.release();
  const pieces = [SHORT, Buffer.alloc(1)];
  const received = socket.receive(pieces);
  await socket.sendTo(Buffer.from('two pieces'), socket.localAddress);
  t.equal(await received, 10, 'pieces with enough memory in all');
});

t.test('other sockets have no datagrams', async (t) => {
  const wrong = { name: 'TypeError', message: /wholeDatagrams is for datagrams of IPv4 and IPv6/ };
  t.throws(() => OverlappedSocket.create({ wholeDatagrams: true }), wrong);
  t.throws(
    () => OverlappedSocket.create({ type: 'datagram', family: 'Unix', wholeDatagrams: true }),
    wrong,
  );
});
