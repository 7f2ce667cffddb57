/** Out-of-band data, among other data, and beside node:net. */
import { once } from 'node:events';
import t from 'tap';
import { closesocket, MSG_OOB, type SOCKET, send } from 'winsock';
import { CompletionPort } from 'winsock/io';
import { closing, connected, hashOf, noise } from '../support.ts';

t.test('out-of-band data comes by an event, past what was sent before and after it', async (t) => {
  const port = new CompletionPort();
  const [client, accepted] = await connected(t, port);
  const told: string[] = [];
  let data = '';
  accepted.on('urgent', (byte) => told.push(String(byte)));
  accepted.on('data', (chunk) => {
    data += chunk;
  });
  const both = async (urgent: string, text: string) => {
    while (told.at(-1) !== urgent || data !== text) await new Promise((r) => setTimeout(r, 2));
  };
  await client.sendUrgent('!');
  await client.send('after');
  await both('!', 'after');
  await client.send(', before');
  await both('!', 'after, before');
  await client.sendUrgent(Buffer.from('?'));
  await both('?', 'after, before');
  // As programs send it by the C function.
  send.orThrow(client.handle, Buffer.from('C'), 1, MSG_OOB);
  await both('C', 'after, before');
  t.same(told, ['!', '?', 'C']);
  t.equal(client.bytesWritten, 15);
  t.equal(accepted.bytesRead, 13, 'what is out of band is no part of the stream');
  client.destroy();
  accepted.destroy();
  await Promise.all([client.closed, accepted.closed]);
  t.equal(port.stats().buffers.free, port.stats().buffers.bytes);
  await port.close();
});

t.test('who listens for it loses nothing of the stream, and notices its end', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, accepted] = await connected(t, port);
  accepted.on('urgent', () => t.fail('there was none'));
  const back: Buffer[] = [];
  accepted.on('data', (chunk) => back.push(chunk));
  const sent = noise(3_000_000);
  await client.end(sent);
  await accepted.closed;
  t.equal(hashOf(...back), hashOf(sent));
});

t.test(
  'a listener that comes late still gets it, and a connection that is reset fails',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const [client, accepted] = await connected(t, port);
    // A receive waits already.
    await new Promise((resolve) => setTimeout(resolve, 20));
    accepted.on('data', () => undefined);
    const urgent = once(accepted as never, 'urgent');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.sendUrgent('x');
    t.equal(String((await urgent)[0]), 'x');
    client.reset();
    await accepted.closed;
    t.match(accepted.error, { code: 'WSAECONNRESET' });
  },
);

t.test('a listener that comes while the socket is given back holds nothing up', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, accepted] = await connected(t, port);
  // A receive waits already.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const given = accepted.detach({ evenOnPort: true });
  accepted.on('urgent', () => undefined);
  const { handle } = await given;
  send.orThrow(handle as SOCKET, Buffer.from('still open'), 10, 0);
  t.equal(String(await client.read()), 'still open');
  closesocket(handle as SOCKET);
});

t.test(
  'a listener that came while a socket could not be given back hears all the same',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const [client, accepted] = await connected(t, port);
    accepted.write(noise(8 << 20));
    const given = accepted.detach({ signal: AbortSignal.timeout(20) });
    const urgent = new Promise((resolve) => accepted.on('urgent', resolve));
    await t.rejects(given);
    await client.sendUrgent('!');
    t.same(await urgent, Buffer.from('!'));
  },
);

t.test('it overtakes what waits to be sent', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, accepted] = await connected(t, port);
  const urgent = once(accepted as never, 'urgent');
  accepted.on('data', () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.cork();
  client.write('held back');
  await client.sendUrgent('!');
  t.equal(client.pendingBytes, 9);
  t.equal(String((await urgent)[0]), '!');
  client.uncork();
});

t.test('what cannot be out-of-band data is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client] = await connected(t, port);
  await t.rejects(client.sendUrgent(''), RangeError);
  await t.rejects(client.sendUrgent('two'), RangeError);
  await t.rejects(client.sendUrgent(5 as never), TypeError);
  client.destroy();
  await t.rejects(client.sendUrgent('x'), { code: 'WSAESHUTDOWN' });
});
