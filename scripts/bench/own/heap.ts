/** How many bytes of its heap a server takes for a message, by what V8 tells of its garbage collections. */
import { readFileSync } from 'node:fs';
import type { Contender } from '../plan.ts';
import { OwnServer, rehearse, type Stage } from './server.ts';
import type { Work } from './works.ts';

/** A small young generation: what is taken is seen at each of its collections. */
const FLAGS = ['--trace-gc', '--min-semi-space-size=1', '--max-semi-space-size=1'];
const SECONDS = 0.5;
/** Megabytes before and after a collection. */
const COLLECTION = /: \S.*? (\d+\.\d) \(\d+\.\d\) -> (\d+\.\d) \(/;
const MEGABYTE = 1 << 20;

/** @returns bytes for one of the work; null where the run time does not tell, and where it is one message at a time */
export async function allocationOf(
  contender: Contender,
  work: Work,
  stage: Stage,
): Promise<number | null> {
  if (!contender.runtime?.startsWith('node') || work.pause >= 0) return null;
  const server = await OwnServer.start(contender, stage, FLAGS);
  try {
    const count = await rehearse(server, work, SECONDS);
    const said = () => readFileSync(server.server.output, 'utf8');
    const before = said().length;
    await server.run(work, count);
    return (takenIn(said().slice(before)) * MEGABYTE) / count;
  } finally {
    server.stop();
  }
}

/** Megabytes taken between the first and the last collection of a text. */
export function takenIn(text: string): number {
  let taken = 0;
  let after: number | undefined;
  for (const line of text.split('\n')) {
    const found = COLLECTION.exec(line);
    if (!found) continue;
    if (after !== undefined) taken += Math.max(0, Number(found[1]) - after);
    after = Number(found[2]);
  }
  return taken;
}
