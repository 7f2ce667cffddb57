// What `winsock check` does: asks the system at hand for the facts that programs and this package rely on.

import { factsByName, TOPICS } from './catalog.ts';
import type { Fact } from './fact.ts';
import type { Outcome } from './outcome.ts';
import { type Asked, askAll } from './runner.ts';
import { expectedOf, type System, thisSystem, type Whose } from './system.ts';

export { TOPICS } from './catalog.ts';
export type { AnswerSince, Expected, Fact, Source, Topic } from './fact.ts';
export { answerOf, type System, type Whose } from './system.ts';

export type Status = 'as expected' | 'differs' | 'skipped' | 'broken';

export interface Checked {
  readonly name: string;
  readonly api: string;
  readonly says: string;
  readonly expected: string;
  readonly status: Status;
  /** What came of it: the answer, or the reason why there is none. */
  readonly answered: string;
  readonly milliseconds: number;
}

export interface CheckOptions {
  /** Names of topics, or of facts; all where there are none. */
  readonly names?: readonly string[];
  /** The slow ones too. */
  readonly all?: boolean;
  /** Whose answers are expected: those of the system at hand where it is left out. */
  readonly as?: Whose | undefined;
  /** Called with each fact as it was asked. */
  readonly onChecked?: (checked: Checked, done: number, of: number) => void;
}

export interface Report {
  readonly system: System;
  readonly as: Whose;
  readonly seconds: number;
  readonly facts: readonly Checked[];
  /** How many slow facts were left out. */
  readonly leftOut: number;
}

/** The facts that a list of names means; undefined for a name that means none. */
export function factsOf(names: readonly string[]): Map<string, Fact> | undefined {
  const all = factsByName();
  if (names.length === 0) return all;
  const unknown = names.find(
    (name) => !all.has(name) && !TOPICS.some((topic) => topic.name === name),
  );
  if (unknown !== undefined) return undefined;
  const wanted = (full: string) => names.includes(full) || names.includes(full.split('/')[0] ?? '');
  return new Map([...all].filter(([full]) => wanted(full)));
}

export function judged(
  fact: Fact,
  outcome: Outcome,
  expected: readonly string[],
): [Status, string] {
  if ('skipped' in outcome) return ['skipped', outcome.skipped];
  if ('broken' in outcome) {
    // Where it is known that a system crashes or hangs, this is its answer.
    return [expected.includes(outcome.broken) ? 'as expected' : 'broken', outcome.broken];
  }
  // A Wine that answers as Windows has caught up.
  const asWindows =
    typeof fact.windows === 'string'
      ? [fact.windows]
      : fact.windows.slice(-1).map((one) => one.answer);
  const fits = expected.includes(outcome.answered) || asWindows.includes(outcome.answered);
  return [fits ? 'as expected' : 'differs', outcome.answered];
}

export async function check(options: CheckOptions = {}): Promise<Report> {
  const began = performance.now();
  const system = thisSystem();
  const as = options.as ?? (system.wine === undefined ? 'windows' : 'wine');
  const facts = factsOf(options.names ?? []) ?? new Map<string, Fact>();
  const chosen = [...facts].filter(([, { slow }]) => options.all || !slow);
  const checked = new Map<string, Checked>();

  const tell = ({ name, outcome, milliseconds }: Asked) => {
    const fact = facts.get(name);
    if (!fact) return;
    const expected = expectedOf(fact, as, system.build);
    const [status, answered] = judged(fact, outcome, expected);
    const { api, says } = fact;
    const one = {
      name,
      api,
      says,
      expected: expected.join(' or '),
      status,
      answered,
      milliseconds,
    };
    checked.set(name, one);
    options.onChecked?.(one, checked.size, chosen.length);
  };
  const questions = chosen.map(([name, { slow = false, alone = false }]) => {
    return { name, slow, alone };
  });
  await askAll(questions, tell);
  return {
    system,
    as,
    seconds: (performance.now() - began) / 1000,
    facts: chosen.flatMap(([name]) => checked.get(name) ?? []),
    leftOut: facts.size - chosen.length,
  };
}
