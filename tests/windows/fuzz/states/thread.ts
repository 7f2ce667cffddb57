/** A thread with servers of its own, until it is told to close or is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import { CompletionPort } from 'winsock/io';
import { Random } from '../hostile/random.ts';
import { KINDS } from './ends.ts';
import { told } from './round.ts';
import { Servers } from './servers.ts';

const port = new CompletionPort();
const servers = new Servers(port, new Random(workerData as number), (report) =>
  parentPort!.postMessage({ report }),
);
const ports = KINDS.map(async (kind) => [kind, await servers.portOf(kind)]);
parentPort!.postMessage({ ports: Object.fromEntries(await Promise.all(ports)) });
parentPort!.on('message', async (wish: 'tell' | 'close') => {
  if (wish === 'tell') {
    const unfinished = Array.from(servers.actors, (actor) => told(actor.report()));
    parentPort!.postMessage({ unfinished });
    return;
  }
  await servers.close();
  await port.close();
  parentPort!.postMessage({ closed: port.stats().pending });
  parentPort!.close();
});
