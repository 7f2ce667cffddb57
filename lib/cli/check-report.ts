// The report as text: a table, and a summary to paste.

import type { Checked, Report, Status } from '../tools/check/index.ts';
import { table } from './output.ts';

const MARKS: Readonly<Record<Status, string>> = {
  'as expected': ' ',
  differs: '≠',
  skipped: '–',
  broken: '!',
};

/** Facts, what is expected, and what was answered where that is something else. */
export function tableOf(facts: readonly Checked[]): string {
  const rows = facts.map(({ name, status, expected, answered }) => [
    MARKS[status],
    name,
    expected,
    status === 'as expected' && answered === expected ? 'the same' : `${prefix(status)}${answered}`,
  ]);
  return table(['', 'fact', 'expected', 'answered'], rows);
}

function prefix(status: Status): string {
  return status === 'skipped' || status === 'broken' ? `${status}: ` : '';
}

function count(facts: readonly Checked[], status: Status): number {
  return facts.filter((one) => one.status === status).length;
}

/** What a report to the project needs: the system, the counts, and what is not as expected. */
export function summaryOf({ system, as, seconds, facts, leftOut }: Report): string {
  const { name, build, wine, runtime, arch } = system;
  const where = wine === undefined ? name : `Wine ${wine}, as ${name}`;
  const counts = (['as expected', 'differs', 'skipped', 'broken'] as const).map(
    (status) => `${count(facts, status)} ${status}`,
  );
  const odd = facts.filter(({ status }) => status === 'differs' || status === 'broken');
  return [
    `winsock ${system.package} check: ${where}, build ${build}, ${arch}, ${runtime}`,
    `${facts.length} facts in ${seconds.toFixed(1)} s, held against ${as === 'wine' ? 'Wine' : 'Windows'}: ${counts.join(', ')}`,
    ...(leftOut > 0 ? [`${leftOut} slow ones left out; --all asks them too`] : []),
    ...odd.map(
      ({ name, status, expected, answered }) =>
        `${MARKS[status]} ${name}: expected ${expected}; ${status === 'broken' ? 'broken' : 'answered'}: ${answered}`,
    ),
  ].join('\n');
}
