// Runs files of Node's tests on the Windows run time that runs this, some at a time, and prints a line of
// JSON for each that has ended.
//
//   node drive.mjs PLAN        with {width, limit, jobs: [{id, file, args, env}]} in the file PLAN
//
// A process of its own for each, with Windows pipes as its output, as Node's own runner gives them.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** So much of the end of what a file has printed is kept. */
const KEPT = 6000;

/** What the file has started may hold its output open; it is not waited for longer. */
const GRACE = 500;

const { width, limit, jobs } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// Ours are for this program, not for the tests.
const { NODE_OPTIONS, WINSOCK_PRELOAD_NODE, WINSOCK_PRELOAD_BUN, ...environment } = process.env;

/** Ports and folders that no other run on this computer has. */
const first = 20_000 + (process.pid % 100) * 100;

async function work(slot) {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const started = performance.now();
    const result = await run(job, slot);
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`${JSON.stringify({ id: job.id, seconds, ...result })}\n`);
  }
}

function run({ file, args, env }, slot) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args, file], {
      cwd: path.dirname(file),
      env: {
        ...environment,
        ...env,
        NODE_COMMON_PORT: String(first + 50 * slot),
        TEST_THREAD_ID: `${process.pid}-${slot}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-KEPT);
      });
    }
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill();
    }, limit * 1000);
    child.on('error', (error) => resolve({ code: -1, timedOut, output: String(error) }));
    child.on('exit', (code) => {
      clearTimeout(timer);
      const done = () => resolve({ code, timedOut, output });
      const grace = setTimeout(done, GRACE);
      child.on('close', () => {
        clearTimeout(grace);
        done();
      });
    });
  });
}

await Promise.all(Array.from({ length: width }, (_, slot) => work(slot)));
