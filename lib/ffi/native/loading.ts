/**
 * The end of the process while one of its threads has koffi make an object of JavaScript. A thread is ended wherever it
 * is; where it is within koffi, which is being loaded, binds a function or makes a view, koffi has an error that nobody
 * can be told of, and ends the process for it ("FATAL ERROR: Error::ThrowAsJavaScriptException napi_throw", exit code
 * 134). So the threads of a process note in memory that they share how many of them are there, and its end waits for
 * them. The main thread shares that memory when it loads koffi itself. A thread that is terminated by somebody is not
 * waited for here. Calls of functions make no objects.
 */
import { isMainThread } from './builtins.ts';
import { sharedWords } from './shared-words.ts';

const SHARED = 'winsock: loading';

/** Where in the shared memory: how many threads are there; when the last of them began; whether the process ends. */
const LOADING = 0;
const BEGAN = 1;
const ENDING = 2;
const WORDS = 3;

/** Loading takes tens of milliseconds. One that began so much earlier was terminated meanwhile. */
const LONGEST_SECONDS = 5;

let words: Int32Array | undefined;
/** Whether this thread is there already: what it loads may need something else. */
let isLoading = false;

const secondsNow = () => Math.trunc(Date.now() / 1000) | 0;

/** What all threads share, or this one has alone where the main thread has loaded nothing before. */
function share(): Int32Array {
  if (words) return words;
  // It is there, or is made.
  words = sharedWords(SHARED, WORDS, true)!;
  process.on('exit', awaitOthers);
  return words;
}

/** The threads that this one has begun end with it. */
function awaitOthers(): void {
  const shared = share();
  // Of a thread's own threads it is not known which they are: only the end of all keeps others from beginning.
  if (isMainThread()) Atomics.store(shared, ENDING, 1);
  for (;;) {
    const loading = Atomics.load(shared, LOADING);
    const left = LONGEST_SECONDS - (secondsNow() - Atomics.load(shared, BEGAN));
    if (loading === 0 || left <= 0) return;
    Atomics.wait(shared, LOADING, loading, left * 1000);
  }
}

/**
 * Has koffi load something, bind it, or make an object of it, so that the end of the process does not come between.
 *
 * @returns what `load` returns
 * @throws what `load` throws
 */
export function whileNothingEnds<T>(load: () => T): T {
  const shared = share();
  // The main thread is where the end comes from, and what it does then may load something still.
  if (isMainThread() || isLoading) return load();
  begin(shared);
  isLoading = true;
  try {
    return load();
  } finally {
    isLoading = false;
    end(shared);
  }
}

function begin(shared: Int32Array): void {
  Atomics.store(shared, BEGAN, secondsNow());
  Atomics.add(shared, LOADING, 1);
  if (Atomics.load(shared, ENDING) === 0) return;
  end(shared);
  // This thread is about to be ended, and then is so here.
  Atomics.wait(shared, ENDING, 1, LONGEST_SECONDS * 1000);
  Atomics.add(shared, LOADING, 1);
}

function end(shared: Int32Array): void {
  Atomics.sub(shared, LOADING, 1);
  Atomics.notify(shared, LOADING);
}
