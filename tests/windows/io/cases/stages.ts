/**
 * Every operation, ended in every way at every stage, with garbage collections in between. Prints
 * what went otherwise than it should, and what of the port's memory has not come back.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  CompletionPort,
  connectTo,
  createServer,
  type ExtensionPointers,
  type InternetAddress,
  type OperationOptions,
  OverlappedHandle,
  OverlappedSocket,
  UdpSocket,
} from 'winsock/io';
import * as kernel from 'winsock/kernel';
import { extensionPointers, isWine } from '../../support/native.ts';
import { LOOPBACK, pair, unbuffered } from '../support.ts';

const bun = (globalThis as { Bun?: { gc(force: boolean): void } }).Bun;
if (!bun) setFlagsFromString('--expose-gc');
const gc: () => void = bun ? () => bun.gc(true) : (runInNewContext('gc') as () => void);

/** More than a connection holds. */
const MUCH = 12_000_000;

const port = new CompletionPort();
const directory = mkdtempSync(path.join(tmpdir(), 'winsock-'));
const file = path.join(directory, 'data');
writeFileSync(file, Buffer.alloc(MUCH));

interface Stage {
  begin(options: OperationOptions): Promise<unknown>;
  /** Has the operation complete, where that takes somebody else. */
  complete?(): unknown;
  close(): void;
}

function stream(): OverlappedSocket {
  return OverlappedSocket.create({ completionPort: port });
}

function datagrams(): OverlappedSocket {
  return OverlappedSocket.create({ type: 'datagram', completionPort: port }).bind(LOOPBACK);
}

function named(socket: OverlappedSocket): InternetAddress {
  return socket.localAddress as InternetAddress;
}

/** Two connected sockets, and an operation on the first. */
async function connected(
  begin: (socket: OverlappedSocket, options: OperationOptions) => Promise<unknown>,
  complete?: (peer: OverlappedSocket) => unknown,
  functions?: ExtensionPointers,
): Promise<Stage> {
  const [socket, peer] = await pair(port, functions);
  const close = () => {
    socket.close();
    peer.close();
  };
  const stage: Stage = { begin: (options) => begin(socket, options), close };
  return complete ? { ...stage, complete: () => complete(peer) } : stage;
}

function unconnected(
  begin: (socket: OverlappedSocket, options: OperationOptions) => Promise<unknown>,
): Stage {
  const socket = datagrams();
  return {
    begin: (options) => begin(socket, options),
    complete: () => socket.sendTo(Buffer.from('x'), named(socket)),
    close: () => socket.close(),
  };
}

const greet = (peer: OverlappedSocket) => peer.send(Buffer.from('x'));
const take = async (peer: OverlappedSocket) => {
  for (let left = MUCH; left > 0; ) left -= await peer.receive(Buffer.alloc(MUCH));
};

let pipes = 0;

/** The serving end of a named pipe, and how to open its other end. */
function pipe(): { server: OverlappedHandle; open(): OverlappedHandle } {
  const name = `\\\\.\\pipe\\winsock-${process.pid}-${pipes++}`;
  const served = kernel.CreateNamedPipeW.orThrow(name, 0x40000003, 0, 1, 4096, 4096, 0, null);
  const open = () =>
    new OverlappedHandle(
      kernel.CreateFileW.orThrow(name, 0xc0000000, 0, null, 3, 0x40000000, 0 as never),
      port,
    );
  return { server: new OverlappedHandle(served, port), open };
}

function served(
  begin: (server: OverlappedHandle, options: OperationOptions) => Promise<unknown>,
  complete: (client: OverlappedHandle) => unknown,
): Stage {
  const { server, open } = pipe();
  const client = open();
  return {
    begin: (options) => begin(server, options),
    complete: () => complete(client),
    close: () => {
      server.close();
      client.close();
    },
  };
}

const functions = extensionPointers();

const STAGES: Record<string, () => Stage | Promise<Stage>> = {
  accept: () => {
    const server = stream().bind(LOOPBACK).listen();
    const client = stream();
    return {
      begin: (options) => server.accept(options).then((accepted) => accepted.close()),
      complete: () => client.connect(named(server)),
      close: () => {
        server.close();
        client.close();
      },
    };
  },
  connect: () => {
    const server = stream().bind(LOOPBACK).listen();
    const client = stream();
    return {
      begin: (options) => client.connect(named(server), options),
      close: () => {
        server.close();
        client.close();
      },
    };
  },
  receive: () => connected((socket, options) => socket.receive(Buffer.alloc(9), options), greet),
  scatter: () =>
    connected(
      (socket, options) => socket.receive([Buffer.alloc(9), Buffer.alloc(9)], options),
      greet,
    ),
  readable: () => connected((socket, options) => socket.readable(options), greet),
  send: () =>
    connected((socket, options) => unbuffered(socket).send(Buffer.alloc(MUCH), options), take),
  gather: () =>
    connected(
      (socket, options) =>
        unbuffered(socket).send([Buffer.alloc(MUCH / 2), Buffer.alloc(MUCH / 2)], options),
      take,
    ),
  transmitFile: () =>
    connected(async (socket, options) => {
      const handle = kernel.CreateFileW.orThrow(file, 0x80000000, 1, null, 3, 0, 0 as never);
      try {
        return await socket.transmitFile(handle, { ...options, head: Buffer.alloc(9) });
      } finally {
        kernel.CloseHandle(handle);
      }
    }, take),
  disconnect: () => connected((socket, options) => socket.disconnect(options)),
  ...(functions && {
    transmitPackets: () =>
      connected(
        (socket, options) =>
          socket.transmitPackets([Buffer.alloc(9), Buffer.alloc(MUCH - 9)], options),
        take,
        functions,
      ),
    'disconnect that lasts': () =>
      connected((socket, options) => socket.disconnect(options), greet, functions),
  }),
  receiveFrom: () => unconnected((socket, options) => socket.receiveFrom(Buffer.alloc(9), options)),
  receiveMessage: () =>
    unconnected((socket, options) => socket.receiveMessage(Buffer.alloc(9), options)),
  sendTo: () =>
    unconnected((socket, options) => socket.sendTo(Buffer.alloc(9), named(socket), options)),
  sendMessage: () =>
    unconnected((socket, options) =>
      socket.sendMessage({ data: Buffer.alloc(9), to: named(socket) }, options),
    ),
  // Where the provider minds no address, what is full holds these back too.
  'sendTo over a stream': () =>
    connected(
      (socket, options) =>
        socket.sendTo(Buffer.alloc(MUCH), socket.remoteAddress as InternetAddress, options),
      take,
    ),
  ...(isWine() && {
    'sendMessage over a stream': () =>
      connected(
        (socket, options) => socket.sendMessage({ data: Buffer.alloc(MUCH) }, options),
        take,
      ),
    // Windows refuses a connection where Linux lets it wait.
    'connect that lasts': async () => {
      const server = stream().bind(LOOPBACK).listen(0);
      const first = stream();
      await first.connect(named(server));
      const client = stream();
      return {
        begin: (options: OperationOptions) => client.connect(named(server), options),
        complete: () => server.accept(),
        close: () => {
          for (const socket of [server, first, client]) socket.close();
        },
      };
    },
  }),
  'pipe connect': () => {
    const { server, open } = pipe();
    let client: OverlappedHandle | undefined;
    return {
      begin: (options) => server.connect(options),
      complete: () => {
        client = open();
      },
      close: () => {
        server.close();
        client?.close();
      },
    };
  },
  'pipe read': () =>
    served(
      (server, options) => server.read(Buffer.alloc(9), options),
      (client) => client.write(Buffer.from('x')),
    ),
  'pipe write': () =>
    served(
      (server, options) => server.write(Buffer.alloc(50_000), options),
      async (client) => {
        for (let left = 50_000; left > 0; ) left -= await client.read(Buffer.alloc(50_000));
      },
    ),
};

type Outcome = 'done' | 'reason' | string;

const reason = new Error('on purpose');

async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    return error === reason ? 'reason' : ((error as { code?: string }).code ?? String(error));
  }
}

/** How it is ended, and what may come of that; an operation may always be faster. */
const WAYS: Record<string, [(stage: Stage) => Promise<Outcome>, ...Outcome[]]> = {
  'closed at once': [
    (stage) => {
      const outcome = outcomeOf(stage.begin({}));
      stage.close();
      return outcome;
    },
    'WSA_OPERATION_ABORTED',
  ],
  'closed later': [
    async (stage) => {
      const outcome = outcomeOf(stage.begin({}));
      await turn();
      gc();
      stage.close();
      return outcome;
    },
    'WSA_OPERATION_ABORTED',
  ],
  'aborted at once': [
    (stage) => {
      const controller = new AbortController();
      const outcome = outcomeOf(stage.begin({ signal: controller.signal }));
      controller.abort(reason);
      return outcome;
    },
    'reason',
  ],
  'aborted later': [
    async (stage) => {
      const controller = new AbortController();
      const outcome = outcomeOf(stage.begin({ signal: controller.signal }));
      await turn();
      gc();
      controller.abort(reason);
      return outcome;
    },
    'reason',
  ],
  'aborted and closed': [
    async (stage) => {
      const controller = new AbortController();
      const outcome = outcomeOf(stage.begin({ signal: controller.signal }));
      await turn();
      controller.abort(reason);
      stage.close();
      return outcome;
    },
    'reason',
    // What was over before the signal cannot be used any more.
    'WSA_OPERATION_ABORTED',
  ],
  'over in time': [(stage) => outcomeOf(stage.begin({ timeout: 1 })), 'WSAETIMEDOUT'],
  completed: [
    async (stage) => {
      const outcome = outcomeOf(stage.begin({}));
      await turn();
      gc();
      if (!stage.complete) return outcome;
      await stage.complete();
      return outcome;
    },
    'done',
  ],
};

const wrong: string[] = [];
/** Those that were over before they were ended. */
const faster = new Set<string>();
let tried = 0;
for (const [name, make] of Object.entries(STAGES)) {
  for (const [how, [end, ...allowed]] of Object.entries(WAYS)) {
    const stage = await make();
    const outcome = await end(stage);
    if (outcome === 'done' && how !== 'completed') faster.add(name);
    if (outcome !== 'done' && !allowed.includes(outcome)) wrong.push(`${name} ${how}: ${outcome}`);
    stage.close();
    tried++;
  }
}

/** Nobody refers to these any more; their operations are pending. */
const forgotten: Promise<unknown>[] = [];
async function forget(): Promise<void> {
  for (const make of Object.values(STAGES)) {
    const stage = await make();
    forgotten.push(outcomeOf(stage.begin({})).then(() => undefined));
  }
  const server = createServer({ completionPort: port }, (socket) => {
    socket.on('data', (data) => socket.write(data));
  }).listen({ host: '127.0.0.1' });
  const connect = () => connectTo(server.address as InternetAddress, { completionPort: port });
  (await connect()).read().catch(() => undefined);
  (await connect()).write(Buffer.alloc(MUCH));
  const borrower = await connect();
  borrower.borrow((bytes) => borrower.write(bytes)).write(Buffer.alloc(100_000));
  const socket = new UdpSocket({ completionPort: port }).bind(LOOPBACK);
  socket.receive().catch(() => undefined);
  await socket.send(Buffer.alloc(9), socket.localAddress);
}
for (let round = 0; round < 3; round++) {
  await forget();
  for (let i = 0; i < 5; i++) {
    gc();
    await turn();
  }
}
const kinds = new Set(port.pendingOperations().map(({ kind }) => kind));
await port.close();
await Promise.all(forgotten);
gc();
const { pending, buffers } = port.stats();
rmSync(directory, { recursive: true, maxRetries: 5 });
console.log(
  JSON.stringify({
    kinds: Object.keys(STAGES).length,
    tried,
    wrong,
    faster: [...faster].sort(),
    forgotten: [...kinds].sort(),
    left: { pending, buffers: buffers.bytes - buffers.free },
  }),
);
