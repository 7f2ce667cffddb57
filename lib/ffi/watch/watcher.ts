/** WINSOCK_CHECK=1: the code that watches what a program does with its memory, loaded only then. */
import type { Call, Definition } from '../calls/definition.ts';
import type { Prepared } from '../calls/prepare.ts';
import { isForeign } from '../memory/foreign.ts';
import { markGone } from '../memory/freed.ts';
import { reachableFrom } from '../memory/kept.ts';
import { addressOf, bytesOf, isMemory } from '../memory/memory.ts';
import { pin } from '../memory/pinned.ts';
import { onView } from '../memory/views.ts';
import { createRequire, HERE } from '../native/here.ts';
import { isWatched } from '../native/settings.ts';

export interface Watcher {
  /** The function with a look at each of its calls. */
  watch(call: Call, definition: Definition, prepared: Prepared): Call;
}

/**
 * What this package knows of memory. The file of the watcher is built alone, so that those who do not ask
 * for it load nothing of it, and has no such knowledge of its own.
 */
const memory = {
  addressOf,
  bytesOf,
  isForeign,
  isMemory,
  markGone,
  onView,
  pin,
  reachableFrom,
};
export type KnownMemory = typeof memory;

let loaded: Watcher | undefined;

/** What watches; undefined where nobody asked for it. */
export function watcher(): Watcher | undefined {
  if (!isWatched) return undefined;
  if (!loaded) {
    const { watcherOf } = createRequire(HERE)('./watch.js') as {
      watcherOf(known: KnownMemory): Watcher;
    };
    loaded = watcherOf(memory);
  }
  return loaded;
}
