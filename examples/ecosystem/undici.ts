/**
 * HTTP requests over an I/O completion port: the package undici with our sockets below.
 *
 *   npm start -- examples/ecosystem/undici.ts http://localhost:8080/ http://localhost:8080/bytes/1000
 */

import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import { connect } from '../shared/undici-connect.ts';

const USAGE = `usage: undici URL…
Gets each URL and prints its status, length and SHA-256.`;

const urls = process.argv.slice(2);
if (urls.length === 0 || urls.includes('--help')) {
  console.log(USAGE);
  process.exit(urls.length === 0 ? 1 : 0);
}

const dispatcher = new Agent({ connect, connections: 4 });
await Promise.all(
  urls.map(async (url) => {
    try {
      const { statusCode, body } = await request(url, { dispatcher });
      const hash = createHash('sha256');
      let length = 0;
      for await (const chunk of body) {
        hash.update(chunk);
        length += chunk.length;
      }
      console.log(`${url}: ${statusCode}, ${length} bytes, ${hash.digest('hex')}`);
    } catch (error) {
      console.log(`${url}: ${(error as { code?: string }).code}`);
      process.exitCode = 1;
    }
  }),
);
await dispatcher.close();
