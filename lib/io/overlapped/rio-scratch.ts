/** Native memory for the structures that pass in one call of Registered I/O. */
import { RIO_IOCP_COMPLETION, RIO_NOTIFICATION_COMPLETION } from '../../../defs/mswsock.g.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { RIO_BUF_LAYOUT as RIO_BUF, RIORESULT_LAYOUT as RIORESULT } from '../calls/layouts.g.ts';
import { ThreadMemory } from '../calls/native-memory.ts';
import { writePointer } from '../port/operation-layout.ts';

// Where each structure lies in the memory, in bytes from its beginning.
const DATA = 0;
const REMOTE = 64;
const NOTIFICATION = 128;
const RESULTS = 256;

/** The most completions that one call takes. */
export const MOST_RESULTS = 256;

const scratch = new ThreadMemory();

/** A RIO_BUF: the identifier of registered memory, and which part of it. */
function putPart(at: number, id: number, offset: number, length: number): number {
  const { address, words } = scratch.get();
  writePointer(words, (at + RIO_BUF.BufferId) / 4, id);
  words[(at + RIO_BUF.Offset) / 4] = offset;
  words[(at + RIO_BUF.Length) / 4] = length;
  return address + at;
}

/** The address of a RIO_BUF for the data of a request. */
export function dataPart(id: number, offset: number, length: number): number {
  return putPart(DATA, id, offset, length);
}

/** The address of a RIO_BUF for the peer's address. */
export function remotePart(id: number, offset: number, length: number): number {
  return putPart(REMOTE, id, offset, length);
}

/** The address of a RIO_NOTIFICATION_COMPLETION that names a completion port and an OVERLAPPED. */
export function portNotification(port: number, overlapped: number): number {
  const { address, words } = scratch.get();
  const notification = new RIO_NOTIFICATION_COMPLETION(
    words.buffer,
    words.byteOffset + NOTIFICATION,
  );
  notification.fill(0);
  notification.Type = RIO_IOCP_COMPLETION;
  notification.Iocp.IocpHandle = port;
  // A record is known by its address alone.
  notification.Iocp.Overlapped = overlapped as Pointer;
  return address + NOTIFICATION;
}

/** Where RIODequeueCompletion puts RIORESULTs. */
export function resultsAddress(): number {
  return scratch.get().address + RESULTS;
}

export interface RioResult {
  readonly status: number;
  readonly bytes: number;
  readonly context: number;
}

/** The results of RIODequeueCompletion, as a copy: what a completion sets off may take more. */
export function readResults(count: number): RioResult[] {
  const { words } = scratch.get();
  return Array.from({ length: count }, (_, index) => {
    const at = RESULTS + index * RIORESULT.size;
    const field = (offset: number) => words[(at + offset) / 4]!;
    return {
      status: field(RIORESULT.Status),
      bytes: field(RIORESULT.BytesTransferred),
      // A context of ours is a small number: the lower half of it is all.
      context: field(RIORESULT.RequestContext),
    };
  });
}
