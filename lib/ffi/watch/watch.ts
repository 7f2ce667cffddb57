/**
 * WINSOCK_CHECK=1: looks at what a program does with memory that the system has. It holds what overlapped
 * operations refer to, so that a mistake is a report or an error and not a broken heap.
 */

import { freeWatch, noteViews } from './freed-views.ts';
import { operationWatch, reportNeverCompleted, sweep } from './operations.ts';
import type { KnownMemory, Watcher } from './watcher.ts';

/** Makes what watches, and begins to. Called once. */
export function watcherOf(known: KnownMemory): Watcher {
  noteViews(known);
  process.on('exit', reportNeverCompleted);
  return {
    watch(call, definition, prepared) {
      const operation = operationWatch(known, definition, prepared);
      const free = freeWatch(known, prepared);
      return (...args) => {
        sweep();
        operation?.before(args);
        const afterFree = free?.(args);
        const result = call(...args);
        afterFree?.();
        operation?.after(args);
        return result;
      };
    },
  };
}
