// npm run coverage [-- --json | --unmeasured]: where every name of the headers and of the documentation
// went, or which pointers and counts nothing measures.

import { coverage } from '../generate/coverage.ts';
import { NO_MINIMUM, NOT_TAKEN } from '../generate/overlays/left-out.ts';
import { unmeasured } from '../generate/unmeasured.ts';

export async function run(args: string[]): Promise<number> {
  const unknown = args.find((argument) => !['--json', '--unmeasured'].includes(argument));
  if (unknown) {
    console.error(
      `unknown argument '${unknown}'; there is: npm run coverage [-- --json | --unmeasured]`,
    );
    return 2;
  }
  if (args.includes('--unmeasured')) return printUnmeasured();
  const { headers, documented } = await coverage();
  if (args.includes('--json')) {
    console.log(JSON.stringify({ headers, documented }, null, 2));
    return 0;
  }
  const total = {
    header: 'all',
    names: 0,
    bound: 0,
    macros: 0,
    inlines: 0,
    leftOut: 0,
    missing: 0,
  };
  console.log(row(['header', 'names', 'bound', 'macro', 'inline', 'left out', 'missing']));
  for (const one of headers) {
    const leftOut = Object.keys(one.leftOut).length;
    const missing = one.missing.length;
    console.log(row([one.header, one.names, one.bound, one.macros, one.inlines, leftOut, missing]));
    total.names += one.names;
    total.bound += one.bound;
    total.macros += one.macros;
    total.inlines += one.inlines;
    total.leftOut += leftOut;
    total.missing += missing;
  }
  console.log(row(Object.values(total)));
  console.log();
  console.log(row(['documented', 'names', 'exported', '', '', 'left out', 'missing']));
  for (const one of documented) {
    const leftOut = Object.keys(one.leftOut).length;
    console.log(row([one.section, one.names, one.exported, '', '', leftOut, one.missing.length]));
  }
  printReasons([...headers, ...documented].map(({ leftOut }) => leftOut));
  console.log('\nNot taken from the Windows SDK:');
  for (const { names, reason } of NOT_TAKEN) console.log(`  ${reason}: ${names}`);
  console.log('\nWithout a first Windows:');
  for (const { names, reason } of NO_MINIMUM) console.log(`  ${reason}: ${names}`);
  const missing = [...headers, ...documented].some((one) => one.missing.length > 0);
  console.log(missing ? '\nMissing (all of them with --json):' : '\nNothing is missing.');
  for (const one of [...headers, ...documented]) {
    const { length } = one.missing;
    const name = 'header' in one ? `${one.header}.h` : one.section;
    const more = length > 8 ? ` … ${length - 8} more` : '';
    if (length > 0) console.log(`  ${name}: ${one.missing.slice(0, 8).join(' ')}${more}`);
  }
  return 0;
}

/** The list, by reason; fails where one has none. */
async function printUnmeasured(): Promise<number> {
  const byReason = new Map<string, string[]>();
  for (const { name, reason = 'no reason' } of await unmeasured()) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  for (const [reason, names] of byReason) console.log(`${reason}:\n  ${names.join(' ')}`);
  return byReason.has('no reason') ? 1 : 0;
}

function row(cells: (string | number)[]): string {
  return cells
    .map((cell, index) => (index === 0 ? `${cell}`.padEnd(20) : `${cell}`.padStart(9)))
    .join('');
}

function printReasons(lists: Record<string, string>[]): void {
  const byReason = new Map<string, Set<string>>();
  for (const [name, reason] of lists.flatMap((list) => Object.entries(list))) {
    const names = byReason.get(reason) ?? new Set<string>();
    byReason.set(reason, names.add(name));
  }
  console.log('\nLeft out:');
  for (const [reason, names] of [...byReason].sort()) {
    console.log(`  ${reason}: ${[...names].sort().join(' ')}`);
  }
}
