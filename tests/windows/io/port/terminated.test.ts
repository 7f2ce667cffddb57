/** Workers that end with sockets open and operations pending, and the memory that the system has of theirs. */
import t from 'tap';
import { allRuntimes, bothEngines, missingRuntime } from '../../support/runtimes.ts';
import { runCase } from '../support.ts';

t.setTimeout(400_000);
// Mostly their programs start and wait.
t.jobs = 2;

const WAYS = {
  receives: 'alive',
  writes: 'right',
  sends: 'right',
  'reads a file': 'open',
  terminate: 'free',
  exit: 'free',
  throw: 'free',
};

/** What becomes of memory that is changed while the system may have it. */
const MEMORY = {
  send: '0 changed',
  write: '0 changed',
  receive: '0 changed, then whole',
};

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(
    `${name}: a worker's end frees its sockets and touches no memory`,
    { skip, buffered: true },
    async (t) => {
      for (const [way, output] of Object.entries(WAYS)) {
        const ended = await runCase(executable!, 'terminated.ts', way);
        t.equal(ended.code, 0, `${way}: ${ended.errors}`);
        t.equal(ended.output.trim(), output, way);
      }
    },
  );

  t.test(
    `${name}: a worker that listens has bound all that it calls`,
    { skip, buffered: true },
    async (t) => {
      const ended = await runCase(executable!, 'binds-early.ts');
      t.equal(ended.code, 0, ended.errors);
      t.equal(ended.output.trim(), 'later:');
    },
  );

  t.test(
    `${name}: what the system has of a worker is not JavaScript's memory`,
    { skip, buffered: true },
    async (t) => {
      for (const [how, output] of Object.entries(MEMORY)) {
        const ended = await runCase(executable!, 'worker-memory.ts', how);
        t.equal(ended.code, 0, `${how}: ${ended.errors}`);
        t.equal(ended.output.trim(), output, how);
      }
    },
  );
}

for (const [name, executable] of bothEngines) {
  const skip = missingRuntime(name, executable);
  t.test(
    `${name}: nor does what it was about to close stay open`,
    { skip, buffered: true },
    async (t) => {
      const ended = await runCase(executable!, 'terminated.ts', 'closes');
      t.equal(ended.code, 0, ended.errors);
      t.equal(ended.output.trim(), 'closed');
    },
  );
}
