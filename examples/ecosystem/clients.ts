/**
 * Clients of Node.js over an I/O completion port: http by an Agent, https by one that encrypts over our
 * connection, and http2 by `createConnection`.
 *
 *   npm start -- examples/ecosystem/clients.ts http://localhost:8080/ https://localhost:8443/ h2c://localhost:8081/
 *
 * h2c: is HTTP/2 without encryption. Certificates are not checked.
 */

import { createHash } from 'node:crypto';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';
import tls, { type ConnectionOptions } from 'node:tls';
import { createConnection } from 'winsock/io';

const USAGE = `usage: clients URL…
Gets each URL (http:, https: or h2c:) and prints its status, length and SHA-256.`;

class Agent extends http.Agent {
  override createConnection = createConnection as never;
}

class SecureAgent extends https.Agent {
  override createConnection = ((options: ConnectionOptions) =>
    tls.connect({
      ...options,
      socket: createConnection({ host: options.host, port: options.port }),
    })) as never;
}

const agent = new Agent();
const secureAgent = new SecureAgent({ rejectUnauthorized: false });

interface Answer {
  status: number | undefined;
  body: Buffer;
}

function get(url: URL): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const take = (response: http.IncomingMessage) =>
      buffer(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    const request =
      url.protocol === 'https:'
        ? https.get(url, { agent: secureAgent }, take)
        : http.get(url, { agent }, take);
    request.on('error', reject);
  });
}

function getByHttp2({ hostname, port, pathname }: URL): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://${hostname}:${port}`, {
      createConnection: () => createConnection({ host: hostname, port }),
    });
    session.on('error', reject);
    const request = session.request({ ':path': pathname });
    let status: number | undefined;
    request.on('response', (headers) => {
      status = headers[':status'];
    });
    buffer(request)
      .then((body) => resolve({ status, body }), reject)
      .finally(() => session.close());
  });
}

const urls = process.argv.slice(2);
if (urls.length === 0 || urls.includes('--help')) {
  console.log(USAGE);
  process.exit(urls.length === 0 ? 1 : 0);
}
for (const url of urls) {
  try {
    const to = new URL(url);
    const { status, body } = to.protocol === 'h2c:' ? await getByHttp2(to) : await get(to);
    const hash = createHash('sha256').update(body).digest('hex');
    console.log(`${url}: ${status}, ${body.length} bytes, ${hash}`);
  } catch (error) {
    console.log(`${url}: ${(error as { code?: string }).code}`);
    process.exitCode = 1;
  }
}
agent.destroy();
secureAgent.destroy();
