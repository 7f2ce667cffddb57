/** A worker over winsock/io says how many functions it binds once it listens. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type * as Koffi from 'koffi';
import { CompletionPort, connectTo, createServer, type InternetAddress } from 'winsock/io';

/** The native part, which all of the process share. */
const { default: koffi } = createRequire(import.meta.url)('koffi') as { default: typeof Koffi };

/** Notes what is bound from now on. */
function notes(): string[] {
  const bound: string[] = [];
  const { load, proto } = koffi;
  koffi.load = ((...given) => {
    const library = load.apply(koffi, given);
    const func = (...args: unknown[]) => {
      bound.push(String(args[1]));
      return (library.func as (...args: unknown[]) => unknown)(...args);
    };
    return Object.create(library, { func: { value: func } });
  }) as typeof load;
  koffi.proto = ((...args: Parameters<typeof proto>) => {
    bound.push(String(args[1]));
    return proto.apply(koffi, args);
  }) as typeof proto;
  return bound;
}

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const port = new CompletionPort();
  let left = 3;
  worker.on('message', async (message: InternetAddress | string) => {
    if (typeof message === 'string') {
      console.log(message);
      await worker.terminate();
      await port.close();
      return;
    }
    for (; left > 0; left--) {
      const socket = await connectTo(message, { completionPort: port });
      await socket.end('something');
      for await (const _data of socket);
      await socket.closed;
    }
    worker.postMessage('say');
  });
} else {
  const bound = notes();
  const server = createServer({ completionPort: new CompletionPort() });
  server.on('connection', async (socket) => {
    await socket.send('an answer');
    await socket.sendFile(fileURLToPath(import.meta.url));
    for await (const _data of socket);
    await socket.end();
  });
  server.listen({ host: '127.0.0.1' });
  const first = bound.length;
  parentPort!.on('message', () => {
    const later = bound.slice(first).join();
    parentPort!.postMessage(first === 0 ? 'nothing is noted' : `later: ${later}`);
  });
  parentPort!.postMessage(server.address);
}
