/**
 * Makes calls that fail while timers, garbage collection and file writes go on, and checks the last
 * error after each, in all three flavours of a call, on the main thread and in two workers at once.
 * Prints the counts of wrong answers.
 *
 *   last-error.ts CALLS
 */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads';
import * as w from 'winsock';

const calls = Number(isMainThread ? (process.argv[2] ?? 1000) : workerData);

/** Calls that fail, each with its own code. */
const failing: readonly (readonly [call: () => unknown, code: number])[] = [
  [() => w.closesocket(0xdead), w.WSAENOTSOCK],
  [() => w.socket(9999, w.SOCK_STREAM, 0), w.WSAEAFNOSUPPORT],
  [() => w.WSASetLastError(w.WSAECONNRESET), w.WSAECONNRESET],
  [
    () => w.WSAStringToAddressW('none', w.AF_INET, null, Buffer.alloc(16), w.ref(w.int, 16)),
    w.WSAEINVAL,
  ],
];

function thrownCode(): number | undefined {
  try {
    w.closesocket.orThrow(0xdead);
  } catch (error) {
    return (error as w.WinsockError).errno;
  }
  return undefined;
}

/** The code of a call on another thread; this thread's own error must stay as it was. */
async function rejectedCode(): Promise<number | undefined> {
  w.WSASetLastError(w.WSAEINTR);
  const code = await w.closesocket.async(0xdead).then(
    () => undefined,
    (error: w.WinsockError) => error.errno,
  );
  return w.WSAGetLastError() === w.WSAEINTR ? code : undefined;
}

/** Makes system calls of the run time's own fail and its collector run. */
function disturb(file: string, garbage: unknown[], i: number): void {
  garbage.push(new Array(64).fill(i), Buffer.alloc(256));
  if (i % 1000 !== 0) return;
  garbage.length = 0;
  writeFileSync(file, String(i));
  try {
    writeFileSync(join(file, 'below-a-file'), '');
  } catch {
    // That it fails is the point.
  }
  (globalThis as { gc?: () => void }).gc?.();
  (globalThis as { Bun?: { gc(force: boolean): void } }).Bun?.gc(true);
}

async function stress(): Promise<number> {
  const file = join(tmpdir(), `winsock-last-error-${process.pid}-${threadId}`);
  const garbage: unknown[] = [];
  let timers = 0;
  const timer = setInterval(() => timers++, 1);
  let wrong = 0;
  for (let i = 0; i < calls; i++) {
    const [call, code] = failing[i % failing.length]!;
    call();
    if (i % 16 === 0) disturb(file, garbage, i);
    if (i % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    if (i % 7 === 0) w.htons(i & 0xffff);
    if (w.WSAGetLastError() !== code) wrong++;
    if (i % 11 === 0 && thrownCode() !== w.WSAENOTSOCK) wrong++;
    if (i % 500 === 0 && (await rejectedCode()) !== w.WSAENOTSOCK) wrong++;
  }
  clearInterval(timer);
  rmSync(file, { force: true });
  if (timers === 0) throw new Error('no timer ran in between');
  return wrong;
}

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
if (isMainThread) {
  const others = [1, 2].map(
    () =>
      new Promise<number>((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: calls });
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
  );
  const wrong = await stress();
  console.log(JSON.stringify({ calls, wrong, wrongInWorkers: await Promise.all(others) }));
} else {
  const { parentPort } = await import('node:worker_threads');
  parentPort!.postMessage(await stress());
}
