/**
 * Listeners for changes where threads of the system call every 20 ms: `changes.ts WHAT` prints what came of it.
 */

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';

// The subscriptions here do not keep the process.
const alive = setInterval(() => undefined, 1000);

const ALL = [ip.onIpInterfaceChange, ip.onUnicastIpAddressChange, ip.onRouteChange] as const;

/** Subscribes to everything; resolves when each listener was called with a change. */
async function listening(): Promise<ip.ChangeSubscription[]> {
  const subscriptions: ip.ChangeSubscription[] = [];
  await Promise.all(
    ALL.map(
      (onChange) =>
        new Promise<void>((called) => {
          const types: number[] = [];
          const listener = (_row: unknown, type: number) => {
            types.push(type);
            if (types[0] === ip.MibInitialNotification && types.length > 1) called();
          };
          subscriptions.push(onChange(listener, { initial: true }).unref());
        }),
    ),
  );
  return subscriptions;
}

async function worker(end: 'return' | 'exit' | 'throw' | 'terminate'): Promise<void> {
  const one = new Worker(new URL(import.meta.url), { workerData: end });
  one.on('error', () => undefined);
  const ended = new Promise((resolve) => one.once('exit', resolve));
  await once(one, 'message');
  if (end === 'terminate') await one.terminate();
  await ended;
}

const WAYS: Record<string, () => Promise<unknown>> = {
  /** They are told, and not any more once closed; the process can end meanwhile. */
  async told() {
    const subscriptions = await listening();
    let after = 0;
    const last = ip.onRouteChange(() => after++);
    while (after === 0) await pause(10);
    await last.close();
    const before = after;
    await pause(300);
    // The others stay open while the process ends.
    return `${subscriptions.length} told, ${after - before} after closing`;
  },

  /** One closes itself, and one throws: the others go on. */
  async within() {
    process.on('uncaughtException', () => undefined);
    const thrown = ip.onRouteChange(() => {
      throw new Error('of a listener');
    });
    let closed = 0;
    const own: ip.ChangeSubscription = ip.onIpInterfaceChange(() => {
      closed++;
      void own.close();
    });
    for (const one of await listening()) await one.close();
    await thrown.close();
    return `closed after ${closed}`;
  },

  /** Workers that end while the system calls. */
  async workers() {
    const ends = ['return', 'exit', 'throw', 'terminate'] as const;
    for (const end of ends) await worker(end);
    await pause(300);
    return 'alive';
  },

  /** The mirror: a synchronous cancel would wait for its own thread. */
  async mirror() {
    let called = 0;
    const callback = ip.PIPFORWARD_CHANGE_CALLBACK.register(() => called++);
    const handle = w.ref(w.HANDLE);
    ip.NotifyRouteChange2.orThrow(w.AF_UNSPEC, callback, null, 0, handle);
    while (called === 0) await pause(10);
    // Until a callback waits for this thread.
    const until = Date.now() + 100;
    while (Date.now() < until);
    let code: unknown;
    try {
      ip.CancelMibChangeNotify2.orThrow(handle.value);
    } catch (error) {
      code = (error as { code?: string }).code;
    }
    await ip.CancelMibChangeNotify2.async(handle.value);
    callback.close();
    return code;
  },
};

if (isMainThread) {
  console.log(await WAYS[process.argv[2]!]!());
  clearInterval(alive);
} else {
  const subscriptions = await listening();
  parentPort!.postMessage(subscriptions.length);
  if (workerData === 'exit') process.exit();
  if (workerData === 'throw') throw new Error('of a worker');
  if (workerData === 'return') clearInterval(alive);
}
