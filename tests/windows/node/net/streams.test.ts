/** Writing, reading and the ends of a connection over winsock/net and node:net: the same values in the same order. */
import { once } from 'node:events';
import type nodeNet from 'node:net';
import t from 'tap';
import { host, listening, log, type Net, same, told, wait } from './support.ts';

interface Pair {
  readonly server: nodeNet.Server;
  readonly client: nodeNet.Socket;
  readonly accepted: nodeNet.Socket;
}

async function pair(net: Net, ports: number[], options: object = {}): Promise<Pair> {
  const server = net.createServer(options);
  const port = await listening(server);
  ports.push(port);
  const client = net.connect({ port, host, ...options });
  const [[accepted]] = (await Promise.all([
    once(server, 'connection'),
    once(client, 'connect'),
  ])) as [[nodeNet.Socket], unknown];
  ports.push(client.localPort!);
  return { server, client, accepted };
}

/** Waits until both have told their `close`, and closes the server. */
async function over({ server, client, accepted }: Pair): Promise<void> {
  while (!client.closed || !accepted.closed) await wait(2);
  await wait(20);
  await new Promise((resolve) => server.close(resolve));
}

/** All that a stream gives, as text. */
function textOf(socket: nodeNet.Socket, encoding: BufferEncoding = 'latin1'): () => string {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString(encoding);
}

const ENDS = ['end', 'finish', 'error', 'close'];

same(t, {
  'writes when the peer has ended and all is over': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    const seen: unknown[] = [];
    const told = (what: string) => (error?: Error | null) =>
      seen.push([what, error && Reflect.get(error, 'code'), error?.message]);
    client.resume();
    accepted.resume().end();
    await once(client, 'close');
    seen.push(client.write('x', told('write')));
    seen.push(client.write('x', 'latin1', told('write with an encoding')));
    client.end('x', told('end'));
    await over(both);
    return seen;
  },
  'forms of write': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    const seen: unknown[] = [];
    const text = textOf(accepted);
    const forms: unknown[][] = [
      ['text'],
      ['caf\u00e9', 'latin1'],
      ['636166', 'hex'],
      ['Y2Fm', 'base64'],
      ['ab', 'utf16le'],
      [''],
      [Buffer.from('buffer')],
      [new Uint8Array([65, 66])],
      [new DataView(new ArrayBuffer(2))],
      [new Uint16Array([0x4243])],
      [Buffer.alloc(0)],
    ];
    for (const form of forms) {
      try {
        const returned = client.write(...(form as [string]), (error?: Error | null) => {
          seen.push([form[0], 'written', told(error)]);
        });
        seen.push([returned, client.bytesWritten, client.writableLength]);
      } catch (error) {
        seen.push(told(error));
      }
    }
    client.end('the end', 'latin1', () => seen.push('finished'));
    seen.push([client.bytesWritten, client.writable, client.writableEnded]);
    accepted.on('end', () => seen.push('ended'));
    accepted.end();
    await over(both);
    return [seen.filter((one) => one !== 'ended'), text(), client.bytesWritten, accepted.bytesRead];
  },
  'forms of end': async (net, ports) => {
    const seen: unknown[] = [];
    for (const form of [[], ['x'], ['78', 'hex'], [Buffer.from('y')]] as unknown[][]) {
      const both = await pair(net, ports);
      const text = textOf(both.accepted);
      both.client.resume();
      const ended = new Promise((resolve) =>
        both.client.end(...(form as [string]), ((error?: Error) => resolve(told(error))) as never),
      );
      seen.push(await ended);
      both.client.end((error?: Error) => seen.push(['again', told(error)]));
      await over(both);
      seen.push(text());
    }
    return seen;
  },
  'corked writes': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    const seen: unknown[] = [];
    const text = textOf(accepted);
    client.cork();
    const written = ['one ', 'two ', 'three'].map(
      (word) =>
        new Promise<void>((resolve) => {
          const more = client.write(word, () => {
            seen.push(`${word} written`);
            resolve();
          });
          seen.push(more);
        }),
    );
    seen.push([client.writableCorked, client.writableLength, client.bytesWritten]);
    client.uncork();
    await Promise.all(written);
    seen.push([client.writableCorked, client.writableLength, client.bytesWritten]);
    client.resume().end();
    await over(both);
    return [seen, text()];
  },
  'what is written before there is a connection': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    const port = await listening(server);
    ports.push(port);
    const client = net.connect(port, host);
    for (const word of ['one', 'two']) {
      seen.push(client.write(word, () => seen.push([word, client.bytesWritten])));
    }
    seen.push([client.bytesWritten, client.writableLength, client.bufferSize]);
    client.end('three', () => seen.push('finish'));
    seen.push([client.readyState, client.writable]);
    const [accepted] = (await once(server, 'connection')) as [nodeNet.Socket];
    const text = textOf(accepted);
    client.resume();
    await over({ server, client, accepted });
    return [seen, text()];
  },
  'a reader that is slow': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    accepted.pause();
    let drains = 0;
    client.on('drain', () => drains++);
    const piece = Buffer.alloc(1 << 20, 'x');
    let full = 0;
    for (let count = 0; count < 12; count++) if (!client.write(piece)) full++;
    await wait(30);
    const waits = [client.writableNeedDrain, client.writableLength > 0, drains, full > 0];
    let bytes = 0;
    accepted.on('data', (chunk) => {
      bytes += chunk.length;
    });
    accepted.resume();
    await once(client, 'drain');
    client.resume().end();
    await over(both);
    return [waits, drains, bytes, client.bytesWritten];
  },
  'reading by read, readable and unshift': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    client.end('0123456789');
    client.resume();
    const seen: unknown[] = [];
    await once(accepted, 'readable');
    while (accepted.readableLength < 10) await wait(5);
    seen.push(String(accepted.read(4)), accepted.readableLength);
    accepted.unshift(Buffer.from('again'));
    seen.push(String(accepted.read(7)), accepted.readableLength, accepted.bytesRead);
    accepted.setEncoding('latin1');
    let rest = '';
    for await (const chunk of accepted) rest += chunk;
    await over(both);
    return [seen, rest];
  },
  'text of several bytes, in pieces': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    accepted.setEncoding('utf8');
    const bytes = Buffer.from('caf\u00e9 \u20ac \u{1f600}');
    for (const byte of bytes) {
      client.write(Buffer.from([byte]));
      await wait(1);
    }
    client.resume().end();
    let text = '';
    for await (const chunk of accepted) text += chunk;
    await over(both);
    return text;
  },
  'pausing in a listener': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    const seen: unknown[] = [];
    accepted.on('data', (chunk) => {
      seen.push([String(chunk), accepted.isPaused()]);
      accepted.pause();
      setTimeout(() => accepted.resume(), 10);
    });
    accepted.on('pause', () => seen.push('pause')).on('resume', () => seen.push('resume'));
    for (const word of ['one', 'two']) {
      const paused = once(accepted, 'pause');
      client.write(word);
      await paused;
      await once(accepted, 'resume');
    }
    client.resume().end();
    await over(both);
    return seen;
  },
  'the ends, in their order': async (net, ports) => {
    const seen: unknown[] = [];
    const ways: Record<string, (both: Pair) => void> = {
      'the client ends': ({ client }) => client.end('bye'),
      'the server ends': ({ accepted }) => accepted.end('bye'),
      'the client destroys': ({ client }) => client.destroy(),
      'the client destroys with an error': ({ client }) => client.destroy(new Error('of mine')),
      'the client ends and destroys': ({ client }) => client.end('bye').destroy(),
      'the client ends soon': ({ client }) => {
        client.write('bye');
        client.destroySoon();
      },
      'the client resets': ({ client }) => client.resetAndDestroy(),
    };
    for (const [way, act] of Object.entries(ways)) {
      const both = await pair(net, ports);
      const [mine, theirs]: unknown[][] = [[], []];
      log(mine!, 'client', both.client, ENDS);
      log(theirs!, 'server', both.accepted, ENDS);
      both.client.resume();
      both.accepted.resume();
      act(both);
      await over(both);
      seen.push([way, mine, theirs]);
    }
    return seen;
  },
  'the ends of connections that may be half open': async (net, ports) => {
    const both = await pair(net, ports, { allowHalfOpen: true });
    const { client, accepted } = both;
    const [mine, theirs]: unknown[][] = [[], []];
    log(mine!, 'client', client, ENDS);
    log(theirs!, 'server', accepted, ENDS);
    const text = textOf(client);
    accepted.resume();
    const [asked, heard] = [once(client, 'finish'), once(accepted, 'end')];
    client.end('question');
    await heard;
    theirs!.push([accepted.readyState, accepted.writable]);
    accepted.write('an ');
    await asked;
    mine!.push(client.readyState);
    accepted.end('answer');
    await over(both);
    return [mine, theirs, text()];
  },
  'a write after the own end, and after destroy': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    const seen: unknown[] = [];
    log(seen, 'client', client, ['error', 'close']);
    accepted.resume();
    client.resume().end('x');
    client.write('late', (error) => seen.push(['late', told(error)]));
    await over(both);
    client.write('later', (error) => seen.push(['later', told(error)]));
    client.end('latest', (error?: Error) => seen.push(['latest', told(error)]));
    await wait(10);
    return seen;
  },
  'what is destroyed while it writes': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    accepted.pause();
    const seen: unknown[] = [];
    const piece = Buffer.alloc(8 << 20);
    client.write(piece);
    client.write('waits', (error) => seen.push(['waits', told(error)]));
    await wait(20);
    client.on('close', (hadError) => seen.push(['close', hadError]));
    client.destroy();
    seen.push([client.destroyed, client.writable, client.readable, client.readyState]);
    accepted.on('error', () => undefined).resume();
    await over(both);
    return seen;
  },
  timeouts: async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    accepted.resume();
    const seen: unknown[] = [];
    let timeouts = 0;
    let called = 0;
    client.on('timeout', () => timeouts++);
    client.setTimeout(20, () => called++);
    // It is told once, however long nothing happens.
    await wait(150);
    seen.push([timeouts, called, client.timeout]);
    const again = once(client, 'timeout');
    await new Promise((resolve) => client.write('x', resolve));
    // And once more after something has.
    await again;
    client.setTimeout(20);
    client.setTimeout(0);
    const before = timeouts;
    await wait(60);
    seen.push([timeouts - before, called, client.timeout]);
    const never = () => called++;
    client.setTimeout(50, never);
    client.setTimeout(0, never);
    seen.push(client.listenerCount('timeout'));
    client.resume().end();
    await over(both);
    return seen;
  },
  pipes: async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    accepted.pipe(accepted);
    const text = textOf(client);
    const long = 'x'.repeat(300_000);
    client.end(long);
    await over(both);
    return [text() === long, accepted.bytesRead, accepted.bytesWritten, client.bytesRead];
  },
  'an iteration that is left': async (net, ports) => {
    const both = await pair(net, ports);
    const { client, accepted } = both;
    client.write('one');
    client.on('error', () => undefined).resume();
    for await (const chunk of accepted) {
      if (String(chunk)) break;
    }
    const state = [accepted.destroyed];
    await over(both);
    return state;
  },
});
