// The process in which facts are asked, one after the other. It says on its standard output, line by line,
// which it begins and what came of it, so that whoever started it knows the one that it may end with.

import { writeSync } from 'node:fs';
import * as w from '../../index.ts';
import { factsByName } from './catalog.ts';
import { type Fact, Skipped } from './fact.ts';
import type { Line, Outcome } from './outcome.ts';
import { Session } from './session.ts';

function say(line: Line): void {
  // At once, and not when the event loop turns next: the process may not live that long.
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function outcomeOf(fact: Fact): Promise<Outcome> {
  const session = new Session();
  try {
    const answered = await fact.ask(session);
    await session.end();
    return { answered };
  } catch (error) {
    await session.end().catch(() => undefined);
    if (error instanceof Skipped) return { skipped: error.message };
    return { broken: error instanceof Error ? error.message : String(error) };
  }
}

const known = factsByName();
w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
for (const name of process.argv.slice(2)) {
  const fact = known.get(name);
  if (!fact) continue;
  say({ begins: name });
  const began = performance.now();
  const outcome = await outcomeOf(fact);
  say({ ended: name, milliseconds: Math.round(performance.now() - began), outcome });
}
// What a fact may have left running is no reason to stay.
process.exit();
