/** A thread that posts packets to a port of another: COUNT of them, with a PAUSE of milliseconds before each. */
import { workerData } from 'node:worker_threads';
import { PostQueuedCompletionStatus } from 'winsock/kernel';

const { handle, count, pause } = workerData as { handle: number; count: number; pause: number };
const never = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < count; i++) {
  Atomics.wait(never, 0, 0, pause);
  PostQueuedCompletionStatus.orThrow(handle, i, 0, null);
}
