// Unix sockets of winsock/io, on what has them as Windows does.

import t from 'tap';
import { needsAsWindows, toldAsWindows } from '../support/as-windows.ts';

const START = `
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { CompletionPort, connect, createConnection, createServer, toDuplex } from 'winsock/io';
import { DeleteFileW } from 'winsock/kernel';
const folder = () => fs.mkdtempSync(path.join(os.tmpdir(), 'winsock-'));
const files = (where) => fs.readdirSync(where);
const told = (value) => console.log(JSON.stringify(value));
const where = folder();
const file = path.join(where, 's');
const clean = () => fs.rmSync(where, { recursive: true, force: true });
`;

/** What a program tells, each line as a value. */
function run(program: string, differences = 'unix'): Promise<unknown[]> {
  return toldAsWindows(START + program, differences);
}

t.test('what is of TCP only does nothing', needsAsWindows, async (t) => {
  const lines = await run(`
    process.on('exit', clean);
    const server = createServer({ socketOptions: { noDelay: true } }, (s) => {
      toDuplex(s).setNoDelay().setKeepAlive(true, 1000).end('hi');
    }).listen({ path: file });
    const stream = createConnection({ path: file, noDelay: true, keepAlive: true });
    const events = [];
    for (const event of ['connect', 'error', 'close']) stream.on(event, () => events.push(event));
    let text = '';
    stream.on('data', (data) => (text += data));
    stream.on('close', async () => {
      told([events, text, stream.getTypeOfService()]);
      const reset = await connect({ path: file });
      reset.reset();
      await reset.closed;
      told(reset.error === undefined);
      await server[Symbol.asyncDispose]();
    });
  `);
  t.same(lines, [[['connect', 'close'], 'hi', 0], true]);
});

t.test('an agent that keeps its connections', needsAsWindows, async (t) => {
  const lines = await run(`
    process.on('exit', clean);
    const app = http.createServer((_, r) => r.end('hi'));
    const server = createServer((s) => app.emit('connection', toDuplex(s))).listen({ path: file });
    const agent = new http.Agent({ keepAlive: true });
    agent.createConnection = () => createConnection({ path: file });
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => http.get({ agent }, (r) => {
        told(r.statusCode);
        r.resume().on('end', resolve);
      }));
    }
    agent.destroy();
    await server[Symbol.asyncDispose]();
  `);
  t.same(lines, [200, 200, 200]);
});

t.test(
  'the file goes with its server, wherever the process is by then',
  needsAsWindows,
  async (t) => {
    const lines = await run(`
    process.on('exit', clean);
    const other = folder();
    fs.writeFileSync(path.join(other, 'app.sock'), 'of somebody else');
    process.chdir(where);
    const server = createServer().listen({ path: 'app.sock' });
    process.chdir(other);
    await server.close();
    told([files(where), files(other)]);
    const port = new CompletionPort();
    await port.close();
    try { createServer({ completionPort: port }).listen({ path: file }); } catch { told(files(where)); }
    try { createServer().listen({ path: file, backlog: -1 }); } catch { told(files(where)); }
    process.chdir(os.tmpdir());
    fs.rmSync(other, { recursive: true });
  `);
    t.same(lines, [[[], ['app.sock']], [], []]);
  },
);

t.test(
  'the file goes with the process, and that of a client with its socket',
  needsAsWindows,
  async (t) => {
    const last = `process.on('exit', () => { told(files(where)); clean(); });`;
    t.same(await run(`createServer().listen({ path: file }); ${last} process.exit();`), [[]]);
    t.same(await run(`createServer().listen({ path: file }).unref(); ${last}`), [[]]);
    const lines = await run(`
    const server = createServer().listen({ path: file });
    const own = path.join(where, 'own');
    const client = await connect({ path: file, localAddress: { path: own } });
    told(files(where).sort());
    await client.close();
    told(files(where));
    await server[Symbol.asyncDispose]();
  `);
    t.same(lines, [['own', 's'], ['s']]);
  },
);

t.test('a path that names another file, or none, is refused', needsAsWindows, async (t) => {
  const lines = await run(`
    process.on('exit', clean);
    for (const path of [file + '\\0.guest', '\\0abstract', '']) {
      try { createServer().listen({ path }); told('listens'); } catch (error) { told(error.name); }
      await connect({ path }).catch((error) => told(error.name));
    }
    told(files(where));
  `);
  t.same(lines, [...Array(6).fill('TypeError'), []]);
});

t.test('a path of any letters, and what a crash has left', needsAsWindows, async (t) => {
  const lines = await run(`
    import { spawnSync } from 'node:child_process';
    process.on('exit', clean);
    const name = path.join(where, 'Frövi ß 日本 🐟');
    const serve = () => createServer(async (socket) => {
      await socket.sendFile(process.env.TOLD, { head: 'file: ' });
      await socket.end();
    }).listen({ path: name });
    process.env.TOLD = path.join(where, 'told');
    fs.writeFileSync(process.env.TOLD, 'contents');
    const server = serve();
    const said = async () => {
      let text = '';
      const client = await connect({ path: name });
      for await (const bytes of client) text += bytes;
      return [text, client.remoteAddress.path === name];
    };
    told([server.address.path === name, fs.existsSync(name), await said()]);
    await server[Symbol.asyncDispose]();
    told(fs.existsSync(name));
    const crash = 'createServer().listen({ path: process.env.PLACE }); process.kill(process.pid)';
    spawnSync(process.execPath, ['--input-type=module', '-e',
      'import { createServer } from "winsock/io"; ' + crash], { env: { ...process.env, PLACE: name } });
    told(fs.existsSync(name));
    await connect({ path: name }).catch((error) => told(error.code));
    try { serve(); } catch (error) { told([error.code, error.message.includes(name)]); }
    fs.unlinkSync(name);
    const again = serve();
    told(await said());
    await again[Symbol.asyncDispose]();
  `);
  t.same(lines, [
    [true, true, ['file: contents', true]],
    false,
    true,
    'WSAECONNREFUSED',
    ['WSAEADDRINUSE', true],
    ['file: contents', true],
  ]);
});

t.test('failures name the path', needsAsWindows, async (t) => {
  const lines = await run(`
    process.on('exit', clean);
    await connect({ path: file }).catch((error) => told([error.name, error.message.includes(file)]));
    const server = createServer().listen({ path: file });
    try { createServer().listen({ path: file }); } catch (error) { told([error.code, error.message.includes(file)]); }
    await server.close();
    told(files(where));
  `);
  t.same(lines, [['WinsockError', true], ['WSAEADDRINUSE', true], []]);
});
