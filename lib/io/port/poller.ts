/**
 * The thread that waits on a completion port while its JavaScript thread has nothing to do.
 *
 * It is inside GetQueuedCompletionStatusEx only while it holds the baton, and gives the baton up
 * with every batch, so one wake-up of the JavaScript thread serves the whole batch, and the batch
 * is not overwritten before it was read.
 */
import { workerData } from 'node:worker_threads';
import { bindNative } from '../../ffi/native/native.ts';
import { DEQUEUE_SIGNATURE } from '../calls/hot.ts';
import {
  BATCH,
  COUNT,
  ERROR,
  type PollerStart,
  STOP,
  TURN,
  TURN_OF_POLLER,
} from './baton-state.ts';

const WAIT_TIMEOUT = 258;

const { control, port, entriesAddress, countAddress, milliseconds } = workerData as PollerStart;
const state = new Int32Array(control);
const dequeue = bindNative('kernel32', 'GetQueuedCompletionStatusEx', 'int32_t', DEQUEUE_SIGNATURE);
const lastError = bindNative('kernel32', 'GetLastError', 'uint32_t', []);

function handOver(): void {
  Atomics.store(state, TURN, 0);
  Atomics.notify(state, TURN);
}

while (Atomics.load(state, STOP) === 0) {
  if (Atomics.load(state, TURN) !== TURN_OF_POLLER) {
    Atomics.wait(state, TURN, 0);
    continue;
  }
  state[COUNT] = 0;
  if (dequeue(port, entriesAddress, BATCH, countAddress, milliseconds, 0) !== 0) {
    handOver();
    continue;
  }
  const code = lastError() as number;
  if (code === WAIT_TIMEOUT) continue;
  // The port was closed under us, or worse: nothing more can arrive through it.
  state[COUNT] = 0;
  state[ERROR] = code;
  handOver();
  break;
}
