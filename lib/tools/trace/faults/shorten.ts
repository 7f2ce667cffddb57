/** Calls that carry fewer bytes than they were asked to. */
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { addressOf } from '../../../ffi/memory/memory.ts';
import { WSABUF_LAYOUT as WSABUF, WSAMSG_LAYOUT as WSAMSG } from '../../../io/calls/layouts.g.ts';
import { Arguments, memoryOf, readPointer, viewOf } from '../calls/arguments.ts';
import { MEANINGS } from '../calls/meaning.ts';

/** The parameters that say how many bytes. */
const LENGTHS: Readonly<Record<string, string>> = {
  ReadFile: 'nNumberOfBytesToRead',
  WriteFile: 'nNumberOfBytesToWrite',
  TransmitFile: 'nNumberOfBytesToWrite',
  send: 'len',
  sendto: 'len',
  recv: 'len',
  recvfrom: 'len',
  WSARecvEx: 'len',
};

/** Whether a function carries bytes that may be fewer. */
export function canShorten(name: string): boolean {
  const payload = MEANINGS[name]?.transfer?.payload ?? '';
  return Object.hasOwn(LENGTHS, name) || ['lpBuffers', 'lpMsg'].includes(payload);
}

const replaced = (args: readonly unknown[], index: number, value: unknown) =>
  args.map((one, at) => (at === index ? value : one));

/** A copy of WSABUFs that have no more bytes in all. */
function cutBuffers(buffers: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(buffers.length));
  copy.set(buffers);
  let left = bytes;
  for (let at = WSABUF.len; at < copy.length; at += WSABUF.size) {
    const length = Math.min(viewOf(copy).getUint32(at, true), left);
    viewOf(copy).setUint32(at, length, true);
    left -= length;
  }
  return copy;
}

/** Arguments of a call that carries no more than some bytes, and how what they refer to becomes as it was. */
export interface Shortened {
  readonly args: readonly unknown[];
  restore(): void;
}

export function shortened(
  name: string,
  parameters: readonly Parameter[],
  args: readonly unknown[],
  bytes: number,
): Shortened {
  const nothing = () => {};
  const given = new Arguments(parameters, args);
  const length = LENGTHS[name];
  if (length !== undefined) {
    const index = parameters.findIndex((one) => one.name === length);
    return { args: replaced(args, index, Math.min(given.number(length), bytes)), restore: nothing };
  }
  const payload = MEANINGS[name]?.transfer?.payload;
  if (payload === 'lpBuffers') {
    const index = parameters.findIndex((one) => one.name === payload);
    const value = args[index];
    const buffers = memoryOf(value, given.number('dwBufferCount') * WSABUF.size);
    if (!buffers) return { args, restore: nothing };
    const cut = cutBuffers(buffers, bytes);
    // The system takes a copy of them itself before the call returns.
    const instead = typeof value === 'number' ? addressOf(cut) : cut;
    return { args: replaced(args, index, instead), restore: () => void cut.length };
  }
  const message = payload === 'lpMsg' ? memoryOf(given.of('lpMsg'), WSAMSG.size) : undefined;
  const count = message ? viewOf(message).getUint32(WSAMSG.dwBufferCount, true) : 0;
  const buffers = message && memoryOf(readPointer(message, WSAMSG.lpBuffers), count * WSABUF.size);
  if (!buffers) return { args, restore: nothing };
  // The message says where they are, and gets the answer: only what it refers to is another for a while.
  const before = buffers.slice();
  buffers.set(cutBuffers(buffers, bytes));
  return { args, restore: () => buffers.set(before) };
}
