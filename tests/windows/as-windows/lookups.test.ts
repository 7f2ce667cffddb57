// Lookups without an answer: what else the program does meanwhile, and how they are given up.

import t from 'tap';
import { needsAsWindows, runAsWindows } from '../support/as-windows.ts';
import { allRuntimes, missingRuntime } from '../support/runtimes.ts';

/** What cases/slow-lookups.ts prints, by what it is asked for. */
const WAYS = {
  others: 'read, computed, found; 40 under way',
  signal: '40 x enough, then found',
  time: '40 x WSAETIMEDOUT, then found',
  exit: 'exit with 40 under way',
  worker: 'the worker has ended',
};

for (const [name, executable] of allRuntimes) {
  const skip = needsAsWindows.skip || missingRuntime(name, executable);
  t.test(`${name}: forty lookups without an answer hold nobody up`, { skip }, async (t) => {
    const script = new URL('cases/slow-lookups.ts', import.meta.url);
    for (const [way, expected] of Object.entries(WAYS)) {
      const { code, output, errors } = await runAsWindows(executable!, 'slow-lookup', script, way);
      t.same([code, output], [0, expected], `${way} ${errors}`);
    }
  });
}
