/** How connections of TLS end over the stream bridge, beside node:net. */
import { once } from 'node:events';
import https from 'node:https';
import type net from 'node:net';
import tls from 'node:tls';
import t from 'tap';
import { createConnection, createServer, toDuplex } from 'winsock/io';
import { closing } from '../support.ts';
import { cert, key } from './certificate.ts';

const host = '127.0.0.1';
const trust = { ca: cert, servername: 'localhost' };

/** A server of TLS over ours and over node:net: their ports. */
async function served(t: Parameters<typeof closing>[0], server: tls.Server | https.Server) {
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const ours = closing(
    t,
    createServer((socket) => server.emit('connection', toDuplex(socket))).listen({ host }),
  );
  return { theirs: (server.address() as net.AddressInfo).port, ours: ours.port };
}

const connects = {
  theirs: (port: number) => tls.connect({ ...trust, host, port }),
  ours: (port: number, options: tls.ConnectionOptions = {}) =>
    tls.connect({ ...trust, ...options, socket: createConnection({ host, port }) }),
};

t.test('a refused client is told so by its alert', async (t) => {
  const server = tls.createServer({ key, cert, ca: cert, requestCert: true });
  const ports = await served(t, server);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const codes: Record<string, (string | undefined)[]> = {};
    for (const [name, port] of Object.entries(ports)) {
      codes[name] = [];
      for (let round = 0; round < 5; round++) {
        const client = tls.connect({
          ...trust,
          host,
          port,
          minVersion: version,
          maxVersion: version,
        });
        const [error] = await new Promise<[NodeJS.ErrnoException?]>((resolve) => {
          client.on('error', (error) => resolve([error]));
          client.on('end', () => resolve([]));
          client.resume();
        });
        codes[name].push(error?.code);
      }
    }
    t.same(codes.ours, codes.theirs, version);
    t.match(codes.ours![0], /^ERR_SSL_/);
  }
});

t.test('a whole answer is not followed by an error', async (t) => {
  const web = https.createServer({ key, cert }, (_, response) => {
    response.setHeader('connection', 'close');
    response.end('answer');
  });
  const ports = await served(t, web);
  for (const [name, port] of Object.entries(ports)) {
    const failures: unknown[] = [];
    for (let round = 0; round < 15; round++) {
      const agent = new https.Agent();
      agent.createConnection = () => connects.ours(port);
      const request = https.get({ agent, host, port });
      request.on('error', (error) => failures.push(error));
      const [answer] = await once(request, 'response');
      let text = '';
      for await (const data of answer) text += data;
      if (text !== 'answer') failures.push(text);
      await new Promise((turn) => setTimeout(turn, 10));
    }
    t.same(failures, [], `a server ${name}`);
  }
});

t.test('either side ends, in a good way and a bad one, as over node:net', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const who of ['client', 'server'] as const) {
      for (const how of ['end', 'destroy'] as const) {
        const seen: Record<string, string[]> = {};
        const server = tls.createServer({ key, cert, minVersion: version, maxVersion: version });
        const ports = await served(t, server);
        for (const name of ['theirs', 'ours'] as const) {
          const log: string[] = [];
          const accepted = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
          const client = connects[name](ports[name]);
          await once(client, 'secureConnect');
          const [other] = await accepted;
          const ends = { client, server: other };
          const over = Object.entries(ends).map(([end, socket]) => {
            for (const event of ['end', 'error'] as const) {
              socket.on(event, (error?: NodeJS.ErrnoException) => {
                // Whether the peer had read everything before decides about a reset.
                if (error?.code === 'ECONNRESET' && how === 'destroy') return;
                if (how === 'end' || event === 'error') log.push(`${end} ${event} ${error?.code}`);
              });
            }
            socket.resume();
            return new Promise((resolve) => socket.once('close', resolve));
          });
          if (how === 'end') ends[who].end('last');
          else ends[who].destroy();
          await Promise.all(over);
          seen[name] = log.sort();
        }
        t.same(seen.ours, seen.theirs, `${version}, the ${who} calls ${how}`);
      }
    }
  }
});
