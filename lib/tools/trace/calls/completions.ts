/** The functions by which a program hears that operations have ended. */
import { WSA_IO_INCOMPLETE } from '../../../../defs/winsock2.g.ts';
import type { Outcome } from '../../../ffi/trace/outcome.ts';
import { OVERLAPPED_ENTRY_LAYOUT as ENTRY } from '../../../io/calls/layouts.g.ts';
import { type Arguments, memoryOf, pointerAt, readPointer, uint32At, viewOf } from './arguments.ts';
import { type End, type Operations, overlappedAt } from './operations.ts';

type Completions = (args: Arguments, outcome: Outcome, operations: Operations) => End[];

/** The packets that GetQueuedCompletionStatusEx has given. */
export function packetsOf(args: Arguments): { overlapped: number; bytes: number; at: number }[] {
  const count = uint32At(args.of('ulNumEntriesRemoved')) ?? 0;
  const memory =
    count > 0 ? memoryOf(args.of('lpCompletionPortEntries'), count * ENTRY.size) : undefined;
  if (!memory) return [];
  return Array.from({ length: count }, (_, index) => {
    const at = index * ENTRY.size;
    return {
      at,
      overlapped: readPointer(memory, at + ENTRY.lpOverlapped),
      bytes: viewOf(memory).getUint32(at + ENTRY.dwNumberOfBytesTransferred, true),
    };
  });
}

const result =
  (count: string): Completions =>
  (args, { code }, operations) => {
    if (code === WSA_IO_INCOMPLETE) return [];
    const bytes = code === undefined ? uint32At(args.of(count)) : undefined;
    const end = operations.end(overlappedAt(args.of('lpOverlapped')), bytes);
    return end ? [end] : [];
  };

const COMPLETIONS: Readonly<Record<string, Completions>> = {
  GetQueuedCompletionStatusEx: (args, { code }, operations) => {
    if (code !== undefined) return [];
    const ends = packetsOf(args).map(({ overlapped, bytes }) => operations.end(overlapped, bytes));
    return ends.filter((end) => end !== undefined);
  },
  GetQueuedCompletionStatus: (args, { code }, operations) => {
    const overlapped = pointerAt(args.of('lpOverlapped')) ?? 0;
    if (overlapped === 0) return [];
    const bytes = uint32At(args.of('lpNumberOfBytesTransferred'));
    const end = operations.end(overlapped, code === undefined ? bytes : undefined);
    return end ? [end] : [];
  },
  WSAGetOverlappedResult: result('lpcbTransfer'),
  GetOverlappedResult: result('lpNumberOfBytesTransferred'),
  GetOverlappedResultEx: result('lpNumberOfBytesTransferred'),
};

/** What a call of a function says of operations that have ended; undefined for other functions. */
export function completionsOf(name: string): Completions | undefined {
  return Object.hasOwn(COMPLETIONS, name) ? COMPLETIONS[name] : undefined;
}
