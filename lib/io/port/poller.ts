/**
 * The thread that waits on a completion port while its JavaScript thread has nothing to do.
 *
 * The poller is inside GetQueuedCompletionStatusEx only while it holds the baton, and gives the baton up
 * with every batch, so one wake-up of the JavaScript thread serves the whole batch, and the batch
 * is not overwritten before it was read.
 */
import { workerData } from 'node:worker_threads';
import type { Binding } from '../../ffi/calls/unchecked.ts';
import type { NativeFunction } from '../../ffi/native/kernel32.ts';
import { loadKoffiFrom } from '../../ffi/native/koffi.ts';
import { bindNative, bindSystem } from '../../ffi/native/native.ts';
import { GetLastError } from '../../ffi/windows.g.ts';
import {
  BATCH,
  COUNT,
  ERROR,
  HOLDER,
  HOLDER_IS_OWNER,
  HOLDER_IS_POLLER,
  type PollerStart,
  READY,
  STOP,
  TIMES_OFFSET,
} from './baton-state.ts';

const {
  koffi,
  control,
  port,
  entriesAddress,
  countAddress,
  milliseconds,
  binding,
  timedOut,
  loaded,
  timed,
} = workerData as PollerStart;
loadKoffiFrom(koffi);
const state = new Int32Array(control);
const times = new BigInt64Array(control, TIMES_OFFSET, 2);
const dequeue = bind(binding);
const lastError = bindSystem(GetLastError);

function bind({ dll, name, result, parameters }: Binding): NativeFunction {
  return bindNative(dll, name, result, parameters);
}

function handOver(): void {
  Atomics.store(state, HOLDER, HOLDER_IS_OWNER);
  Atomics.notify(state, HOLDER);
}

if (loaded) bind(loaded.binding)(loaded.event);
Atomics.store(state, READY, 1);
while (Atomics.load(state, STOP) === 0) {
  if (Atomics.load(state, HOLDER) !== HOLDER_IS_POLLER) {
    Atomics.wait(state, HOLDER, HOLDER_IS_OWNER);
    continue;
  }
  state[COUNT] = 0;
  if (timed) times[0] = process.hrtime.bigint();
  const ok = dequeue(port, entriesAddress, BATCH, countAddress, milliseconds, 0);
  if (timed) times[1] = process.hrtime.bigint();
  if (ok !== 0) {
    handOver();
    continue;
  }
  // GetLastError gives a DWORD.
  const code = lastError() as number;
  if (code === timedOut) continue;
  // The port was closed under us, or worse: nothing more can arrive through it.
  state[COUNT] = 0;
  state[ERROR] = code;
  handOver();
  break;
}
