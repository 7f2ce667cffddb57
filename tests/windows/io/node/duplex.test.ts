/** Our stream beside node:net's: the same program against both, the same things seen. */

import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import {
  connectTo,
  createConnection,
  createServer,
  type InternetAddress,
  SocketDuplex,
  toDuplex,
} from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { closing, hashOf, noise } from '../support.ts';
import { both, type Failure, host, logOf, serving } from './support.ts';

t.test('a whole conversation has the states and events of net.Socket', async (t) => {
  const port = await serving(t, (socket) => socket.pipe(socket));
  const result = await both(t, async (connect) => {
    const states: unknown[] = [];
    const look = (socket: net.Socket) => {
      const { connecting, pending, readyState, bytesRead, bytesWritten } = socket;
      states.push({ connecting, pending, readyState, bytesRead, bytesWritten });
    };
    const socket = connect({ port, host });
    look(socket);
    socket.write('before');
    const log = logOf(socket);
    const addresses: unknown[] = [];
    socket.on('connect', () => {
      look(socket);
      const { remoteAddress, remoteFamily, remotePort, localAddress, localFamily } = socket;
      addresses.push(remoteAddress, remoteFamily, remotePort === port, localAddress, localFamily);
      addresses.push(socket.localPort === (socket.address() as net.AddressInfo).port);
      addresses.push(Object.keys(socket.address()).sort());
      socket.cork();
      socket.write(' and ');
      socket.write('after');
      socket.uncork();
      socket.end();
    });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => states.push(socket.readyState, socket.bytesWritten));
    const events = await log;
    look(socket);
    const { remoteAddress, localPort, destroyed } = socket;
    return { states, addresses, events, text, remoteAddress, localPort, destroyed };
  });
  t.match(result, { text: 'before and after', destroyed: true });
});

t.test('a refused connection fails as in node:net', async (t) => {
  const port = await freePort();
  const result = await both(t, async (connect) => {
    const socket = connect({ port, host });
    let failed: unknown;
    socket.write('never', (error) => {
      failed = (error as Failure | undefined)?.code;
    });
    let message = '';
    let destroyed = false;
    socket.on('error', (error) => {
      message = error.message;
      destroyed = socket.destroyed;
    });
    return { events: await logOf(socket), failed: failed !== undefined, message, destroyed };
  });
  t.match(result, {
    message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    events: [
      ['error', { code: 'ECONNREFUSED' }],
      ['close', true],
    ],
  });
  const socket = createConnection({ port, host });
  const [error] = await once(
    socket.on('error', () => {}),
    'error',
  );
  t.match((error as Error).cause, { name: 'WinsockError', code: 'WSAECONNREFUSED' });
});

t.test('a name is looked up as node:net does it', async (t) => {
  const port = await serving(t, (socket) => socket.end());
  await both(t, (connect) => logOf(connect({ port, host: 'localhost', family: 4 }).resume()));
  const result = await both(t, async (connect) => {
    // Wine's resolver and libuv's differ in the number of the error only.
    const events = await logOf(connect({ port, host: 'no-such-host.invalid', family: 4 }));
    return JSON.parse(JSON.stringify(events, (key, value) => (key === 'errno' ? 0 : value)));
  });
  t.match(result, [
    ['lookup', { code: /^(ENOTFOUND|EAI_AGAIN)$/ }],
    ['error', { syscall: 'getaddrinfo' }],
  ]);
  const two = ['127.0.0.2', host].map((address) => ({ address, family: 4 }));
  const lookup = (_: string, __: object, done: (error: null, found: typeof two) => void) =>
    done(null, two);
  const socket = createConnection({ port, host: 'localhost', lookup });
  await once(socket, 'connect');
  t.ok(socket.autoSelectFamilyAttemptedAddresses.includes(`${host}:${port}`));
  socket.destroy();
});

t.test('a peer that resets is an error of the read', async (t) => {
  const port = await serving(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  const result = await both(t, (connect) => {
    const socket = connect({ port, host }, () => socket.write('go'));
    return logOf(socket.resume());
  });
  t.match(result, [['connect'], ['ready'], ['error', { code: 'ECONNRESET', syscall: 'read' }]]);
});

t.test('resetAndDestroy resets the peer', async (t) => {
  await both(t, async (connect) => {
    let code: unknown;
    const reset = new Promise<void>((resolve) => {
      serving(t, (socket) => {
        socket.resume().on('error', (error) => {
          code = (error as Failure).code;
          resolve();
        });
      }).then((port) => {
        const socket = connect({ port, host }, () => socket.resetAndDestroy());
      });
    });
    await reset;
    return code;
  });
});

t.test('writing after our half was ended below', async (t) => {
  const port = await serving(t, (socket) => socket.resume());
  const socket = await connectTo({ address: '127.0.0.1', port });
  const duplex = toDuplex(socket);
  await socket.end();
  const failed = once(duplex, 'error');
  duplex.write('late');
  t.match((await failed)[0], { code: 'EPIPE', syscall: 'write' });
});

t.test('allowHalfOpen decides whether our half stays open', async (t) => {
  for (const allowHalfOpen of [true, false]) {
    await both(t, async (connect) => {
      let got = '';
      const all = new Promise<void>((resolve) => {
        serving(t, (socket) => {
          socket.end('bye');
          socket.setEncoding('utf8').on('data', (text) => {
            got += text;
          });
          socket.on('end', resolve);
        }).then((port) => {
          const socket = connect({ port, host, allowHalfOpen });
          socket.resume().on('end', () => {
            if (allowHalfOpen) setImmediate(() => socket.end('still here'));
          });
        });
      });
      await all;
      return got;
    });
  }
});

t.test('timeouts are set, removed and reported as in node:net', async (t) => {
  const port = await serving(t, (socket) => socket.resume().on('end', () => socket.end()));
  const result = await both(t, async (connect) => {
    const socket = connect({ port, host, timeout: 20 }).resume();
    const { timeout } = socket;
    const unwanted = () => t.fail('removed');
    socket.setTimeout(20, unwanted);
    socket.setTimeout(0, unwanted);
    const states = [timeout, socket.timeout];
    socket.on('connect', () => socket.setTimeout(30, () => socket.end()));
    return [states, await logOf(socket)];
  });
  t.match(JSON.stringify(result), /"timeout"/);
  for (const bad of ['1', undefined, -1, Number.NaN]) {
    t.throws(() => new SocketDuplex().setTimeout(bad as number), /msecs/);
  }
});

t.test('what is destroyed while connecting only closes', async (t) => {
  const port = await serving(t, (socket) => socket.resume().on('end', () => socket.end()));
  const result = await both(t, async (connect) => {
    const socket = connect({ port, host });
    const written = new Promise((resolve) => socket.write('x', (error) => resolve(Boolean(error))));
    const log = logOf(socket);
    socket.destroy();
    const { connecting, readyState, writable } = socket;
    return [await log, await written, connecting, readyState, writable];
  });
  t.same(result, [[['close', false]], true, false, 'closed', false]);
  const controller = new AbortController();
  const socket = createConnection({ port, host, signal: controller.signal });
  controller.abort();
  const [error] = await once(socket, 'error').catch((error) => [error]);
  t.match(error, { name: 'AbortError' });
});

t.test('what it is called with is checked', async (t) => {
  const socket = new SocketDuplex();
  t.throws(() => socket.connect({}), TypeError);
  t.throws(() => socket.connect({ port: 65536 }), RangeError);
  t.throws(() => socket.connect({ port: 'http' }), RangeError);
  t.equal(socket.readyState, 'open');
  t.equal(socket.pending, true);
  t.same(socket.address(), {});
  t.equal('encrypted' in socket, false);
  const port = await serving(t, (peer) => peer.resume().on('end', () => peer.end()));
  // As pg does: made first, connected later.
  socket.setNoDelay(true).setKeepAlive(true, 5000).unref().ref();
  socket.connect(port, host);
  t.throws(() => socket.connect(port, host), /connected already/);
  await once(socket, 'connect');
  t.equal(socket.socket?.getOption('noDelay'), true);
  t.equal(socket.socket?.getOption('keepAlive'), true);
  t.equal(socket.setKeepAlive({ enable: false }).socket?.getOption('keepAlive'), false);
  t.throws(() => socket.connect(port, host), /connected already/);
  socket.resume().end();
  await once(socket, 'close');
});

t.test('what has come outlives the connection', async (t) => {
  const data = noise(40_000);
  for (const allowHalfOpen of [true, false]) {
    const server = closing(
      t,
      createServer((socket) => {
        // Ends both ways at once, while the reader has not begun.
        const stream = new SocketDuplex(socket, { allowHalfOpen });
        stream.end();
        setTimeout(async () => {
          const chunks: Buffer[] = [];
          for await (const chunk of stream) chunks.push(chunk);
          received.push(hashOf(...chunks));
          done();
        }, 100);
      }).listen({ host }),
    );
    const received: string[] = [];
    let done = () => {};
    const over = new Promise<void>((resolve) => {
      done = resolve;
    });
    const { port } = server.address as InternetAddress;
    net.createConnection({ port, host, allowHalfOpen: true }).resume().end(data);
    await over;
    t.same(received, [hashOf(data)]);
  }
});
