/** Arguments that a call writes over, as text from before it. */
import { fd_set } from '../../../../defs/winsock2.g.ts';
import { offsetof } from '../../../ffi/types/record.ts';
import { POINTER_BYTES } from '../../../io/port/operation-layout.ts';
import { memoryOf, readPointer, uint32At } from './arguments.ts';
import type { TracedSockets } from './sockets.ts';

const NOTHING: ReadonlyMap<string, string> = new Map();
const SETS = ['readfds', 'writefds', 'exceptfds'];
const MOST_SHOWN = 64;

/** The sockets of an fd_set, by their numbers. */
export function socketsOfSet(value: unknown): number[] {
  const count = Math.min(uint32At(value) ?? 0, MOST_SHOWN);
  const first = offsetof(fd_set, 'fd_array');
  const memory = memoryOf(value, first + count * POINTER_BYTES);
  if (!memory) return [];
  return Array.from({ length: count }, (_, index) =>
    readPointer(memory, first + index * POINTER_BYTES),
  );
}

/** What the arguments of a call are before it, by the names of the parameters; for `select` only. */
export function snapshotOf(
  name: string,
  args: readonly unknown[],
  sockets: TracedSockets,
): ReadonlyMap<string, string> {
  if (name !== 'select') return NOTHING;
  const texts = SETS.map((set, index): [string, string] => {
    const value = args[index + 1];
    if (!value) return [set, 'NULL'];
    const shown = socketsOfSet(value).map((handle) => sockets.of(handle)?.text ?? String(handle));
    return [set, `[${shown.join(' ')}]`];
  });
  return new Map(texts);
}
