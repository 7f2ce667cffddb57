// A thread that reads from a pipe nobody writes to, until another thread cancels that.
import { parentPort, workerData } from 'node:worker_threads';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

const pipe = workerData as w.HANDLE;
parentPort!.postMessage({ thread: k.GetCurrentThreadId() });
const memory = new Uint8Array(new ArrayBuffer(8));
const result = k.ReadFile(pipe, memory, memory.length, w.ref(w.DWORD), null);
parentPort!.postMessage({ result, error: k.GetLastError() });
