/** A worker ends while calls of its on other threads wait for what never comes: `blocked-worker.ts WHAT HOW`. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

const LONG = 60_000;

function loopback(): w.sockaddr_in {
  const s_addr = w.htonl(w.INADDR_LOOPBACK);
  return new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr: { s_addr } });
}

function bound(type: number): w.SOCKET {
  const s = w.socket.orThrow(w.AF_INET, type, 0);
  w.bind.orThrow(s, loopback(), 16);
  return s;
}

const unnamedEvent = () => k.CreateEventW.orThrow(null, 1, 0, null);
const handles = (count: number) =>
  w.arrayOf(
    w.HANDLE,
    Array.from({ length: count }, () => unnamedEvent()),
  );

function receive(s: w.SOCKET): Promise<number> {
  return w.recv.async(s, Buffer.alloc(9), 9, 0);
}

/** More than the pool has threads, so that some are never begun. */
const MANY = 12;

/** What waits, of its own and for good. */
const BLOCKED: Readonly<Record<string, () => Promise<unknown>>> = {
  recv: () => receive(bound(w.SOCK_DGRAM)),
  'many recv': () => Promise.all(Array.from({ length: MANY }, () => receive(bound(w.SOCK_DGRAM)))),
  WSARecvFrom: () => {
    const buf = Buffer.alloc(9);
    const wsabuf = new w.WSABUF({ len: 9, buf });
    const flags = w.ref(w.DWORD);
    const s = bound(w.SOCK_DGRAM);
    return w.WSARecvFrom.async(s, wsabuf, 1, w.ref(w.DWORD), flags, null, null, null, null);
  },
  accept: () => {
    const s = bound(w.SOCK_STREAM);
    w.listen.orThrow(s, 1);
    return w.accept.async(s, null, null);
  },
  WaitForSingleObject: () => k.WaitForSingleObject.async(unnamedEvent(), k.INFINITE),
  WaitForSingleObjectEx: () => k.WaitForSingleObjectEx.async(unnamedEvent(), k.INFINITE, 1),
  WaitForMultipleObjects: () => k.WaitForMultipleObjects.async(3, handles(3), 0, k.INFINITE),
  WSAWaitForMultipleEvents: () =>
    w.WSAWaitForMultipleEvents.async(2, handles(2), 0, w.WSA_INFINITE, 0),
  ConnectNamedPipe: () => {
    const name = `\\\\.\\pipe\\winsock-blocked-${process.pid}`;
    const pipe = k.CreateNamedPipeW.orThrow(name, k.PIPE_ACCESS_DUPLEX, 0, 1, 0, 0, 0, null);
    return k.ConnectNamedPipe.async(pipe, null);
  },
};

/** Calls that return while the worker lives, with the results that they have on the main thread. */
async function waits(): Promise<unknown[]> {
  const [first, second] = [unnamedEvent(), unnamedEvent()];
  const results: unknown[] = [await k.WaitForSingleObject.async(first, 1)];
  k.SetEvent.orThrow(second);
  const both = w.arrayOf(w.HANDLE, [first, second]);
  results.push(await k.WaitForSingleObject.async(second, LONG));
  results.push(await k.WaitForMultipleObjects.async(2, both, 0, LONG));
  results.push(await w.WSAWaitForMultipleEvents.async(2, both, 0, 1, 0));
  results.push(await k.WaitForMultipleObjects.async(2, both, 1, 1));
  const wrong = await k.WaitForSingleObject.async(0xdead0 as k.HANDLE, 1).catch(
    (error: Error) => error,
  );
  results.push((wrong as w.WinsockError).code);
  return results;
}

if (isMainThread) {
  const [what = '', how = ''] = process.argv.slice(2);
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const of = what === 'of the main thread' ? bound(w.SOCK_DGRAM) : undefined;
  const worker = new Worker(new URL(import.meta.url), { workerData: { what, how, of } });
  worker.on('error', () => undefined);
  const [said] = (await once(worker, 'message')) as [unknown];
  // So that the calls have begun.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  if (how === 'terminate') await worker.terminate();
  else worker.postMessage('end');
  await ended;
  if (of !== undefined) {
    // The socket is as it was: what comes now is received.
    const name = new w.sockaddr_in();
    w.getsockname.orThrow(of, name, w.ref(w.int, 16));
    w.sendto.orThrow(of, Buffer.from('later'), 5, 0, name, 16);
    const data = Buffer.alloc(9);
    const length = await w.recv.async(of, data, 9, 0);
    console.log(data.toString('latin1', 0, length));
  }
  console.log(said, 'ended');
  process.exit(0);
} else {
  const { what, how, of } = workerData as { what: string; how: string; of?: w.SOCKET };
  if (what === 'waits') parentPort!.postMessage(JSON.stringify(await waits()));
  else {
    void (of === undefined ? BLOCKED[what]!() : receive(of)).catch(() => undefined);
    parentPort!.postMessage(what);
  }
  parentPort!.on('message', () => {
    if (how === 'exit') process.exit(0);
    else throw new Error('on purpose');
  });
}
