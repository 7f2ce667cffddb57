/** Node's own. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Answers } from './answers.ts';

/** Resolves to the TCP port. */
export async function serve(): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    const answers = new Answers();
    socket.on('data', (bytes) => {
      const answer = answers.answer(bytes);
      if (answer) socket.write(answer);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => answers.ended());
  });
  server.listen({ host: '127.0.0.1', port: 0, backlog: 511 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
