/** How the quickest of several addresses is found, and lookups that nobody waits for any more. */
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  CompletionPort,
  connect,
  connectTo,
  createServer,
  type InternetAddress,
  interleave,
  OverlappedSocket,
  race,
  resolve,
} from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { isWine } from '../../support/native.ts';
import { closing } from '../support.ts';

const NEVER = 0x7fffffff;
/** Windows refuses connections that a server has no room for, where Linux lets them wait. */
const needsStall = { skip: !isWine() && 'needs a server that lets connections wait' };

/** The address of a server that answers nobody until it accepts. */
async function stalled(t: Test, port: CompletionPort) {
  const server = closing(
    t,
    OverlappedSocket.create({ completionPort: port })
      .bind({ address: '127.0.0.1', port: 0 })
      .listen(0),
  );
  const address = server.localAddress as InternetAddress;
  const first = closing(t, OverlappedSocket.create({ completionPort: port }));
  await first.connect(address);
  return { address, server };
}

function answering(t: Test, port: CompletionPort): InternetAddress {
  return closing(t, createServer({ completionPort: port }).listen({ host: '127.0.0.1' }))
    .address as InternetAddress;
}

async function refusing(): Promise<InternetAddress> {
  return { family: 'IPv4', address: '127.0.0.1', port: await freePort() };
}

/** Waits until all attempts have been given up. */
async function noneIsTried(port: CompletionPort): Promise<void> {
  while (port.pendingOperations().some(({ kind }) => kind === 'connect')) await turn();
}

t.test('families take turns, beginning with the one that the system prefers', async (t) => {
  const four = (n: number) => ({ family: 'IPv4', address: `192.0.2.${n}`, port: 0 }) as const;
  const six = (n: number) => ({ family: 'IPv6', address: `2001:db8::${n}`, port: 0 }) as const;
  t.same(interleave([six(1), six(2), six(3), four(1)]), [six(1), four(1), six(2), six(3)]);
  t.same(interleave([four(1), four(2), six(1)]), [four(1), six(1), four(2)]);
  t.same(interleave([four(1)]), [four(1)]);
  t.same(interleave([]), []);
});

t.test('an address that does not answer delays the next, and no more', needsStall, async (t) => {
  const port = closing(t, new CompletionPort());
  const { address } = await stalled(t, port);
  const right = answering(t, port);
  const tried: InternetAddress[] = [];
  const options = { completionPort: port };
  const socket = await race([address, address, right, right], options, 1, (one) => tried.push(one));
  t.same(socket.remoteAddress, right);
  t.same(tried.slice(0, 3), [address, address, right], 'in order');
  await noneIsTried(port);
  socket.destroy();
});

t.test('250 ms is the delay, and a failure ends it', async (t) => {
  const port = closing(t, new CompletionPort());
  const refused = await refusing();
  const right = answering(t, port);
  const delays: unknown[] = [];
  const { setTimeout } = globalThis;
  t.teardown(() => {
    globalThis.setTimeout = setTimeout;
  });
  globalThis.setTimeout = ((action: () => void, delay: number, ...rest: []) => {
    // Short ones are the port's, which looks for packets while it has no poller yet.
    if (delay < 100) return setTimeout(action, delay, ...rest);
    delays.push(delay);
    // Nobody waits for it here: what is refused makes room for the next at once.
    return setTimeout(action, NEVER);
  }) as typeof setTimeout;
  const socket = await race([refused, refused, right], { completionPort: port });
  globalThis.setTimeout = setTimeout;
  t.same(socket.remoteAddress, right);
  t.same(delays, [250, 250]);
  socket.destroy();
  const tried: InternetAddress[] = [];
  await t.rejects(
    race([refused, refused], { completionPort: port }, NEVER, (one) => tried.push(one)),
    { code: 'WSAECONNREFUSED', syscall: 'ConnectEx' },
  );
  t.equal(tried.length, 2);
  await t.rejects(race([], { completionPort: port }), TypeError);
});

t.test('the first may win after all, and the others are given up', needsStall, async (t) => {
  const port = closing(t, new CompletionPort());
  const [one, other] = [await stalled(t, port), await stalled(t, port)];
  let tried = 0;
  const winner = race([one.address, other.address], { completionPort: port }, 1, () => {
    if (++tried < 2) return;
    // Both wait. Now the first has room.
    one.server.accept().then((accepted) => closing(t, accepted));
  });
  const socket = await winner;
  t.same(socket.remoteAddress, one.address);
  await noneIsTried(port);
  socket.destroy();
});

t.test('signal and timeout end every attempt', needsStall, async (t) => {
  const port = closing(t, new CompletionPort());
  const { address } = await stalled(t, port);
  const reason = new Error('enough');
  const controller = new AbortController();
  const options = { completionPort: port, signal: controller.signal };
  let tried = 0;
  const pending = race([address, address], options, 1, () => {
    if (++tried === 2) controller.abort(reason);
  });
  await t.rejects(pending, reason);
  await noneIsTried(port);
  await t.rejects(race([address, address], options), reason);

  // Whoever is told of an attempt may abort it before it begins: nobody is connected to.
  const server = closing(t, createServer({ completionPort: port }).listen({ host: '127.0.0.1' }));
  let seen = 0;
  server.on('connection', (socket) => {
    seen++;
    socket.destroy();
  });
  const last = new AbortController();
  const told = (one: InternetAddress) => void (one.port === server.port && last.abort(reason));
  const both = [address, server.address as InternetAddress];
  await t.rejects(race(both, { completionPort: port, signal: last.signal }, 1, told), reason);
  await noneIsTried(port);
  (await connectTo(server.address, { completionPort: port })).destroy();
  while (seen === 0) await turn();
  t.equal(seen, 1, 'only the one that came afterwards');

  const inTime = { completionPort: port, timeout: 20 };
  // Not the system's own, much later, which names the address.
  const limit = { code: 'WSAETIMEDOUT', syscall: 'ConnectEx', message: /^ConnectEx: / };
  const late = { code: 'WSAETIMEDOUT', syscall: 'ConnectEx' };
  await t.rejects(race([address, address, address], inTime, 1), limit);
  await noneIsTried(port);
  const { port: number } = address;
  await t.rejects(connect({ host: 'localhost', family: 'IPv4', port: number, ...inTime }), limit);
  await t.rejects(connect({ host: '127.0.0.1', port: number, ...inTime }), late);
  await t.rejects(connectTo(address, inTime), late);
  const again = new AbortController();
  const single = connectTo(address, { completionPort: port, signal: again.signal });
  again.abort(reason);
  await t.rejects(single, reason);
  await noneIsTried(port);
});

t.test('names are resolved, and one that is unknown is an error', async (t) => {
  const port = closing(t, new CompletionPort());
  const address = answering(t, port);
  const found = await resolve('localhost');
  t.ok(found.some(({ address }) => address === '127.0.0.1' || address === '::1'));
  t.match(await resolve('localhost', { family: 'IPv4' }), [{ family: 'IPv4', port: 0 }]);
  await t.rejects(resolve('no-such-host.invalid'), {
    code: /^WSA(HOST_NOT_FOUND|TRY_AGAIN|NO_DATA)$/,
    syscall: 'GetAddrInfoExW(no-such-host.invalid)',
  });
  await t.rejects(connect({ host: 'no-such-host.invalid', port: 1, completionPort: port }), {
    name: 'WinsockError',
    syscall: 'GetAddrInfoExW(no-such-host.invalid)',
  });
  const options = { host: 'localhost', port: address.port, completionPort: port };
  const socket = await connect(options);
  t.same(socket.remoteAddress, address);
  socket.destroy();
});

t.test('a lookup that is given up settles at once', async (t) => {
  const reason = new Error('enough');
  await t.rejects(resolve('localhost', { signal: AbortSignal.abort(reason) }), reason);
  for (const host of ['localhost', 'no-such-host.invalid']) {
    const controller = new AbortController();
    const cancelled = resolve(host, { signal: controller.signal });
    controller.abort(reason);
    let settled = false;
    const over = t.rejects(cancelled, reason, host).then(() => {
      settled = true;
    });
    // Promises only: no turn of the event loop.
    for (let steps = 0; steps < 50; steps++) await undefined;
    t.equal(settled, true, `${host}, at once`);
    await over;
  }
  const controller = new AbortController();
  const connecting = connect({ host: 'localhost', port: 1, signal: controller.signal });
  controller.abort(reason);
  await t.rejects(connecting, reason);
  // Many at once, and some are given up.
  const lookups = Array.from({ length: 20 }, (_, index) => {
    const one = new AbortController();
    const result = resolve('localhost', { signal: one.signal });
    if (index % 2 === 0) setImmediate(() => one.abort(reason));
    return result.catch((error) => error);
  });
  for (const result of await Promise.all(lookups)) {
    t.ok(result === reason || Array.isArray(result), 'found, or given up');
  }
});
