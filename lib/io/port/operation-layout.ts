/**
 * The memory of one operation, laid out once for all kinds:
 *
 *     OVERLAPPED · bytes · flags · address length · WSABUF[16] · address · WSAMSG
 *
 * OVERLAPPED is first, so its address is the record's. The start functions write the fields through
 * `words` (the record as 32-bit words) and hand plain addresses to the native function.
 */

import { hostArch, pointerSize } from '../../ffi/types/arch.ts';
import { OVERLAPPED_LAYOUT as OVERLAPPED } from '../../ffi/windows.g.ts';
import {
  OVERLAPPED_ENTRY_LAYOUT as ENTRY,
  WSABUF_LAYOUT as WSABUF,
  WSAMSG_LAYOUT as WSAMSG,
} from '../calls/layouts.g.ts';

export const POINTER_BYTES = pointerSize(hostArch);
const WIDE = POINTER_BYTES === 8;

export const RECORD_BYTES = 512;
/** Of an operation that receives into one piece of memory: up to its first WSABUF. */
export const RECEIVE_RECORD_BYTES = 64;

export const INTERNAL_HIGH_WORD = OVERLAPPED.InternalHigh / 4;
export const OFFSET_WORD = OVERLAPPED.Offset / 4;

// What follows the OVERLAPPED, in bytes. There is room for the longest, that of 64 bits.
export const BYTES = 32;
export const FLAGS = 36;
export const ADDRESS_LENGTH = 40;
export const BUFFERS = 48;
/** How many WSABUFs there is room for. */
export const MAX_BUFFERS = 16;
export const ADDRESS = 304;
/** A SOCKADDR_STORAGE has as many bytes, and so has the longest address. */
export const ADDRESS_BYTES = 128;
export const MESSAGE = 432;

export const BYTES_WORD = BYTES / 4;
export const FLAGS_WORD = FLAGS / 4;
export const ADDRESS_LENGTH_WORD = ADDRESS_LENGTH / 4;
const BUFFERS_WORD = BUFFERS / 4;
const WSABUF_WORDS = WSABUF.size / 4;
const WSABUF_LENGTH = WSABUF.len / 4;
const WSABUF_POINTER = WSABUF.buf / 4;

export const ENTRY_BYTES = ENTRY.size;
export const ENTRY_WORDS = ENTRY_BYTES / 4;
export const ENTRY_KEY_WORD = ENTRY.lpCompletionKey / 4;
export const ENTRY_OVERLAPPED_WORD = ENTRY.lpOverlapped / 4;
export const ENTRY_BYTES_WORD = ENTRY.dwNumberOfBytesTransferred / 4;

/** Writes an address, or any pointer-sized number below 2^53. */
export function writePointer(words: Uint32Array, at: number, value: number): void {
  words[at] = value >>> 0;
  if (WIDE) words[at + 1] = Math.floor(value / 0x100000000);
}

export function readPointer(words: Uint32Array, at: number): number {
  return WIDE ? words[at]! + words[at + 1]! * 0x100000000 : words[at]!;
}

/** The most bytes of one operation: the system counts them in 32 bits. */
const MOST_BYTES = 0xffffffff;

/** @throws RangeError for 4 GiB or more */
export function checkLength(bytes: number): number {
  if (bytes <= MOST_BYTES) return bytes;
  throw new RangeError(`one operation takes up to ${MOST_BYTES} bytes, got ${bytes}`);
}

/**
 * Fills one of the record's WSABUFs.
 *
 * @throws RangeError for 4 GiB or more
 */
export function writeBuffer(
  words: Uint32Array,
  index: number,
  address: number,
  length: number,
): void {
  const at = BUFFERS_WORD + index * WSABUF_WORDS;
  words[at + WSABUF_LENGTH] = checkLength(length);
  writePointer(words, at + WSABUF_POINTER, address);
}

/** A fresh OVERLAPPED, of eight words or five: the system wants it zeroed before every use. */
export function clearOverlapped(words: Uint32Array): void {
  // Written out: as a loop it was a fourteenth of the work for a message.
  words[0] = 0;
  words[1] = 0;
  words[2] = 0;
  words[3] = 0;
  words[4] = 0;
  if (!WIDE) return;
  words[5] = 0;
  words[6] = 0;
  words[7] = 0;
}

const MESSAGE_NAME = (MESSAGE + WSAMSG.name) / 4;
const MESSAGE_NAME_LENGTH = (MESSAGE + WSAMSG.namelen) / 4;
const MESSAGE_BUFFERS = (MESSAGE + WSAMSG.lpBuffers) / 4;
const MESSAGE_COUNT = (MESSAGE + WSAMSG.dwBufferCount) / 4;
const MESSAGE_CONTROL_LENGTH = (MESSAGE + WSAMSG.Control + WSABUF.len) / 4;
const MESSAGE_CONTROL = (MESSAGE + WSAMSG.Control + WSABUF.buf) / 4;
const MESSAGE_FLAGS = (MESSAGE + WSAMSG.dwFlags) / 4;

interface MessageFields {
  name: number;
  nameLength: number;
  buffers: number;
  bufferCount: number;
  control: { address: number; length: number };
  flags: number;
}

/** Fills the record's WSAMSG. */
export function writeMessage(words: Uint32Array, message: MessageFields): void {
  writePointer(words, MESSAGE_NAME, message.name);
  words[MESSAGE_NAME_LENGTH] = message.nameLength;
  writePointer(words, MESSAGE_BUFFERS, message.buffers);
  words[MESSAGE_COUNT] = message.bufferCount;
  words[MESSAGE_CONTROL_LENGTH] = message.control.length;
  writePointer(words, MESSAGE_CONTROL, message.control.address);
  words[MESSAGE_FLAGS] = message.flags;
}

/** What the system has written into the record's WSAMSG. */
export function readMessage(words: Uint32Array): {
  nameLength: number;
  controlLength: number;
  flags: number;
} {
  return {
    nameLength: words[MESSAGE_NAME_LENGTH]!,
    controlLength: words[MESSAGE_CONTROL_LENGTH]!,
    flags: words[MESSAGE_FLAGS]!,
  };
}
