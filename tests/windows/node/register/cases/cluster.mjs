// Workers of a cluster share a port, which the built-in modules do.
import cluster from 'node:cluster';
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const [, { port }] = await once(cluster, 'listening');
  const [response] = await once(http.get({ port, host: '127.0.0.1' }), 'response');
  console.log(await text(response));
  worker.kill();
} else {
  http.createServer((_, response) => response.end('from a worker')).listen(0, '127.0.0.1');
}
