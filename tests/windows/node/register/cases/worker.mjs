// A program whose worker serves and asks: it prints which sockets each thread has.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

async function ask() {
  const web = http.createServer((request, response) =>
    response.end(String(request.socket instanceof net.Socket && !request.socket._handle)),
  );
  await once(web.listen(0, '127.0.0.1'), 'listening');
  const [response] = await once(
    http.get({ port: web.address().port, host: '127.0.0.1', agent: false }),
    'response',
  );
  const answer = await text(response);
  web.close();
  return answer;
}

async function inWorker(options) {
  const worker = new Worker(new URL(import.meta.url), options);
  const ended = once(worker, 'exit');
  const [answer] = await once(worker, 'message');
  await ended;
  return answer;
}

if (isMainThread) {
  const found = { main: await ask(), worker: await inWorker(), two: [] };
  found.two = await Promise.all([inWorker(), inWorker()]);
  found['without the preload'] = await inWorker({ execArgv: [] });
  console.log(JSON.stringify(found));
} else {
  parentPort.postMessage(await ask());
}
