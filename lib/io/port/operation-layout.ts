/**
 * The memory of one operation, laid out once for all kinds:
 *
 *     OVERLAPPED · bytes · flags · address length · WSABUF[16] · address · WSAMSG
 *
 * OVERLAPPED is first, so its address is the record's. The start functions write the fields through
 * `words` (the record as 32-bit words) and hand plain addresses to the native function.
 */
import { hostArch, pointerSize } from '../../ffi/types/arch.ts';

const POINTER = pointerSize(hostArch);
export const POINTER_BYTES = POINTER;
const WIDE = POINTER === 8;

export const RECORD_BYTES = 512;

// OVERLAPPED: Internal, InternalHigh, Offset, OffsetHigh, hEvent.
export const INTERNAL_HIGH_WORD = POINTER / 4;
export const OFFSET_WORD = (2 * POINTER) / 4;
const OVERLAPPED_WORDS = (3 * POINTER + 8) / 4;

export const BYTES = 32;
export const FLAGS = 36;
export const ADDRESS_LENGTH = 40;
export const BUFFERS = 48;
export const MAX_BUFFERS = 16;
export const ADDRESS = 304;
export const ADDRESS_BYTES = 128;
export const MESSAGE = 432;

export const BYTES_WORD = BYTES / 4;
export const FLAGS_WORD = FLAGS / 4;
export const ADDRESS_LENGTH_WORD = ADDRESS_LENGTH / 4;
const BUFFERS_WORD = BUFFERS / 4;
const WSABUF_WORDS = (2 * POINTER) / 4;
const WSABUF_POINTER = POINTER / 4;

// OVERLAPPED_ENTRY: lpCompletionKey, lpOverlapped, Internal, dwNumberOfBytesTransferred.
export const ENTRY_BYTES = 4 * POINTER;
export const ENTRY_WORDS = ENTRY_BYTES / 4;
export const ENTRY_OVERLAPPED_WORD = POINTER / 4;
export const ENTRY_BYTES_WORD = (3 * POINTER) / 4;

/** Writes an address, or any pointer-sized number below 2^53. */
export function writePointer(words: Uint32Array, at: number, value: number): void {
  words[at] = value >>> 0;
  if (WIDE) words[at + 1] = Math.floor(value / 0x100000000);
}

export function readPointer(words: Uint32Array, at: number): number {
  return WIDE ? words[at]! + words[at + 1]! * 0x100000000 : words[at]!;
}

/** Fills one of the record's WSABUFs. */
export function writeBuffer(
  words: Uint32Array,
  index: number,
  address: number,
  length: number,
): void {
  const at = BUFFERS_WORD + index * WSABUF_WORDS;
  words[at] = length;
  writePointer(words, at + WSABUF_POINTER, address);
}

/** A fresh OVERLAPPED: the system wants it zeroed before every use. */
export function clearOverlapped(words: Uint32Array): void {
  for (let i = 0; i < OVERLAPPED_WORDS; i++) words[i] = 0;
}

// WSAMSG: name, namelen, lpBuffers, dwBufferCount, Control (a WSABUF), dwFlags.
const MESSAGE_WORD = MESSAGE / 4;
const MESSAGE_NAME_LENGTH = MESSAGE_WORD + POINTER / 4;
const MESSAGE_BUFFERS = MESSAGE_WORD + (2 * POINTER) / 4;
const MESSAGE_COUNT = MESSAGE_WORD + (3 * POINTER) / 4;
const MESSAGE_CONTROL_LENGTH = MESSAGE_WORD + (4 * POINTER) / 4;
const MESSAGE_CONTROL = MESSAGE_WORD + (5 * POINTER) / 4;
const MESSAGE_FLAGS = MESSAGE_WORD + (6 * POINTER) / 4;

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
  writePointer(words, MESSAGE_WORD, message.name);
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
