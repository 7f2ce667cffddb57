import { once } from 'node:events';
import net from 'node:net';

/**
 * Systems give numbers from 32768 (Linux) or 49152 (Windows) on to whoever does not choose one. A number that they may
 * give is soon another's, even that of the socket that connects to it: which then is connected to itself.
 */
const LOWEST = 10_240;
const HIGHEST = 32_767;

const given = new Set<number>();

/** A port number of TCP that nobody listens on, and that the system gives to nobody. Each is given once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer().listen(port, '127.0.0.1');
  const isFree = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (isFree) await once(server.close(), 'close');
  return isFree;
}
