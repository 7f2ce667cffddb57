import { once } from 'node:events';
import net from 'node:net';

/** A port number of 127.0.0.1 that nobody listens on, most likely. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server of TCP has such an address.
  const { port } = server.address() as net.AddressInfo;
  await once(server.close(), 'close');
  return port;
}
