import { createHash } from 'node:crypto';
import { createConnection, createServer, type Server } from 'node:net';

/**
 * Runs `action` while holding the lock `name`; a second process waits until the first is done.
 *
 * The lock is a listening local socket, not a file: the operating system drops it however its owner
 * ends, so there are no stale locks, and who waits is woken by the connection closing.
 */
export async function withLock<T>(
  name: string,
  onWait: () => void,
  action: () => Promise<T>,
): Promise<T> {
  const address = lockAddress(name);
  if (address === undefined) return action();
  let waited = false;
  for (;;) {
    const server = await listen(address);
    if (server) {
      try {
        return await action();
      } finally {
        server.close();
        server.closeWaiters();
      }
    }
    if (!waited) onWait();
    waited = true;
    await ownerGone(address);
  }
}

function lockAddress(name: string): string | undefined {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 32);
  if (process.platform === 'linux') return `\0winsock-${id}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\winsock-${id}`;
  return undefined;
}

type Lock = Server & { closeWaiters(): void };

function listen(address: string): Promise<Lock | undefined> {
  return new Promise((resolve, reject) => {
    const waiters = new Set<{ destroy(): void }>();
    const server = createServer((socket) => {
      waiters.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => waiters.delete(socket));
      socket.unref();
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      const closeWaiters = () => {
        for (const waiter of waiters) waiter.destroy();
      };
      resolve(Object.assign(server, { closeWaiters }));
    });
  });
}

function ownerGone(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(address);
    socket.resume();
    socket.on('error', () => {});
    // A short pause, because between two owners the address may answer neither way.
    socket.on('close', () => setTimeout(resolve, 20));
  });
}
