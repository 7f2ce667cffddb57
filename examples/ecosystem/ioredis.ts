/**
 * Redis over an I/O completion port: the package ioredis with our sockets below.
 *
 *   npm start -- examples/ecosystem/ioredis.ts localhost 6379 "set greeting hello" "get greeting"
 */

import { Redis } from 'ioredis';
import { Connector } from '../shared/ioredis-connector.ts';

const USAGE = `usage: ioredis HOST PORT COMMAND…
Sends the commands in one pipeline and prints the replies, as JSON.`;

const [host, port, ...commands] = process.argv.slice(2);
if (!host || !port || commands.length === 0) {
  console.log(USAGE);
  process.exit(host === '--help' ? 0 : 1);
}

const redis = new Redis({
  host,
  port: Number(port),
  Connector,
  // Says what is wrong at once rather than to try for ever.
  retryStrategy: null,
});
redis.on('error', (error) => {
  console.log(`${(error as { code?: string }).code}: ${error.message}`);
  process.exitCode = 1;
});
const pipeline = redis.pipeline();
for (const command of commands) {
  const [name = '', ...args] = command.split(' ');
  pipeline.call(name, ...args);
}
const replies = (await pipeline.exec()) ?? [];
for (const [error, reply] of replies) console.log(JSON.stringify(error?.message ?? reply));
redis.disconnect();
