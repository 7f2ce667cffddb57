/** undici over our sockets, against servers of Linux: `undici.ts URL URL-OF-PYTHON URL-OF-NOBODY`. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { Agent, Client, fetch, request } from 'undici';
import { connect } from '../../../examples/shared/undici-connect.ts';
import { failure, report } from './report.ts';

const [url = '', python = '', nobody = ''] = process.argv.slice(2);

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const bytesOf = async (body: { arrayBuffer(): Promise<ArrayBuffer> }) =>
  Buffer.from(await body.arrayBuffer());

const dispatcher = new Agent({ connect, connections: 1 });
const big = Buffer.alloc(5_000_000, 'winsock');
const posted = await request(`${url}/echo`, { method: 'POST', body: big, dispatcher });
report('echo', sha256(await bytesOf(posted.body)) === sha256(big));
report('fetch', await (await fetch(`${url}/`, { dispatcher })).text());
report('python', sha256(await bytesOf((await request(python, { dispatcher })).body)));
report('connections', await (await request(`${url}/connections`, { dispatcher })).body.text());

const client = new Client(url, { connect, pipelining: 10 });
const numbers = Array.from({ length: 10 }, (_, index) => index);
const answers = await Promise.all(
  numbers.map(async (number) => {
    // Otherwise undici waits for the headers of one answer before it sends the next request.
    const options = { path: `/number/${number}`, method: 'GET', blocking: false } as const;
    return (await client.request(options)).body.text();
  }),
);
report('pipelined', answers);
report('depth', await (await client.request({ path: '/depth', method: 'GET' })).body.text());
await client.close();

const controller = new AbortController();
const aborted = request(`${url}/hang`, { dispatcher, signal: controller.signal });
setTimeout(() => controller.abort(), 50);
report('aborted', failure(await aborted.catch((error) => error)));
report('after it', (await request(`${url}/`, { dispatcher })).statusCode);
const late = request(`${url}/hang`, { dispatcher, headersTimeout: 100 });
report('headers', failure(await late.catch((error) => error)));
const stalled = await request(`${url}/stall`, { dispatcher, bodyTimeout: 100 });
report('body', failure(await stalled.body.text().catch((error) => error)));

// Wine may lose a reset that comes while nothing is being received, as just after something has come.
const received = async () => {
  for (let turns = 0; turns < 10; turns++) await setImmediate();
};
report('before it', await (await request(`${url}/`, { dispatcher })).body.text());
await received();
report('reset', failure(await request(`${url}/reset`, { dispatcher }).catch((error) => error)));
const { body } = await request(`${url}/reset-late`, { dispatcher });
const chunks = body[Symbol.asyncIterator]();
report('some', String((await chunks.next()).value));
await received();
const another = new Client(url, { connect });
await another.request({ path: '/reset-now', method: 'GET' });
report('reset-late', failure(await chunks.next().catch((error) => error)));
await another.close();

report('refused', failure(await request(nobody, { dispatcher }).catch((error) => error)));
await dispatcher.close();
