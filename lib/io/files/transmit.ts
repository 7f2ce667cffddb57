/** A file sent by the system itself, however long it is. */
import { transmitFile } from '../ops/transmit.ts';
import type { FileJob, FileTarget } from './job.ts';
import { tooShort } from './move-bytes.ts';

/** Bytes of a file in one call. TransmitFile takes 2 GiB less two bytes at most. */
const PIECE_BYTES = 1 << 30;

/**
 * TransmitFile, once for each GiB: the first call has the head with it, the last the tail.
 *
 * @returns how many bytes were sent
 * @throws by rejection: WinsockError, also ERROR_HANDLE_EOF where the file has become shorter; the signal's reason
 */
export async function transmit(target: FileTarget, job: FileJob): Promise<number> {
  const { offset, length, head, tail, signal } = job;
  const end = offset + length;
  let sent = 0;
  let at = offset;
  do {
    const part = Math.min(end - at, PIECE_BYTES);
    const before = at === offset && head.length > 0 ? head : undefined;
    const after = at + part === end && tail.length > 0 ? tail : undefined;
    const wanted = part + (before?.length ?? 0) + (after?.length ?? 0);
    if (wanted === 0) break;
    const file = { handle: part === 0 ? 0 : job.file, offset: at, length: part };
    const moved = await transmitFile(target, file, before, after, undefined, { signal });
    if (moved < wanted) throw tooShort('TransmitFile');
    target.active();
    sent += moved;
    at += part;
  } while (at < end);
  return sent;
}
