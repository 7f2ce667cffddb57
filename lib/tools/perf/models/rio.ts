/** Registered I/O: queues shared with the system, over memory that is registered once. */
import { OverlappedSocket, RegisteredIo } from '../../../io.ts';
import { Answers, RECEIVED_AT_ONCE } from './answers.ts';

/**
 * Resolves to the TCP port.
 *
 * @throws WinsockError where the system has no Registered I/O
 */
export async function serve(): Promise<number> {
  const rio = new RegisteredIo();
  const listening = OverlappedSocket.create({ registered: true });
  listening.bind({ address: '127.0.0.1', port: 0 }).listen();
  const { localAddress } = listening;
  acceptAll(rio, listening).catch((error) => {
    process.stderr.write(`${error}\n`);
    process.exit(1);
  });
  return 'port' in localAddress ? localAddress.port : 0;
}

async function acceptAll(rio: RegisteredIo, listening: OverlappedSocket): Promise<never> {
  for (;;) {
    const accepted = await listening.accept();
    accepted.setOption('noDelay', true);
    serveConnection(rio, accepted);
  }
}

async function serveConnection(rio: RegisteredIo, socket: OverlappedSocket): Promise<void> {
  const answers = new Answers();
  const attached = rio.attach(socket, { receives: 1, sends: 1 });
  const memory = rio.register(Buffer.from(new ArrayBuffer(RECEIVED_AT_ONCE)));
  const bytes = Buffer.from(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length);
  try {
    for (;;) {
      const received = await attached.receive(memory);
      if (received === 0) break;
      const answer = answers.answer(bytes.subarray(0, received));
      if (!answer) continue;
      // What is not in the registered memory already goes there.
      const isThere = answer.buffer === bytes.buffer;
      const offset = isThere ? answer.byteOffset - bytes.byteOffset : 0;
      if (!isThere) answer.copy(bytes);
      for (let sent = 0; sent < answer.length; ) {
        const length = answer.length - sent;
        sent += await attached.send(memory, { offset: offset + sent, length });
      }
    }
  } catch {
    // The connection was lost: its end is what matters.
  }
  attached.close();
  memory.release();
  answers.ended();
}
