// Threads that Wine has not: those of the system, which call, and stacks that lookups use.

import t from 'tap';
import { needsAsWindows, runAsWindows } from '../support/as-windows.ts';
import { allRuntimes, missingRuntime } from '../support/runtimes.ts';

t.setTimeout(300_000);

/** What cases/changes.ts prints, by what it is asked for. */
const CHANGES = {
  told: '3 told, 0 after closing',
  within: 'closed after 1',
  workers: 'alive',
  mirror: 'ERR_WINSOCK_WAITS_FOR_ITSELF',
};

for (const [name, executable] of allRuntimes) {
  const skip = needsAsWindows.skip || missingRuntime(name, executable);

  t.test(`${name}: lookups on other threads have stack enough`, { skip }, async (t) => {
    const script = new URL('cases/deep.ts', import.meta.url);
    for (const order of ['first', 'after']) {
      const { code, output, errors } = await runAsWindows(
        executable!,
        'deep-lookup',
        script,
        order,
      );
      t.same([code, output.split(/\r?\n/)], [0, ['4 found', '4 found in a worker']], errors);
    }
  });

  t.test(`${name}: changes that threads of the system tell of`, { skip }, async (t) => {
    const script = new URL('cases/changes.ts', import.meta.url);
    for (const [what, told] of Object.entries(CHANGES)) {
      const { code, output, errors } = await runAsWindows(executable!, 'callbacks', script, what);
      t.same([code, output], [0, told], `${what} ${errors}`);
    }
  });
}
