/** A file read and sent piece by piece: one is read while the one before is sent. */
import { type NativeBlock, takeBlock } from '../calls/buffers.ts';
import { startRead } from '../ops/file.ts';
import { lendToSend } from '../ops/lend.ts';
import { startSend } from '../ops/send.ts';
import type { Association } from '../port/association.ts';
import type { FileJob, FileTarget } from './job.ts';
import { moveBytes, tooShort } from './move-bytes.ts';

/** Bytes of a file that are read in one call. */
const PIECE_BYTES = 1 << 18;

/**
 * Reads a file that was opened for overlapped use, and sends it.
 *
 * @returns how many bytes were sent
 * @throws by rejection: WinsockError, also ERROR_HANDLE_EOF where the file has become shorter; the signal's reason
 */
export async function readAndSend(target: FileTarget, job: FileJob): Promise<number> {
  const { head, tail, length, signal } = job;
  await sendMemory(target, head, signal);
  if (length > 0) {
    // With a packet for each read, those that end with a warning are no different.
    const file = target.delivery.associate(job.file, false, () => false);
    await sendContents(target, file, job);
  }
  await sendMemory(target, tail, signal);
  return head.length + length + tail.length;
}

async function sendContents(target: FileTarget, file: Association, job: FileJob): Promise<void> {
  const { delivery } = target;
  const { signal } = job;
  const blocks = [takeBlock(PIECE_BYTES), takeBlock(PIECE_BYTES)];
  let sending: Promise<void> = Promise.resolve();
  try {
    let at = job.offset;
    for (let left = job.length, turn = 0; left > 0; turn ^= 1) {
      const block = blocks[turn]!;
      const most = Math.min(left, PIECE_BYTES);
      const bytes = await moveBytes(
        delivery,
        file,
        (operation) => startRead(operation, file, block.address, most, at, block),
        'ReadFile',
        signal,
      );
      if (bytes === 0) throw tooShort('ReadFile');
      await sending;
      sending = sendBlock(target, block, bytes, signal);
      // What fails is found where it is waited for.
      sending.catch(() => undefined);
      at += bytes;
      left -= bytes;
    }
    await sending;
  } finally {
    // The system may still read a block.
    await sending.catch(() => undefined);
    for (const block of blocks) block.give();
  }
}

async function sendBlock(
  target: FileTarget,
  block: NativeBlock,
  bytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { delivery, on } = target;
  for (let at = 0; at < bytes; ) {
    const from = block.address + at;
    at += await moveBytes(
      delivery,
      on,
      (operation) => startSend(operation, on, from, bytes - at, block),
      'WSASend',
      signal,
    );
    target.active();
  }
}

/** Data of the program's own, in front of the file or behind it. */
async function sendMemory(
  { delivery, on }: FileTarget,
  data: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = 0; at < data.length; ) {
    const rest = data.subarray(at);
    at += await lendToSend([rest], ({ pieces, kept }) =>
      moveBytes(
        delivery,
        on,
        (operation) => startSend(operation, on, pieces[0]!.address, rest.length, kept),
        'WSASend',
        signal,
      ),
    );
  }
}
