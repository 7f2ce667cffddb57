/** Lookups of names whose servers never answer. */
import { pbkdf2 } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { resolve } from 'winsock/io';

/** Many times the threads that the run time has for what blocks. */
const MANY = 40;

let ended = 0;
const lookUp = (options = {}) =>
  Array.from({ length: MANY }, (_, i) =>
    resolve(`slow.${i}.example`, options)
      .catch((error) => error)
      .finally(() => ended++),
  );

/** What all of them have failed with. */
async function failures(lookups: Promise<{ code?: string; message?: string }>[]): Promise<string> {
  const kinds = new Set((await Promise.all(lookups)).map(({ code, message }) => code ?? message));
  return `${lookups.length} x ${[...kinds].join(' or ')}`;
}

const findsOthers = async () =>
  (await resolve('127.0.0.1'))[0]?.address === '127.0.0.1' ? 'found' : 'not found';

const WAYS: Readonly<Record<string, () => Promise<string>>> = {
  /** Nothing that needs a thread of the run time's waits for them. */
  async others() {
    lookUp();
    await readFile(process.execPath, { flag: 'r' }).then(({ length }) => length);
    await promisify(pbkdf2)('a word', 'salt', 1, 16, 'sha256');
    return `read, computed, ${await findsOthers()}; ${MANY - ended} under way`;
  },
  async signal() {
    const controller = new AbortController();
    const lookups = lookUp({ signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    return `${await failures(lookups)}, then ${await findsOthers()}`;
  },
  async time() {
    return `${await failures(lookUp({ timeout: 50 }))}, then ${await findsOthers()}`;
  },
  async exit() {
    lookUp();
    return `exit with ${MANY - ended} under way`;
  },
  async worker() {
    const worker = new Worker(new URL(import.meta.url));
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    return 'the worker has ended';
  },
};

if (isMainThread) {
  const told = await WAYS[process.argv[2]!]!();
  process.stdout.write(told, () => process.exit(0));
} else {
  lookUp();
  await findsOthers();
  parentPort!.postMessage('looking');
}
