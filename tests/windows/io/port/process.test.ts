import t from 'tap';
import { inParallel } from '../../../../scripts/host/system/in-parallel.ts';
import { allRuntimes } from '../../support/runtimes.ts';
import { runCase } from '../support.ts';

t.setTimeout(300_000);

/** How a process ends with operations pending: its exit code, what it prints, and its complaint. */
const WAYS: Record<string, [code: number, output: RegExp, complaint?: RegExp]> = {
  'a listener of its end': [0, /^comes after$/],
  exit: [3, /^$/],
  'exit at once': [4, /^$/],
  'looking a name up': [6, /^$/],
  throw: [1, /^$/, /on purpose/],
  reject: [1, /^$/, /on purpose/],
  'port unreferenced': [0, /^$/],
  'sockets unreferenced': [0, /^$/],
  'unreferenced and closed': [0, /^WSA_OPERATION_ABORTED$/],
  'port closed': [0, /^0 pending$/],
  idle: [0, /^5 bytes$/],
  'kept by what is pending': [0, /^WSA_OPERATION_ABORTED$/],
  'several ports': [5, /^0 pending\s+0 pending$/],
  'in threads': [
    0,
    /exits after 5[\s\S]*closes its port after 5[\s\S]*throws after 5[\s\S]*on purpose in a thread[\s\S]*is terminated after 5[\s\S]*and 5 bytes here$/,
  ],
};

/** What the run times do differently; the rest is the same code. */
const EVERYWHERE = [
  'exit',
  'looking a name up',
  'throw',
  'port unreferenced',
  'kept by what is pending',
  'in threads',
];

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(`a process of ${name} ends with operations pending`, { skip }, async (t) => {
    const isThis = executable === process.execPath;
    const ways = Object.entries(WAYS).filter(([how]) => isThis || EVERYWHERE.includes(how));
    // Mostly they start and wait.
    await inParallel(ways, 2, async ([how, [code, output, complaint]]) => {
      const ended = await runCase(executable!, 'ends.ts', how);
      t.equal(ended.code, code, `${how}: ${ended.output}${ended.errors}`);
      t.match(ended.output.trim(), output, how);
      if (complaint) t.match(ended.errors, complaint, how);
    });
  });
}
