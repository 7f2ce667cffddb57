import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import t from 'tap';
import {
  CompletionPort,
  connectTo,
  createServer,
  type InternetAddress,
  toDuplex,
  toWeb,
} from 'winsock/io';
import * as kernel from 'winsock/kernel';
import { closing, hashOf, noise, pair, receiveAll } from '../support.ts';

t.test('streams of Node are piped over both directions', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(
    t,
    createServer({ completionPort: port, allowHalfOpen: true }, (socket) => {
      const stream = toDuplex(socket);
      stream.pipe(stream);
    }).listen({ host: '127.0.0.1' }),
  );
  const address = server.address as InternetAddress;
  const client = toDuplex(await connectTo(address, { completionPort: port, allowHalfOpen: true }));
  t.equal(client.remotePort, address.port);
  const data = noise(2_000_000);
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  await pipeline(Readable.from([data.subarray(0, 1000), data.subarray(1000)]), client, {
    end: true,
  });
  if (!client.readableEnded) await once(client, 'end');
  t.equal(hashOf(...chunks), hashOf(data));
  t.equal(client.bytesWritten, data.length);
});

t.test('web streams carry both directions', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(
    t,
    createServer({ completionPort: port, allowHalfOpen: true }, async (socket) => {
      const { readable, writable } = toWeb(socket);
      await readable.pipeTo(writable);
    }).listen({ host: '127.0.0.1' }),
  );
  const socket = await connectTo(server.address as InternetAddress, {
    completionPort: port,
    allowHalfOpen: true,
  });
  const { readable, writable } = toWeb(socket);
  const data = noise(700_000);
  const writer = writable.getWriter();
  const written = (async () => {
    for (let at = 0; at < data.length; at += 50_000) {
      await writer.write(data.subarray(at, at + 50_000));
    }
    await writer.close();
  })();
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  await written;
  t.equal(hashOf(...chunks), hashOf(data));
  await socket.closed;
});

t.test("node:http's server and client run over our sockets", async (t) => {
  const port = closing(t, new CompletionPort());
  const web = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => response.end(`${request.method} ${Buffer.concat(chunks).length}`));
  });
  const server = closing(
    t,
    createServer({ completionPort: port, allowHalfOpen: true }, (socket) =>
      web.emit('connection', toDuplex(socket)),
    ).listen({ host: '127.0.0.1' }),
  );
  const { port: number } = server.address as InternetAddress;
  const url = `http://127.0.0.1:${number}/`;
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const response = await fetch(url, { method: 'POST', body: Buffer.alloc(index * 10_000) });
      return response.text();
    }),
  );
  t.same(
    answers,
    answers.map((_, index) => `POST ${index * 10_000}`),
  );

  const stream = toDuplex(
    await connectTo({ address: '127.0.0.1', port: number }, { completionPort: port }),
  );
  const request = http.request({ method: 'PUT', createConnection: () => stream as never });
  request.end('four');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const body: Buffer[] = [];
  for await (const chunk of response) body.push(chunk as Buffer);
  t.equal(String(Buffer.concat(body)), 'PUT 4');
  stream.destroy();
  web.close();
});

t.test('a file is transmitted, with what goes before and after', async (t) => {
  const port = closing(t, new CompletionPort());
  const directory = mkdtempSync(path.join(tmpdir(), 'winsock-'));
  const file = path.join(directory, 'data');
  const data = noise(300_000);
  writeFileSync(file, data);
  const handle = kernel.CreateFileW(file, 0x80000000, 1, null, 3, 0x08000000, 0);
  t.not(handle, -1);
  const [client, server] = await pair(port);
  const all = receiveAll(server);
  const head = Buffer.from('head');
  const tail = Buffer.from('tail');
  await client.transmitFile(handle, { head, tail });
  await client.transmitFile(handle, { offset: 1000, length: 500 });
  client.shutdown();
  const expected = Buffer.concat([head, data, tail, data.subarray(1000, 1500)]);
  t.equal(hashOf(await all), hashOf(expected));
  kernel.CloseHandle(handle);
  client.close();
  server.close();
  await t.rejects(client.transmitFile(handle), /closed/);
});

t.test('disconnect ends a connection in an orderly way', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const end = server.receive(Buffer.alloc(1));
  await client.disconnect();
  t.equal(await end, 0);
  client.close();
  server.close();
});
