/** The completion port of `winsock/io`. */
import { createServer } from '../../../io.ts';
import { Answers } from './answers.ts';

/** Resolves to the TCP port. */
export async function serve(): Promise<number> {
  const server = createServer({ socketOptions: { noDelay: true } }, (socket) => {
    const answers = new Answers();
    socket.borrow((bytes) => {
      const answer = answers.answer(bytes);
      if (answer) socket.write(answer);
    });
    socket.on('close', () => answers.ended());
  });
  return server.listen({ host: '127.0.0.1' }).port;
}
