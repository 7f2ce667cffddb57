/** Lists of addresses that are not connected to, or not from, over winsock/net and node:net. */
import { once } from 'node:events';
import nodeNet from 'node:net';
import t from 'tap';
import { freePort, host, listening, log, SOCKET_EVENTS, same, told, wait } from './support.ts';

type Found = readonly { address: string; family: number }[];

const FOUR: Found = [
  { address: '127.0.0.1', family: 4 },
  { address: '127.0.0.2', family: 4 },
  { address: '127.0.0.3', family: 4 },
];
const BOTH: Found = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
  { address: '127.0.0.2', family: 4 },
];

/** A lookup that finds these. */
const finding = (found: Found) =>
  ((_: string, options: { all?: boolean }, done: (...what: unknown[]) => void) =>
    setImmediate(() =>
      options.all ? done(null, found) : done(null, found[0]!.address, found[0]!.family),
    )) as never;

function listOf(...addresses: string[]): nodeNet.BlockList {
  const list = new nodeNet.BlockList();
  for (const one of addresses) list.addAddress(one, nodeNet.isIPv6(one) ? 'ipv6' : 'ipv4');
  return list;
}

const EVENTS = [...SOCKET_EVENTS, 'connectionAttemptTimeout'].filter((event) => event !== 'end');

/** Connects, and tells what has become of it. */
async function outcome(
  net: typeof nodeNet,
  options: object,
  make: (options: nodeNet.NetConnectOpts) => nodeNet.Socket = net.connect,
): Promise<unknown> {
  const seen: unknown[] = [];
  const socket = make(options as nodeNet.NetConnectOpts);
  log(seen, 'client', socket, EVENTS);
  socket.on('connect', () => {
    seen.push(socket.remoteAddress);
    socket.destroy();
  });
  await once(socket, 'close').catch(() => undefined);
  await wait(20);
  seen.push(socket.autoSelectFamilyAttemptedAddresses, socket.connecting);
  return seen;
}

const LISTS: readonly string[][] = [
  [],
  ['127.0.0.1'],
  ['127.0.0.2'],
  ['::1'],
  ['127.0.0.1', '127.0.0.2'],
  ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
  ['127.0.0.1', '127.0.0.2', '::1'],
];

same(t, {
  'a client, and addresses of which some are blocked, where nobody is': async (net, ports) => {
    const port = await freePort();
    ports.push(port);
    const seen: unknown[] = [];
    for (const found of [FOUR, BOTH]) {
      for (const addresses of LISTS) {
        const options = { port, host: 'name.invalid', lookup: finding(found) };
        seen.push(await outcome(net, { ...options, blockList: listOf(...addresses) }));
      }
    }
    return seen;
  },
  'a client, and addresses of which some are blocked, where a server is': async (net, ports) => {
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const seen: unknown[] = [];
    for (const addresses of [['::1'], ['127.0.0.2']]) {
      const options = { port, host: 'name.invalid', lookup: finding(BOTH) };
      seen.push(await outcome(net, { ...options, blockList: listOf(...addresses) }));
    }
    server.close();
    await once(server, 'close');
    return seen;
  },
  'one address': async (net, ports) => {
    const port = await freePort();
    ports.push(port);
    const seen: unknown[] = [];
    const localPort = await freePort();
    ports.push(localPort);
    const blockList = listOf('127.0.0.1');
    const lookup = finding(FOUR);
    for (const options of [
      { host },
      { host, localAddress: host },
      { host, localAddress: '192.0.2.1' },
      { host: 'name.invalid', lookup, autoSelectFamily: false },
      { host: 'name.invalid', lookup, family: 4 },
      { host: 'name.invalid', lookup: finding(FOUR.slice(0, 1)) },
      { host: 'name.invalid', lookup, localPort },
      { host: '127.0.0.3', localPort },
    ]) {
      seen.push(await outcome(net, { port, ...options, blockList }));
    }
    return seen;
  },
  'a list that the socket has, or connect is told': async (net, ports) => {
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const seen: unknown[] = [];
    const blockList = listOf(host);
    const ways: ((options: nodeNet.NetConnectOpts) => nodeNet.Socket)[] = [
      (options) => new net.Socket({ blockList } as never).connect(options),
      (options) => new net.Socket().connect({ ...options, blockList } as never),
      (options) =>
        new net.Socket({ blockList } as never).connect({
          ...options,
          blockList: new nodeNet.BlockList(),
        } as never),
      (options) => Object.assign(new net.Socket(), { blockList }).connect(options),
      (options) => new net.Socket().connect({ ...options, blockList: {} } as never),
      (options) => new net.Socket().connect({ ...options, blockList: 5 } as never),
    ];
    for (const way of ways) seen.push(await outcome(net, { port, host }, way));
    server.close();
    await once(server, 'close');
    return seen;
  },
  'a server': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer({ blockList: listOf(host) } as never, (socket) => {
      seen.push(socket.remoteAddress);
      socket.destroy();
    });
    const port = await listening(server);
    ports.push(port);
    log(seen, 'server', server, ['drop', 'error']);
    for (const most of [10, 0]) {
      server.maxConnections = most;
      for (const localAddress of [host, '127.0.0.2']) {
        const client = net.connect({ port, host, localAddress });
        client.on('error', () => undefined).resume();
        await once(client, 'close').catch((error) => seen.push(told(error)));
        await wait(20);
      }
    }
    server.close();
    await once(server, 'close');
    return seen.map((one) =>
      JSON.parse(JSON.stringify(one, (key, value) => (key === 'remotePort' ? 0 : value))),
    );
  },
});
