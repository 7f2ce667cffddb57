// All topics, in the order in which they are shown.

import type { Fact, Topic } from './fact.ts';
import { cancelAndClose } from './facts/cancel-close.ts';
import { completion } from './facts/completion.ts';
import { datagrams } from './facts/datagrams.ts';
import { errors } from './facts/errors.ts';

export const TOPICS: readonly Topic[] = [errors, completion, cancelAndClose, datagrams];

/** Every fact under its full name: 'datagrams/unbound-receive'. */
export function factsByName(): Map<string, Fact> {
  return new Map(
    TOPICS.flatMap(({ name, facts }) => facts.map((fact) => [`${name}/${fact.id}`, fact] as const)),
  );
}
