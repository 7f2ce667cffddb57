/** Bluetooth and Hyper-V, which neither Wine nor most machines have: on a stand-in. */
import t from 'tap';
import { connectTo, OverlappedSocket } from 'winsock/io';
import { needsAsWindows, toldAsWindows } from '../../support/as-windows.ts';
import { isWine } from '../../support/native.ts';

const START = `
import { setTimeout } from 'node:timers/promises';
import * as io from 'winsock/io';
import * as w from 'winsock';
const { connect, connectTo, createServer, OverlappedSocket } = io;
const told = (value) => console.log(JSON.stringify(value));
const failure = (action) => Promise.resolve().then(action).then(
  () => 'nothing', (error) => error.code ?? error.name);
const all = async (socket) => {
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return String(Buffer.concat(chunks));
};
const RADIO = '00:1A:7D:DA:71:13';
`;

function run(program: string, differences: string): Promise<unknown[]> {
  return toldAsWindows(START + program, differences);
}

const SERVICE = 'b62c4e8d-62cc-404b-bbbf-bf3e3bbb1374';

t.test('Bluetooth: a server, its service, its channel, and clients', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const server = createServer(async (socket) => {
      socket.end('you are ' + io.addressText(socket.remoteAddress));
    }).listen({ family: 'Bluetooth' });
    const { channel } = server.address;
    told([io.addressText(server.address), channel >= 1 && channel <= 30]);
    const registered = io.registerBluetoothService(server.address, {
      service: '${SERVICE}', name: 'Echo', comment: 'of a test' });
    told(registered);
    const found = await io.findBluetoothServices(RADIO, '${SERVICE}');
    told(found);
    told(await all(await connectTo(found[0].address)));
    const byService = await connect({ family: 'Bluetooth', address: RADIO, service: '${SERVICE}' });
    told(io.addressText(byService.remoteAddress));
    told(await all(byService));
    registered.withdraw();
    registered.withdraw();
    told(await io.findBluetoothServices(RADIO, '${SERVICE}'));
    const overlapped = OverlappedSocket.create({ family: 'Bluetooth' });
    await overlapped.connect({ family: 'Bluetooth', address: RADIO, channel });
    const into = Buffer.alloc(99);
    told(String(into.subarray(0, await overlapped.receive(into))));
    overlapped.close();
    const stream = io.toDuplex(await connectTo(found[0].address)).setNoDelay().setKeepAlive(true);
    told([stream.remoteAddress ?? 'none', String(Buffer.concat(await stream.toArray()))]);
    await server.close();
    told(io.CompletionPort.default.stats().pending);
  `,
    'bluetooth',
  );
  const [[text, inRange], registered, found, ...rest] = lines as [[string, boolean], ...unknown[]];
  t.match(text, /^\(00:1A:7D:DA:71:13\):\d+$/);
  t.ok(inRange);
  t.same(registered, { service: SERVICE });
  const channel = Number(text.split(':').pop());
  t.same(found, [
    {
      name: 'Echo',
      comment: 'of a test',
      address: { family: 'Bluetooth', address: '00:1A:7D:DA:71:13', channel },
    },
  ]);
  t.same(rest, [
    'you are (00:11:22:33:44:AA)',
    `(00:1A:7D:DA:71:13):${SERVICE}`,
    'you are (00:11:22:33:44:AA)',
    [],
    'you are (00:11:22:33:44:AA)',
    ['none', 'you are (00:11:22:33:44:AA)'],
    0,
  ]);
});

t.test('Bluetooth: what fails says so, and leaves nothing behind', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const at = (more) => ({ family: 'Bluetooth', address: RADIO, ...more });
    told(await failure(() => connect(at({ channel: 29 }))));
    told(await failure(() => connect(at({ channel: 1, address: '00:00:00:00:00:01' }))));
    told(await failure(() => connect(at({ service: '${SERVICE}' }))));
    told(await failure(() => connect(at({}))));
    told(await failure(() => connect(at({ channel: 99 }))));
    const server = createServer().listen({ family: 'Bluetooth', channel: 7 });
    told(server.address.channel);
    told(await failure(() => createServer().listen({ family: 'Bluetooth', channel: 7 })));
    told(await failure(() => createServer().listen({ family: 'Bluetooth', service: 5 })));
    told(await failure(() => server.port));
    told(await failure(() => io.registerBluetoothService(at({ channel: 0 }), { service: 1 })));
    told(await failure(() => io.registerBluetoothService(server.address, { service: 'x' })));
    told(await failure(() => io.findBluetoothServices('nobody', 1)));
    told(await failure(() => io.findBluetoothServices('00:00:00:00:00:01', 1)));
    told(await failure(() => io.bluetoothDevices({ timeout: 100 })));
    told(await failure(() => io.bluetoothDevices({ signal: AbortSignal.abort(new RangeError('no')) })));
    told(await io.bluetoothDevices({ fresh: false }));
    await server.close();
    const again = createServer().listen({ family: 'Bluetooth', channel: 7 });
    await again.close();
    const { pending } = io.CompletionPort.default.stats();
    told(pending);
  `,
    'bluetooth',
  );
  t.same(lines, [
    'WSAECONNREFUSED',
    'WSAETIMEDOUT',
    'WSAEADDRNOTAVAIL',
    'TypeError',
    'RangeError',
    7,
    'WSAEADDRINUSE',
    'TypeError',
    'TypeError',
    'TypeError',
    'TypeError',
    'TypeError',
    'WSASERVICE_NOT_FOUND',
    'WSAETIMEDOUT',
    'RangeError',
    [
      {
        name: 'Headset',
        address: '00:1A:7D:DA:71:13',
        connected: false,
        remembered: true,
        authenticated: false,
      },
    ],
    0,
  ]);
});

t.test('Bluetooth: a service is withdrawn after its server', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const completionPort = new io.CompletionPort();
    const server = createServer({ completionPort }).listen({ family: 'Bluetooth' });
    const { address } = server;
    const register = (options) => io.registerBluetoothService(address, options);
    for (const wrong of [undefined, {}, { service: 1, nmae: 'x' }, { service: 1, name: 5 }]) {
      told(await failure(() => register(wrong)));
    }
    const registered = register({ service: '${SERVICE}' });
    await server.close();
    await completionPort.close();
    told(await failure(() => registered.withdraw()));
    told(await failure(() => registered.withdraw()));
    told(await failure(() => register({ service: '${SERVICE}' }).withdraw()));
  `,
    'bluetooth',
  );
  t.same(lines, [...Array(4).fill('TypeError'), ...Array(3).fill('nothing')]);
});

t.test('Hyper-V: a server for all, and a client', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const service = '${SERVICE}';
    const server = createServer((socket) => {
      socket.end('you are ' + io.addressText(socket.remoteAddress));
    }).listen({ family: 'HyperV', service });
    told(server.address);
    told(await all(await connect({ family: 'HyperV', vm: 'loopback', service })));
    told(await failure(() => connect({ family: 'HyperV', service })));
    told(await failure(() => connect({ family: 'HyperV', vm: 'parent', service: 5000 })));
    told(await failure(() => createServer().listen({ family: 'HyperV', service })));
    const listening = OverlappedSocket.create({ family: 'HyperV' })
      .bind({ family: 'HyperV', vm: 'children', service: 5000 }).listen();
    const client = OverlappedSocket.create({ family: 'HyperV' });
    const [accepted] = await Promise.all([listening.accept(),
      client.connect({ family: 'HyperV', vm: 'loopback', service: 5000 })]);
    await client.send(Buffer.from('hello'));
    const into = Buffer.alloc(9);
    told([await accepted.receive(into), accepted.kind.protocol, io.addressText(client.remoteAddress)]);
    for (const socket of [client, accepted, listening]) socket.close();
    await server.close();
  `,
    'hyper-v',
  );
  const ANY = '00000000-0000-0000-0000-000000000000';
  const LOOPBACK = 'e0e16197-dd56-4a10-9195-5ee7a155a838';
  t.same(lines, [
    { family: 'HyperV', vm: ANY, service: SERVICE },
    `you are ${LOOPBACK}:${SERVICE}`,
    'WSAEADDRNOTAVAIL',
    'WSAECONNREFUSED',
    'WSAEADDRINUSE',
    [5, 1, `${LOOPBACK}:00001388-facb-11e6-bd58-64006a7986d3`],
  ]);
});

t.test('a family that the system has not fails with its code', async (t) => {
  const skip = !isWine() && 'this system may have it';
  t.test(
    'where the system has no such family, opening and connecting say so',
    { skip },
    async (t) => {
      for (const family of ['Bluetooth', 'HyperV'] as const) {
        t.throws(() => OverlappedSocket.create({ family }), {
          code: /^WSAE/,
          syscall: 'WSASocketW',
        });
      }
      const place = { family: 'HyperV', vm: 'parent', service: 1 } as const;
      await t.rejects(connectTo(place), { code: 'WSAEAFNOSUPPORT' });
      await t.rejects(connectTo({ family: 99, bytes: Uint8Array.of(99, 0, 1) }), {
        code: 'WSAEAFNOSUPPORT',
      });
    },
  );
});
