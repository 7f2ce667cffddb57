/**
 * The program of a thread with a completion port of its own, over which something has been sent and has come back.
 *
 * @param then what it does afterwards, with its `port`
 */
export const echoThread = (then: string): string => `
import('winsock/io').then(async ({ CompletionPort, connectTo, createServer }) => {
  const port = new CompletionPort();
  const server = createServer({ completionPort: port }, (socket) => {
    socket.on('data', (data) => socket.write(data));
  }).listen({ host: '127.0.0.1' });
  const socket = await connectTo({ address: '127.0.0.1', port: server.port }, { completionPort: port });
  socket.write('x');
  await socket.read();
  ${then}
});`;
