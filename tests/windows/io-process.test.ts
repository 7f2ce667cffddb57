import t from 'tap';
import { run } from './io-support.ts';

const PENDING = `
  import { CompletionPort, OverlappedSocket } from 'winsock/io';
  const port = new CompletionPort();
  const server = OverlappedSocket.create({ port }).bind({ address: '127.0.0.1', port: 0 }).listen();
  const accepting = server.accept();
  accepting.catch((error) => console.log(error.code));
`;

t.test('the process ends with operations pending', async (t) => {
  const ways: Record<string, [string, number, RegExp?]> = {
    'by process.exit': ['setTimeout(() => process.exit(3), 50)', 3],
    'by process.exit at once': ['process.exit(4)', 4],
    'by an exception': ["setTimeout(() => { throw new Error('oh') }, 50)", 1, /oh/],
    'by itself, unreferenced': ['server.unref(); setTimeout(() => {}, 50)', 0],
    'by itself, the port unreferenced': ['port.unref(); setTimeout(() => {}, 50)', 0],
    'by itself, after close': ['setTimeout(() => port.close(), 50)', 0, /WSA_OPERATION_ABORTED/],
  };
  for (const [how, [source, code, output]] of Object.entries(ways)) {
    const ended = await run(PENDING + source);
    t.equal(ended.code, code, `${how}: ${ended.output}`);
    if (output) t.match(ended.output, output);
  }
});

t.test('an idle port does not keep the process', async (t) => {
  const ended = await run(`
    import { CompletionPort } from 'winsock/io';
    const port = new CompletionPort();
    const operation = port.take();
    operation.target = { completed: () => { console.log('packet'); operation.release(); } };
    port.post(operation);
  `);
  t.same(ended, { code: 0, output: 'packet\n' });
});

t.test('a pending operation keeps the process', async (t) => {
  const ended = await run(`${PENDING}
    const client = OverlappedSocket.create({ port });
    setTimeout(async () => {
      await client.connect(server.localAddress);
      console.log('connected');
    }, 200).unref();
    const accepted = await accepting;
    console.log('accepted');
    accepted.close();
    server.close();
  `);
  t.equal(ended.code, 0);
  t.match(ended.output, /accepted/);
});

t.test('ports work in threads, and end with them', async (t) => {
  const ended = await run(`
    import { Worker } from 'node:worker_threads';
    const source = \`
      import('winsock/io').then(async ({ CompletionPort, OverlappedSocket }) => {
        const { parentPort, workerData } = await import('node:worker_threads');
        const port = new CompletionPort();
        const server = OverlappedSocket.create({ port }).bind({ address: '127.0.0.1', port: 0 }).listen();
        const client = OverlappedSocket.create({ port });
        const [accepted] = await Promise.all([server.accept(), client.connect(server.localAddress)]);
        const buffer = Buffer.alloc(10);
        const receiving = accepted.receive(buffer);
        await client.send(Buffer.from('hello'));
        parentPort.postMessage(await receiving);
        if (workerData === 'close') await port.close();
        else server.accept().catch(() => {});
        if (workerData === 'exit') process.exit(0);
      });
    \`;
    for (const how of ['close', 'exit', 'terminate']) {
      const worker = new Worker(source, { eval: true, workerData: how });
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      worker.once('message', (bytes) => {
        console.log(how, bytes);
        if (how === 'terminate') setTimeout(() => worker.terminate(), 100);
      });
      worker.once('error', (error) => console.log(error));
      await exited;
    }
    console.log('done');
  `);
  t.match(ended, { code: 0, output: /close 5[\s\S]*exit 5[\s\S]*terminate 5[\s\S]*done/ });
});

t.test('sockets that nobody refers to any more harm nothing', async (t) => {
  const ended = await run(`
    import v8 from 'node:v8';
    import vm from 'node:vm';
    import { CompletionPort, connectTo, createServer, OverlappedSocket } from 'winsock/io';
    v8.setFlagsFromString('--expose-gc');
    const gc = vm.runInNewContext('gc');
    const completionPort = new CompletionPort();
    const server = createServer({ port: completionPort }, (socket) => {
      socket.on('data', (data) => socket.write(data));
    }).listen({ host: '127.0.0.1' });
    const stages = [
      (client) => { client.read(); },
      (client) => { client.write(Buffer.alloc(3_000_000)); },
      (client) => { client.on('data', () => {}).write('x'); },
      (client) => { client.borrow((bytes) => client.write(bytes)).write(Buffer.alloc(100_000)); },
      async () => {
        const socket = OverlappedSocket.create({ port: completionPort });
        await socket.connect(server.address);
        socket.receive(Buffer.alloc(100_000)).catch(() => {});
        socket.send(Buffer.alloc(5_000_000)).catch(() => {});
      },
    ];
    for (let round = 0; round < 10; round++) {
      for (const stage of stages) await stage(await connectTo(server.address, { completionPort }));
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
    gc();
    await completionPort.close();
    const { pending, buffers } = completionPort.stats();
    console.log('left', pending, buffers.bytes - buffers.free);
  `);
  t.same(ended, { code: 0, output: 'left 0 0\n' });
});
