/**
 * The end of a thread while it has koffi make an object of JavaScript. A thread is ended wherever it is; where it is
 * within koffi, which is being loaded, binds a function or makes a view, koffi has an error that nobody can be told of,
 * and ends the process for it ("FATAL ERROR: Error::ThrowAsJavaScriptException napi_throw", exit code 134). So the
 * threads of a process note in memory that they share how many of them are there, and its end waits for them, as does
 * `worker.terminate()`. Calls of functions make no objects.
 *
 * The main thread shares that memory when it loads koffi itself, or when it imports this package and can begin threads
 * then. Where it has done neither, the threads share it without it, and it does not wait.
 */
import type { Worker } from 'node:worker_threads';
import { isBuiltInLoaded, isMainThread } from './builtins.ts';
import { sharedWords } from './shared-words.ts';

const SHARED = 'winsock: in koffi';

/**
 * Where in the shared memory: how many threads are there; when the last of them began; whether the process ends; until
 * when none may begin because one is being terminated.
 */
const THERE = 0;
const BEGAN = 1;
const ENDING = 2;
const CLOSED_UNTIL = 3;
const WORDS = 4;

/**
 * It takes tens of milliseconds at most. A thread that began so much earlier was terminated meanwhile, as was one that
 * has been terminating another for so long.
 */
const LONGEST_MILLISECONDS = 5000;

/** A thread that is terminated runs on until it looks whether it is, which it does while it waits to begin. */
const LOOKING_MILLISECONDS = 20;

let words: Int32Array | undefined;
/** Whether this thread is there already: what it loads may need something else. */
let isThere = false;

/** In milliseconds, of which the lower 32 bits tell what is earlier. */
const now = () => Date.now() | 0;

/** What all threads share, or this one has alone where the main thread has none. */
function share(): Int32Array {
  if (words) return words;
  // It is there, or is made.
  words = sharedWords(SHARED, WORDS, true)!;
  process.on('exit', endOthers);
  // Bun is not ended by it.
  if (process.versions.bun === undefined) process.on('worker', terminateLater);
  return words;
}

// A thread gets what there is when it is begun. To load what threads are begun by would make each import slower.
if (process.platform === 'win32' && isBuiltInLoaded('worker_threads')) share();

/** The threads that this one has begun end with it. */
function endOthers(): void {
  const shared = share();
  // Of a thread's own threads it is not known which they are: only the end of all keeps others from beginning.
  if (isMainThread()) Atomics.store(shared, ENDING, 1);
  awaitOthers(shared);
}

function awaitOthers(shared: Int32Array): void {
  for (;;) {
    const there = Atomics.load(shared, THERE);
    const left = LONGEST_MILLISECONDS - ((now() - Atomics.load(shared, BEGAN)) | 0);
    if (there === 0 || left <= 0) return;
    Atomics.wait(shared, THERE, there, left);
  }
}

/** Has a thread that was begun be terminated when none is in koffi: which of them it is, is not known. */
function terminateLater(worker: Worker): void {
  const { terminate } = worker;
  worker.terminate = () => {
    const shared = share();
    Atomics.store(shared, CLOSED_UNTIL, (now() + LONGEST_MILLISECONDS) | 0);
    awaitOthers(shared);
    try {
      return Reflect.apply(terminate, worker, []);
    } finally {
      Atomics.store(shared, CLOSED_UNTIL, (now() + LOOKING_MILLISECONDS) | 0);
      Atomics.notify(shared, CLOSED_UNTIL);
    }
  };
}

/**
 * Has koffi load something, bind it, or make an object of it, so that the end of this thread does not come between.
 *
 * @returns what `load` returns
 * @throws what `load` throws
 */
export function whileNothingEnds<T>(load: () => T): T {
  const shared = share();
  // The main thread is where the end comes from, and what it does then may load something still.
  if (isMainThread() || isThere) return load();
  begin(shared);
  isThere = true;
  try {
    return load();
  } finally {
    isThere = false;
    end(shared);
  }
}

function begin(shared: Int32Array): void {
  for (;;) {
    Atomics.store(shared, BEGAN, now());
    Atomics.add(shared, THERE, 1);
    const isEnding = Atomics.load(shared, ENDING) !== 0;
    const until = Atomics.load(shared, CLOSED_UNTIL);
    const left = (until - now()) | 0;
    const isClosed = left > 0 && left <= LONGEST_MILLISECONDS;
    if (!isEnding && !isClosed) return;
    end(shared);
    // This thread may be the one that is about to be ended, and then is so here.
    if (isEnding) break;
    Atomics.wait(shared, CLOSED_UNTIL, until, left);
  }
  Atomics.wait(shared, ENDING, 1, LONGEST_MILLISECONDS);
  Atomics.add(shared, THERE, 1);
}

function end(shared: Int32Array): void {
  Atomics.sub(shared, THERE, 1);
  Atomics.notify(shared, THERE);
}
