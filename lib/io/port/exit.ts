import type { CompletionPort } from './port.ts';

const open = new Set<CompletionPort>();
let hooked = false;

/**
 * The end of a thread waits for its own poller threads, and they wait in a native call: without a
 * word they would wait for ever.
 */
function onExit(): void {
  for (const port of open) port.abandon();
}

/** Has a port told when its thread ends. */
export function atExit(port: CompletionPort): void {
  if (!hooked) {
    hooked = true;
    process.on('exit', onExit);
  }
  open.add(port);
}

export function notAtExit(port: CompletionPort): void {
  open.delete(port);
}
