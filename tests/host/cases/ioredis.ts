/** ioredis over our sockets, against a Redis of Linux: `ioredis.ts PORT`. */

import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Connector } from '../../../examples/shared/ioredis-connector.ts';
import { ask, failure, report } from './report.ts';

const options = { host: '127.0.0.1', port: Number(process.argv[2]), Connector, keepAlive: 1000 };
const redis = new Redis({ ...options, retryStrategy: () => 50, maxRetriesPerRequest: null });
const errors: { code?: string }[] = [];
redis.on('error', (error) => errors.push(failure(error)));

const data = randomBytes(1 << 20);
await redis.set('data', data);
report('data', data.equals((await redis.getBuffer('data'))!));

const pipeline = redis.pipeline();
for (let i = 0; i < 10_000; i++) pipeline.incrby('counter', i);
const replies = (await pipeline.exec()) ?? [];
let sum = 0;
report(
  'pipeline',
  replies.length === 10_000 &&
    replies.every(([error, reply], i) => {
      sum += i;
      return error === null && reply === sum;
    }),
);
const each = await Promise.all(Array.from({ length: 1000 }, (_, i) => redis.echo(`${i}`)));
report(
  'each',
  each.every((reply, i) => reply === `${i}`),
);
report('transaction', await redis.multi().set('a', '1').incr('a').exec());

const subscriber = redis.duplicate();
await subscriber.subscribe('news');
const heard: string[] = [];
const all = new Promise<void>((resolve) => {
  subscriber.on('message', (_, message) => {
    if (heard.push(message) === 1000) resolve();
  });
});
for (let i = 0; i < 1000; i++) redis.publish('news', `${i}`);
await all;
report(
  'heard',
  heard.every((message, i) => message === `${i}`),
);
subscriber.disconnect();

const blocked = redis.duplicate();
const popped = blocked.blpop('list', 30);
await redis.rpush('list', 'item');
report('popped', await popped);
await blocked.quit();

const events: string[] = [];
for (const event of ['close', 'reconnecting', 'ready']) {
  redis.on(event, () => {
    if (events.at(-1) !== event) events.push(event);
  });
}
await ask('kill');
while (!errors.some(({ code }) => code === 'ECONNREFUSED')) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const waiting = redis.incr('after');
await ask('start');
report('after', await waiting);
report('events', [events[0], events.at(-1)]);
const once = new Redis({ ...options, port: 1, retryStrategy: null, lazyConnect: true });
const refused = new Promise((resolve) => once.on('error', resolve));
once.connect().catch(() => {});
report('refused', failure(await refused));
await redis.quit();
