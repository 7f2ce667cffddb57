// A program of many libraries that knows nothing of winsock: each step makes a server and a client of real
// libraries, or a client whose server is not there, and looks at what comes. It prints a line of JSON for each.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';

/** Milliseconds for a step. */
const LIMIT = 30_000;
const HOST = '127.0.0.1';

/** What a library exports, however it does. */
const load = async (name) => {
  const module = await import(name);
  return module.default ?? module;
};

async function listening(server, ...place) {
  server.listen(...(place.length > 0 ? place : [0, HOST]));
  await once(server, 'listening');
  return server.address().port;
}

const closed = (server) =>
  new Promise((done) => {
    server.closeAllConnections?.();
    server.close(done);
  });

/** A port where nobody listens. */
async function nobody() {
  const server = net.createServer();
  const port = await listening(server);
  await closed(server);
  return port;
}

/** The error of a client whose server is not there. */
async function refused(attempt) {
  const port = await nobody();
  const error = await Promise.resolve(attempt(port)).then(
    () => undefined,
    (error) => error,
  );
  assert(error, 'nobody answers, and yet it works');
  const all = [error, error.cause, ...(error.errors ?? []), ...(error.cause?.errors ?? [])];
  const told = all.map((one) => `${one?.code} ${one?.message}`).join('; ');
  assert.match(told, /ECONNREFUSED|CONNECTION_REFUSED/, told);
}

/** A key and a certificate for TLS, of Node's own tests where they are given. */
const { CERTIFICATE, KEY } = process.env;
const pair = () => ({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) });

/** A server of lines: what it is told, `answer` says what to. */
function lines(answer) {
  return net.createServer((socket) => {
    let rest = '';
    socket.setEncoding('latin1').on('data', (data) => {
      const parts = (rest + data).split('\r\n');
      rest = parts.pop();
      for (const line of parts) {
        const said = answer(line);
        if (said !== undefined) socket.write(said);
      }
    });
    socket.on('error', () => {});
  });
}

/** Enough of Redis for a client to say hello, set and get. */
function redis() {
  const values = new Map();
  return net.createServer((socket) => {
    let rest = '';
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (data) => {
      rest += data;
      for (;;) {
        const head = /^\*(\d+)\r\n/.exec(rest);
        if (!head) return;
        let at = head[0].length;
        const words = [];
        for (let n = 0; n < Number(head[1]); n++) {
          const size = /^\$(\d+)\r\n/.exec(rest.slice(at));
          if (!size) return;
          const begin = at + size[0].length;
          const end = begin + Number(size[1]);
          if (rest.length < end + 2) return;
          words.push(rest.slice(begin, end));
          at = end + 2;
        }
        rest = rest.slice(at);
        const [name, key, value] = [words[0].toUpperCase(), words[1], words[2]];
        if (name === 'SET') values.set(key, value);
        if (name === 'GET') socket.write(`$${values.get(key).length}\r\n${values.get(key)}\r\n`);
        else if (name === 'HELLO') socket.write('*2\r\n$5\r\nproto\r\n:2\r\n');
        else socket.write('+OK\r\n');
      }
    });
  });
}

const STEPS = {
  async 'express and axios'() {
    const express = await load('express');
    const axios = await load('axios');
    const app = express();
    app.use(express.json());
    app.post('/sum', ({ body, ip }, response) => response.json({ sum: body.a + body.b, ip }));
    app.get('/large', (_, response) => response.send(Buffer.alloc(3_000_000, 'x')));
    const server = http.createServer(app);
    const base = `http://${HOST}:${await listening(server)}`;
    const { data } = await axios.post(`${base}/sum`, { a: 1, b: 2 });
    assert.deepEqual(data, { sum: 3, ip: HOST });
    const large = await axios.get(`${base}/large`, { responseType: 'arraybuffer' });
    assert.equal(large.data.length, 3_000_000);
    const all = Array.from({ length: 100 }, (_, a) => axios.post(`${base}/sum`, { a, b: 1 }));
    assert.deepEqual((await Promise.all(all)).map(({ data }) => data.sum).at(-1), 100);
    await closed(server);
  },

  async 'express with https, and https.get'() {
    const express = await load('express');
    const app = express();
    app.get('/', ({ ip, secure }, response) => response.json({ ip, secure }));
    const server = https.createServer(pair(), app);
    const port = await listening(server);
    for (let n = 0; n < 5; n++) {
      const request = https.get({ port, host: HOST, rejectUnauthorized: false, agent: false });
      const [response] = await once(request, 'response');
      assert.deepEqual(JSON.parse(await text(response)), { ip: HOST, secure: true });
    }
    await closed(server);
  },

  async 'fastify and got'() {
    const fastify = await load('fastify');
    const { got } = await import('got');
    const app = fastify();
    app.post('/echo', (request) => request.body);
    const base = await app.listen({ port: 0, host: HOST });
    assert.deepEqual(await got.post(`${base}/echo`, { json: { a: [1] } }).json(), { a: [1] });
    await app.close();
    await refused((port) => got(`http://${HOST}:${port}`, { retry: { limit: 0 } }));
  },

  async 'koa and node-fetch'() {
    const Koa = await load('koa');
    const fetch = await load('node-fetch');
    const app = new Koa();
    app.use((context) => {
      context.body = { path: context.path };
    });
    const server = app.listen(0, HOST);
    await once(server, 'listening');
    const answer = await fetch(`http://${HOST}:${server.address().port}/a`);
    assert.deepEqual(await answer.json(), { path: '/a' });
    await closed(server);
  },

  async 'hono and undici'() {
    const { Hono } = await import('hono');
    const { serve } = await import('@hono/node-server');
    const { Pool } = await import('undici');
    const app = new Hono();
    app.get('/', (context) => context.text('hono'));
    const server = serve({ fetch: app.fetch, port: 0, hostname: HOST });
    await once(server, 'listening');
    const pool = new Pool(`http://${HOST}:${server.address().port}`, { pipelining: 10 });
    const asked = Array.from({ length: 50 }, () => pool.request({ path: '/', method: 'GET' }));
    for (const { body } of await Promise.all(asked)) assert.equal(await body.text(), 'hono');
    await pool.close();
    await closed(server);
  },

  async 'global fetch'() {
    const server = http.createServer((request, response) => request.pipe(response));
    const port = await listening(server);
    const answer = await fetch(`http://${HOST}:${port}`, { method: 'POST', body: 'x'.repeat(1e6) });
    assert.equal((await answer.text()).length, 1e6);
    await closed(server);
    await refused((port) => fetch(`http://${HOST}:${port}`));
  },

  async superagent() {
    const superagent = await load('superagent');
    const server = http.createServer((_, response) => response.end('{"a":1}'));
    const port = await listening(server);
    const { text } = await superagent.get(`http://${HOST}:${port}`).buffer(true);
    assert.equal(text, '{"a":1}');
    await closed(server);
  },

  async 'http-proxy and ws'() {
    const { default: proxies } = await import('http-proxy');
    const { WebSocket, WebSocketServer } = await import('ws');
    const target = http.createServer((_, response) => response.end('behind'));
    const sockets = new WebSocketServer({ server: target });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    const port = await listening(target);
    const proxy = proxies.createProxyServer({ target: { host: HOST, port }, ws: true });
    const front = http.createServer((request, response) => proxy.web(request, response));
    front.on('upgrade', (...upgrade) => proxy.ws(...upgrade));
    const frontPort = await listening(front);
    const answer = await fetch(`http://${HOST}:${frontPort}`);
    assert.equal(await answer.text(), 'behind');
    const client = new WebSocket(`ws://${HOST}:${frontPort}`);
    await once(client, 'open');
    client.send('x'.repeat(100_000));
    const [data] = await once(client, 'message');
    assert.equal(data.length, 100_000);
    client.close();
    await once(client, 'close');
    await closed(front);
    await closed(target);
  },

  async 'socket.io'() {
    const { Server } = await import('socket.io');
    const { io } = await import('socket.io-client');
    const web = http.createServer();
    const server = new Server(web);
    server.on('connection', (socket) => socket.on('ask', (what, answer) => answer(what + 1)));
    const port = await listening(web);
    for (const transports of [['polling'], ['websocket'], ['polling', 'websocket']]) {
      const client = io(`http://${HOST}:${port}`, { transports });
      await once(client, 'connect');
      assert.equal(await client.emitWithAck('ask', 1), 2);
      client.disconnect();
    }
    await server.close();
  },

  async 'aedes and mqtt'() {
    const { Aedes } = await import('aedes');
    const mqtt = await load('mqtt');
    const broker = await Aedes.createBroker();
    const server = net.createServer(broker.handle);
    const port = await listening(server);
    const client = await mqtt.connectAsync(`mqtt://${HOST}:${port}`);
    await client.subscribeAsync('a/#', { qos: 2 });
    const message = once(client, 'message');
    await client.publishAsync('a/b', 'x'.repeat(200_000), { qos: 2 });
    assert.equal((await message)[1].length, 200_000);
    await client.endAsync();
    broker.close();
    await closed(server);
  },

  async ssh2() {
    const ssh2 = await load('ssh2');
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
      client.on('authentication', (context) => context.accept());
      client.on('error', () => {});
      client.on('session', (accept) => {
        accept().on('exec', (accept, _, { command }) => {
          const channel = accept();
          channel.write(`ran ${command}`);
          channel.exit(0);
          channel.end();
        });
      });
    });
    const port = await listening(server);
    const client = new ssh2.Client();
    client.connect({ host: HOST, port, username: 'a', password: 'b' });
    await once(client, 'ready');
    const channel = await new Promise((done, fail) =>
      client.exec('it', (error, channel) => (error ? fail(error) : done(channel))),
    );
    assert.equal(await text(channel), 'ran it');
    client.end();
    await once(client, 'close');
    await closed(server);
  },

  async 'smtp-server and nodemailer'() {
    const { SMTPServer } = await import('smtp-server');
    const nodemailer = await load('nodemailer');
    let got = '';
    const server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      ...pair(),
      async onData(stream, _, done) {
        got = await text(stream);
        done();
      },
    });
    const port = await listening(server.server);
    const transport = nodemailer.createTransport({
      host: HOST,
      port,
      requireTLS: true,
      name: 'here',
      debug: Boolean(process.env.DEBUG),
      logger: Boolean(process.env.DEBUG),
      tls: { rejectUnauthorized: false },
    });
    const mail = { from: 'a@b.c', to: 'd@e.f', subject: 'x', text: 'y '.repeat(200_000) };
    await transport.sendMail(mail);
    assert.match(got, /Subject: x/);
    transport.close();
    await new Promise((done) => server.close(done));
  },

  async 'basic-ftp and ftp-srv'() {
    const { FtpSrv } = await import('ftp-srv');
    const { Client } = await import('basic-ftp');
    const root = mkdtempSync(path.join(tmpdir(), 'ftp-'));
    writeFileSync(path.join(root, 'file'), 'x'.repeat(500_000));
    const port = await nobody();
    const server = new FtpSrv({ url: `ftp://${HOST}:${port}`, pasv_url: HOST, anonymous: true });
    server.log.level('fatal');
    server.on('login', (_, done) => done({ root }));
    await server.listen();
    const client = new Client();
    await client.access({ host: HOST, port });
    assert.deepEqual(
      (await client.list()).map(({ name, size }) => `${name} ${size}`),
      ['file 500000'],
    );
    await client.downloadTo(path.join(root, 'copy'), 'file');
    assert.equal(readFileSync(path.join(root, 'copy')).length, 500_000);
    client.close();
    await server.close();
  },

  async socks() {
    const { SocksClient } = await import('socks');
    const target = net.createServer((socket) => socket.pipe(socket));
    const port = await listening(target);
    const proxy = net.createServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([5, 0]));
        socket.once('data', (request) => {
          const to = net.connect(request.readUInt16BE(request.length - 2), HOST, () => {
            socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
            socket.pipe(to).pipe(socket);
          });
        });
      });
    });
    const through = { host: HOST, port: await listening(proxy), type: 5 };
    const to = { host: HOST, port };
    const { socket } = await SocksClient.createConnection({
      proxy: through,
      command: 'connect',
      destination: to,
    });
    socket.resume().write('behind');
    assert.equal(String((await once(socket, 'data'))[0]), 'behind');
    socket.destroy();
    await closed(proxy);
    await closed(target);
  },

  async mysql2() {
    const mysql = await load('mysql2');
    const server = mysql.createServer();
    server.on('connection', (connection) => {
      connection.serverHandshake({
        protocolVersion: 10,
        serverVersion: 'x',
        connectionId: 1,
        statusFlags: 2,
        characterSet: 8,
        // Without TLS, and with an end behind the columns.
        capabilityFlags: 0xffffff ^ 0x800,
        authCallback(_, done) {
          done(null);
          // The next command counts its packets from 0 again.
          connection._resetSequenceId();
        },
      });
      connection.on('error', (error) => process.env.DEBUG && console.log(error));
      connection.on('query', () => {
        const names = {
          catalog: 'def',
          schema: '',
          table: '',
          orgTable: '',
          name: 'a',
          orgName: 'a',
        };
        const columns = [
          { ...names, columnType: 3, characterSet: 63, columnLength: 9, flags: 0, decimals: 0 },
        ];
        connection.writeTextResult([{ a: 42 }], columns);
      });
    });
    server.listen(0, HOST);
    await once(server._server, 'listening');
    const { port } = server._server.address();
    const client = mysql.createConnection({ host: HOST, port, user: 'a' }).promise();
    const [rows] = await client.query('SELECT 42 AS a');
    assert.equal(rows[0].a, 42);
    client.destroy();
    await new Promise((done) => server.close(done));
  },

  async 'redis and ioredis'() {
    const { createClient } = await import('redis');
    const Redis = await load('ioredis');
    const server = redis();
    const port = await listening(server);
    const first = createClient({ socket: { host: HOST, port }, RESP: 2 });
    await first.connect();
    await first.set('a', 'x'.repeat(100_000));
    assert.equal((await first.get('a')).length, 100_000);
    first.destroy();
    const second = new Redis(port, HOST, {
      enableReadyCheck: false,
      lazyConnect: true,
      protocol: 2,
    });
    await second.connect();
    await second.set('b', 'ioredis');
    assert.equal(await second.get('b'), 'ioredis');
    second.disconnect();
    await closed(server);
  },

  async 'grpc-js'() {
    const grpc = await load('@grpc/grpc-js');
    const plain = (value) => Buffer.from(value);
    const method = {
      path: '/Test/Ask',
      requestStream: false,
      responseStream: false,
      requestSerialize: plain,
      requestDeserialize: String,
      responseSerialize: plain,
      responseDeserialize: String,
    };
    const server = new grpc.Server();
    let peer = '';
    server.addService(
      { Ask: method },
      {
        Ask(call, done) {
          peer = call.getPeer();
          done(null, `${call.request} answered`);
        },
      },
    );
    const port = await new Promise((done, fail) =>
      server.bindAsync(`${HOST}:0`, grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? fail(error) : done(port),
      ),
    );
    const Client = grpc.makeGenericClientConstructor({ Ask: method }, 'Test');
    const client = new Client(`${HOST}:${port}`, grpc.credentials.createInsecure());
    for (let n = 0; n < 50; n++) {
      const answer = await new Promise((done, fail) =>
        client.Ask('x'.repeat(10_000), (error, answer) => (error ? fail(error) : done(answer))),
      );
      assert.equal(answer.length, 10_009);
    }
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
    client.close();
    server.forceShutdown();
  },

  async http2() {
    const server = http2.createSecureServer(pair(), (request, response) => {
      response.end(request.stream.session.socket.remoteAddress);
    });
    const port = await listening(server);
    const session = http2.connect(`https://${HOST}:${port}`, { rejectUnauthorized: false });
    const asked = Array.from({ length: 100 }, async () => {
      const stream = session.request({ ':path': '/' });
      return text(stream);
    });
    assert.deepEqual(new Set(await Promise.all(asked)), new Set([HOST]));
    session.close();
    await closed(server);
  },

  async 'tls, both sides'() {
    const server = tls.createServer(pair(), (socket) => {
      socket.end(`hello ${socket.remoteAddress} ${socket.getProtocol()}`);
    });
    const port = await listening(server);
    const client = tls.connect({ port, host: HOST, rejectUnauthorized: false });
    assert.equal(await text(client), `hello ${HOST} TLSv1.3`);
    await closed(server);
  },

  async 'multicast-dns'() {
    const mdns = await load('multicast-dns');
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const [server, client] = [mdns({ port, loopback: true }), mdns({ port, loopback: true })];
    server.on('query', ({ questions: [question] }) => {
      server.respond([{ name: question.name, type: 'A', ttl: 9, data: '1.2.3.4' }]);
    });
    await Promise.all([server, client].map((one) => once(one, 'ready')));
    const answered = once(client, 'response');
    client.query('some.local', 'A');
    assert.equal((await answered)[0].answers[0].data, '1.2.3.4');
    for (const one of [server, client]) await new Promise((done) => one.destroy(done));
  },

  async 'bonjour-service'() {
    const { Bonjour } = await import('bonjour-service');
    const options = { port: 20_000 + Math.floor(Math.random() * 20_000), loopback: true };
    const [first, second] = [new Bonjour(options), new Bonjour(options)];
    first.publish({ name: 'it', type: 'test', port: 1234, probe: false });
    const browser = second.find({ type: 'test' });
    const [found] = await once(browser, 'up');
    assert.equal(found.port, 1234);
    browser.stop();
    await new Promise((done) => first.unpublishAll(done));
    for (const one of [first, second]) await new Promise((done) => one.destroy(done));
  },

  async dns2() {
    const dns2 = await load('dns2');
    const server = dns2.createServer({
      udp: true,
      tcp: true,
      handle(request, send) {
        const response = dns2.Packet.createResponseFromRequest(request);
        const [{ name }] = request.questions;
        response.answers.push({
          name,
          type: dns2.Packet.TYPE.A,
          class: dns2.Packet.CLASS.IN,
          ttl: 9,
          address: '8.8.8.8',
        });
        send(response);
      },
    });
    const places = await server.listen({
      udp: { port: 0, address: HOST, type: 'udp4' },
      tcp: { port: 0, address: HOST },
    });
    const client = new dns2({ nameServers: [HOST], port: places.udp.port });
    const { answers } = await client.resolveA('some.name');
    assert.equal(answers[0].address, '8.8.8.8');
    await server.close();
  },

  async 'dns-packet, over UDP and TCP'() {
    const packets = await load('dns-packet');
    const answer = (packet) => ({
      ...packet,
      type: 'response',
      answers: [{ type: 'A', name: packet.questions[0].name, data: '1.2.3.4' }],
    });
    const question = { type: 'query', id: 1, questions: [{ type: 'A', name: 'some.name' }] };
    const udp = dgram.createSocket('udp4', (data, from) =>
      udp.send(packets.encode(answer(packets.decode(data))), from.port, from.address),
    );
    udp.bind(0, HOST);
    await once(udp, 'listening');
    const client = dgram.createSocket('udp4');
    client.send(packets.encode(question), udp.address().port, HOST);
    const [data] = await once(client, 'message');
    assert.equal(packets.decode(data).answers[0].data, '1.2.3.4');
    client.close();
    udp.close();
    const tcp = net.createServer((socket) => {
      socket.once('data', (data) =>
        socket.end(packets.streamEncode(answer(packets.streamDecode(data)))),
      );
    });
    const asking = net.connect(await listening(tcp), HOST);
    asking.end(packets.streamEncode(question));
    const all = [];
    for await (const chunk of asking) all.push(chunk);
    assert.equal(packets.streamDecode(Buffer.concat(all)).answers[0].data, '1.2.3.4');
    await closed(tcp);
  },

  async coap() {
    const coap = await load('coap');
    const server = coap.createServer((request, response) => response.end(`at ${request.url}`));
    const port = await nobody();
    await new Promise((done) => server.listen(port, HOST, done));
    const request = coap.request({ host: HOST, port, pathname: '/a' });
    const answered = once(request, 'response');
    request.end();
    const [response] = await answered;
    assert.equal(response.payload.toString(), 'at /a');
    await new Promise((done) => server.close(done));
  },

  async 'telnet-client'() {
    const { Telnet } = await import('telnet-client');
    const server = lines((line) => (line ? `said ${line}\r\n/ $ ` : undefined));
    server.on('connection', (socket) => socket.write('/ $ '));
    const port = await listening(server);
    const client = new Telnet();
    await client.connect({ host: HOST, port, negotiationMandatory: false, shellPrompt: '/ $ ' });
    client.socket.write('it\r\n');
    await client.nextData();
    await client.destroy();
    await closed(server);
  },

  async 'memjs, amqplib, nats, mongodb, kafkajs and pg where nobody listens'() {
    const amqp = await load('amqplib');
    await refused((port) => amqp.connect(`amqp://${HOST}:${port}`));
    const { connect } = await import('nats');
    await refused((port) =>
      connect({ servers: `${HOST}:${port}`, reconnect: false, timeout: 5000 }),
    );
    const { MongoClient } = await import('mongodb');
    await refused((port) =>
      new MongoClient(`mongodb://${HOST}:${port}`, { serverSelectionTimeoutMS: 500 }).connect(),
    );
    const { Client } = await load('pg');
    await refused((port) => new Client({ host: HOST, port }).connect());
    const { Kafka, logLevel } = await load('kafkajs');
    await refused((port) =>
      new Kafka({ brokers: [`${HOST}:${port}`], retry: { retries: 0 }, logLevel: logLevel.NOTHING })
        .admin()
        .connect(),
    );
    const { Client: Memcached } = await load('memjs');
    const quiet = { log() {} };
    await refused((port) =>
      Memcached.create(`${HOST}:${port}`, { retries: 1, logger: quiet }).get('a'),
    );
  },

  async 'child processes and their pipes'() {
    const { execFile, fork } = await import('node:child_process');
    const child = execFile(process.execPath, ['-e', 'process.stdin.pipe(process.stdout)']);
    child.stdin.end('through pipes');
    assert.equal(await text(child.stdout), 'through pipes');
    if (process.argv[2] === 'child') return;
    const forked = fork(process.argv[1], ['child']);
    const [message] = await once(forked, 'message');
    assert.equal(message, 'from the child');
    await once(forked, 'exit');
  },
};

async function run(step) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error('takes too long')), LIMIT);
  });
  try {
    await Promise.race([step(), late]);
    return undefined;
  } catch (error) {
    return String(error?.stack ?? error);
  } finally {
    clearTimeout(timer);
  }
}

if (process.argv[2] === 'child') {
  process.send('from the child');
} else {
  const wanted = process.argv.slice(2);
  process.on('uncaughtException', (error) =>
    console.log(JSON.stringify({ uncaught: error.stack })),
  );
  process.on('unhandledRejection', (error) =>
    console.log(JSON.stringify({ uncaught: error?.stack ?? String(error) })),
  );
  for (const [name, step] of Object.entries(STEPS)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const error = await run(step);
    console.log(JSON.stringify({ step: name, ...(error && { error }) }));
  }
  process.exit(0);
}
