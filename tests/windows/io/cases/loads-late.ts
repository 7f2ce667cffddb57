/**
 * A process or a thread that ends, in the way that the first argument tells, while a thread of its is in koffi: the
 * poller, or one of its own. The second argument says in which function, or that koffi is being loaded. That thread
 * prints "over" when it has come back.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { threadsBeginWith } from './threads-begin-with.ts';

const LATE_MILLISECONDS = 500;

const where: string = isMainThread ? process.argv[3] : workerData.where;

if (isMainThread) await main(process.argv[2]!);
else if (workerData.way === 'terminate') await serve(workerData.late);
else await useAll();

async function main(way: string): Promise<void> {
  const late = new Int32Array(new SharedArrayBuffer(8));
  const { CompletionPort } = await import('winsock/io');
  // A thread that has imported the package and makes no call terminates others all the same.
  const completionPort = way === 'terminate user' ? undefined : new CompletionPort();
  if (way === 'user' || way === 'terminate user') beLate(late);
  const worker = ['user', 'terminate', 'terminate user'].includes(way)
    ? new Worker(new URL(import.meta.url), { workerData: { way, where, late } })
    : undefined;
  if (!worker) await serve(late);
  while (Atomics.load(late, 0) === 0) await new Promise(setImmediate);
  if (way === 'throw') throw new Error('on purpose');
  if (way.startsWith('terminate')) await worker!.terminate();
  if (way === 'close') void completionPort!.close();
  setImmediate(() => process.exit());
}

/** Has this thread use all that koffi makes objects by. */
async function useAll(): Promise<void> {
  const winsock = await import('winsock');
  const { gethostbyname, LPCONDITIONPROC, MAKEWORD, WSADATA, WSAStartup } = winsock;
  WSAStartup.orThrow(MAKEWORD(2, 2), new WSADATA());
  Atomics.store(workerData.late, 1, 1);
  gethostbyname('localhost')?.h_name;
  LPCONDITIONPROC.at(LPCONDITIONPROC.register(() => 0).address);
}

/** Has a server of this thread get its poller, which takes its time. */
async function serve(late: Int32Array): Promise<void> {
  beLate(late);
  const { createServer } = await import('winsock/io');
  createServer().listen({ host: '127.0.0.1' });
}

/** Has every thread that is begun here take its time in that function of koffi; the first word is 1 when one is there. */
function beLate(word: Int32Array): void {
  const program = `{
    const { workerData: { late: word } } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    const { dlopen } = process;
    const where = ${JSON.stringify(where)};
    const late = (call) => (...args) => {
      // The first view belongs to the binding of functions.
      if (where === 'view' && Atomics.load(word, 1) === 0) return call(...args);
      Atomics.store(word, 0, 1);
      Atomics.wait(word, 0, 1, ${LATE_MILLISECONDS});
      const result = call(...args);
      writeSync(1, 'over');
      return result;
    };
    const load = (...args) => {
      dlopen.apply(process, args);
      if (where === 'load') return;
      const [{ exports: koffi }] = args;
      koffi[where] = late(koffi[where]);
    };
    process.dlopen = where === 'load' ? late(load) : load;
  }`;
  threadsBeginWith(program, { late: word });
}
