/** pg over our sockets, against a PostgreSQL of Linux: `pg.ts PORT PORT-OF-PROXY`. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { SocketDuplex } from 'winsock/io';
import { ask, failure, report } from './report.ts';

const [port = '', proxy = ''] = process.argv.slice(2);
const config = (number = port) => ({
  host: '127.0.0.1',
  port: Number(number),
  user: 'postgres',
  database: 'postgres',
  keepAlive: true,
  stream: () => new SocketDuplex(),
});
const md5 = (data: string) => createHash('md5').update(data).digest('hex');

async function connected(number?: string): Promise<pg.Client> {
  const client = new pg.Client(config(number));
  await client.connect();
  return client;
}

const client = await connected();
report('sum', (await client.query('select $1::int + $2::int as sum', [40, 2])).rows);

const text = 'repeat(md5(i::text), 1000)';
const big = await client.query(`select ${text} as text from generate_series(1, 320) as i`);
const all = big.rows.map((row) => row.text).join('');
const sum = await client.query(
  `select md5(string_agg(${text}, '' order by i)) as md5 from generate_series(1, 320) as i`,
);
report('big', { length: all.length, same: md5(all) === sum.rows[0].md5 });

await client.query('drop table if exists pieces');
await client.query('create table pieces (id int primary key, data bytea)');
const data = randomBytes(8_000_000);
await client.query('insert into pieces values (1, $1)', [data]);
const back = await client.query('select data, md5(data) as md5 from pieces');
report('inserted', {
  there: back.rows[0].md5 === createHash('md5').update(data).digest('hex'),
  back: data.equals(back.rows[0].data),
});

const notified = once(client, 'notification');
await client.query('listen news');
const pool = new pg.Pool({ ...config(), max: 5 });
const rows = Array.from({ length: 50 }, (_, index) => index);
const pooled = await Promise.all(rows.map((n) => pool.query('select $1::int as n', [n])));
report(
  'pool',
  pooled.every((result, index) => result.rows[0].n === index),
);
await pool.query("notify news, 'hello'");
report('notified', (await notified)[0].payload);

const { processID } = client as unknown as { processID: number };
const sleeping = client.query('select pg_sleep(60)').catch((error) => error);
// A server that has not begun the statement has nothing to cancel, and says so to nobody.
const isAsleep = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
while ((await pool.query(isAsleep, [processID])).rowCount === 0);
await pool.query('select pg_cancel_backend($1)', [processID]);
report('cancelled', failure(await sleeping));
report('after it', (await client.query('select 1 as one')).rows);
await pool.end();

const reset = await connected(proxy);
const errors: unknown[] = [];
const lost = new Promise<void>((resolve) => reset.on('end', resolve));
reset.on('error', (error) => errors.push(failure(error)));
const unanswered = reset.query('select pg_sleep(60)').catch((error) => error);
await ask('reset');
report('reset', failure(await unanswered));
await lost;

const ended = new Promise<void>((resolve) => client.on('end', resolve));
client.on('error', (error) => errors.push(failure(error)));
const interrupted = client.query('select pg_sleep(60)').catch((error) => error);
await ask('kill');
report('killed', (await interrupted).message);
await ended;
report('down', failure(await connected().catch((error) => error)));
await ask('start');
const again = await connected();
report('again', (await again.query('select count(*)::int as count from pieces')).rows);
await again.end();
report('errors', errors.length);
