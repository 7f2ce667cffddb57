/**
 * A server on one I/O model, as a process of its own: `model-server MODEL`. Prints `ready PORT`, or
 * `lacks REASON` where this system does not have the model, and ends with its lifeline.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import type { ThreadData } from './blocking.ts';
import type { ListeningSocket } from './listener.ts';
import { COMPARED_MODELS, type ComparedModel } from './names.ts';

type ReadyServe = (listening: ListeningSocket) => never;

const ready = {
  select: async () => (await import('./select.ts')).serve,
  poll: async () => (await import('./poll.ts')).serve,
  event: async () => (await import('./event.ts')).serve,
  overlapped: async () => (await import('./overlapped.ts')).serve,
} as const satisfies Partial<Record<ComparedModel, () => Promise<ReadyServe>>>;

const loops = {
  port: async () => (await import('./port.ts')).serve(),
  net: async () => (await import('./net.ts')).serve(),
  rio: async () => (await import('./rio.ts')).serve(),
} as const satisfies Partial<Record<ComparedModel, () => Promise<number>>>;

/** Says something before a call that blocks the thread for good. */
function say(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${text}\n`, () => resolve());
  });
}

async function serveModel(model: ComparedModel): Promise<void> {
  if (model === 'port' || model === 'net' || model === 'rio') {
    await say(`ready ${await loops[model]()}`);
    return;
  }
  const { listenOnLoopback } = await import('./listener.ts');
  const listening = listenOnLoopback();
  if (model === 'blocking') {
    const { serve } = await import('./blocking.ts');
    await say(`ready ${listening.port}`);
    await serve(listening, new URL(import.meta.url));
    return;
  }
  const serve: ReadyServe = await ready[model]();
  await say(`ready ${listening.port}`);
  serve(listening);
}

async function main(): Promise<void> {
  const model = COMPARED_MODELS.find((one) => one === process.argv[2]);
  if (!model) throw new Error(`there is no model ${process.argv[2]}`);
  try {
    await serveModel(model);
  } catch (error) {
    const { syscall, code, message } = error as NodeJS.ErrnoException;
    await say(`lacks ${syscall && code ? `${syscall}: ${code}` : message}`);
    process.exit(0);
  }
}

if (isMainThread) await main();
else (await import('./blocking.ts')).serveConnection(workerData as ThreadData);
