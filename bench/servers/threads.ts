/**
 * The servers of wrapper.ts, in threads that share nothing: each has a completion port of its own.
 * `threads.ts PORT COUNT [events]`
 *
 * All of them listen on the same port number, which only the stand-in of bench/c/own allows.
 */
import { Worker } from 'node:worker_threads';

const [port = '', count = '', ...more] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) {
  new Worker(new URL('./wrapper.ts', import.meta.url), { argv: [port, ...more] });
}
