/** What an HTTP/2 program sees of frames that come in one segment. Arguments: the files of a key and its certificate. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';

const [key, cert] = process.argv.slice(2).map((file) => readFileSync(file));
const found = {};
const uncaught = [];
process.on('uncaughtException', (error) => uncaught.push(error.code ?? error.message));

function frame(type, flags, id, payload = Buffer.alloc(0)) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}

const HELLO = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
const HEADERS = Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61]);
const CANCEL = Buffer.from([0, 0, 0, 8]);
/** Three requests, each reset at once. */
const RESET = Buffer.concat(
  [1, 3, 5].flatMap((id) => [frame(1, 5, id, HEADERS), frame(3, 0, id, CANCEL)]),
);
const PING = frame(6, 0, 0, Buffer.alloc(8));

async function serving(secure, listener, use, connected = () => undefined) {
  const server = secure ? http2.createSecureServer({ key, cert }) : http2.createServer();
  server
    .on('stream', listener)
    .on('sessionError', () => undefined)
    .on('connection', connected);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  try {
    return await use(port, server);
  } finally {
    server.close();
  }
}

/** What a server sees of what a peer sends at once. */
function sentAtOnce(secure, listener, frames) {
  return serving(secure, listener, async (port) => {
    const peer = secure
      ? tls.connect({
          port,
          host: '127.0.0.1',
          ca: cert,
          servername: 'localhost',
          ALPNProtocols: ['h2'],
        })
      : net.connect(port, '127.0.0.1');
    await once(peer, secure ? 'secureConnect' : 'connect');
    const answered = new Promise((resolve) => {
      let received = Buffer.alloc(0);
      peer.on('data', (data) => {
        received = Buffer.concat([received, data]);
        for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
          if (received[at + 3] === 6) resolve();
        }
      });
      peer.on('close', resolve).on('error', resolve);
    });
    peer.write(Buffer.concat([HELLO, frames, PING]));
    await answered;
    peer.destroy();
  });
}

async function withClient(secure, listener, use, connected) {
  const asked = async (port) => {
    const client = http2.connect(`${secure ? 'https' : 'http'}://localhost:${port}`, { ca: cert });
    try {
      return await use(client);
    } catch (error) {
      return error.code;
    } finally {
      client.close();
    }
  };
  return serving(secure, listener, asked, connected);
}

/** Pauses and resumes what HTTP/2 reads from, again and again: nothing must change its place by that. */
function waver(socket) {
  const timer = setInterval(() => {
    socket.pause();
    setImmediate(() => socket.resume());
  }, 1);
  socket.once('close', () => clearInterval(timer));
}

const small = (stream) => {
  stream.respond();
  stream.end('small');
};

for (const secure of [false, true]) {
  const of = (what) => `${what}${secure ? ' over TLS' : ''}`;

  const seen = [];
  await sentAtOnce(
    secure,
    (stream) => {
      stream.on('error', () => undefined);
      seen.push([stream.destroyed, stream.closed, stream.aborted]);
      stream.respond();
      stream.end('x');
    },
    RESET,
  );
  found[of('reset at once')] = seen;

  let listened = 0;
  await sentAtOnce(
    secure,
    (stream) => {
      stream.on('error', () => undefined);
      listened++;
      seen.push(stream.destroyed);
      throw new Error('of the listener');
    },
    RESET,
  );
  found[of('listeners that throw')] = [listened, uncaught.splice(0)];

  found[of('once, then text')] = await withClient(secure, small, async (client) => {
    const request = client.request();
    await once(request, 'response');
    return text(request);
  });

  found[of('for await in response')] = await withClient(secure, small, async (client) => {
    const request = client.request();
    const read = new Promise((resolve, reject) => {
      request.on('response', async () => {
        try {
          const chunks = [];
          for await (const chunk of request) chunks.push(chunk);
          resolve(String(Buffer.concat(chunks)));
        } catch (error) {
          reject(error);
        }
      });
    });
    return read;
  });

  found[of('pushed')] = await withClient(
    secure,
    (stream) => {
      stream.pushStream({ ':path': '/pushed' }, (_, pushed) => {
        pushed.respond();
        pushed.end('pushed');
      });
      small(stream);
    },
    async (client) => {
      const pushed = new Promise((resolve, reject) => {
        client.on('stream', async (stream) => {
          const { closed } = stream;
          try {
            const chunks = [];
            for await (const chunk of stream) chunks.push(chunk);
            resolve([closed, String(Buffer.concat(chunks))]);
          } catch (error) {
            reject(error);
          }
        });
      });
      client.request().resume();
      return pushed;
    },
  );

  const order = [];
  await withClient(secure, small, async (client) => {
    const request = client.request();
    request.on('response', () => order.push('response'));
    request.on('data', () => {
      order.push('data');
      process.nextTick(() => order.push('tick'));
      client.destroy();
      order.push('destroyed');
    });
    await new Promise((resolve) => request.on('close', resolve));
  });
  found[of('ticks of a listener that destroys')] = order;

  const big = Buffer.alloc(3_000_000, 'ab');
  const echo = (stream) => {
    stream.respond();
    stream.pipe(stream);
  };
  const echoed = (client) =>
    Promise.all(
      [1, 2, 3].map(async () => {
        const request = client.request({ ':method': 'POST' });
        request.end(big);
        return (await text(request)) === String(big);
      }),
    );
  found[of('big')] = await withClient(secure, echo, echoed);
  found[of('big, over what is paused at times')] = await withClient(secure, echo, echoed, waver);
}
found.uncaught = uncaught;
console.log(JSON.stringify(found));
