/** Lookups of names that are under way: what the system uses meanwhile, and how their end is noticed. */
import { INFINITE, WaitForSingleObject } from '../../../defs/kernel.g.ts';
import { OVERLAPPED } from '../../../defs/windows.g.ts';
import { WSAEINPROGRESS } from '../../../defs/winerror.g.ts';
import { NS_ALL, SOCK_STREAM, WSA_IO_PENDING } from '../../../defs/winsock2.g.ts';
import { addrinfoexW } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { reach } from '../../ffi/memory/views.ts';
import { isMainThread, pause } from '../../ffi/native/builtins.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { recordAt } from '../../ffi/types/pointer.ts';
import { OVERLAPPED_LAYOUT } from '../../ffi/windows.g.ts';
import { bytesOf, giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import {
  CreateEventW,
  FreeAddrInfoExW,
  GetAddrInfoExCancel,
  GetAddrInfoExOverlappedResult,
  GetAddrInfoExW,
  SetEvent,
} from '../calls/calls.ts';
import { checkNotZero } from '../calls/check.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import { closeWithThread } from '../calls/thread-end.ts';
import { decodeAddress, isInternetAddress } from '../families/address.ts';
import type { InternetAddress } from '../families/ip.ts';
import { throwLater } from '../port/listeners.ts';
import { atExit } from '../port/liveness.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';

// One pooled block holds all that the system uses while it looks the name up: the OVERLAPPED, where the
// result and the handle go, what is wanted, and the name.
const RESULT_AT = OVERLAPPED_LAYOUT.size;
const HANDLE_AT = RESULT_AT + POINTER_BYTES;
const HINTS_AT = 64;
const NAME_AT = 256;

/** How many lookups the system is asked for at once; more wait for their turn. */
const MOST_AT_ONCE = 1024;

/**
 * How often a worker looks whether a lookup has ended, in milliseconds. It may be terminated without a word:
 * Node.js would wait for a native call that waits, and Bun (seen on 1.4.5) may crash when one returns later.
 */
const LOOK_MILLISECONDS = 5;

/** A lookup of a name. Its block goes back only when the system has said that it is done with it. */
export class Lookup {
  readonly #host: string;
  readonly #family: number;
  readonly #settle: (code: number) => void;
  #block: PooledBuffer | undefined;

  /**
   * @param family AF_INET, AF_INET6 or AF_UNSPEC
   * @param settle is told the error code, 0 for success; until it returns the addresses can be read
   */
  constructor(host: string, family: number, settle: (code: number) => void) {
    this.#host = host;
    this.#family = family;
    this.#settle = settle;
  }

  /** The error code; WSA_IO_PENDING while the system is looking. */
  start(event: number): number {
    try {
      startWinsock();
    } catch (error) {
      if (error instanceof WinsockError) return error.errno;
      throw error;
    }
    const block = takeBuffer(0);
    this.#block = block;
    const { address } = block;
    const bytes = bytesOf(block);
    bytes.fill(0, 0, NAME_AT);
    new OVERLAPPED(bytes.buffer, bytes.byteOffset).hEvent = event;
    const hints = new addrinfoexW(bytes.buffer, bytes.byteOffset + HINTS_AT);
    hints.ai_family = this.#family;
    hints.ai_socktype = SOCK_STREAM;
    bytes.write(`${this.#host}\0`, NAME_AT, 'utf16le');
    return GetAddrInfoExW(
      address + NAME_AT,
      0,
      NS_ALL,
      0,
      address + HINTS_AT,
      address + RESULT_AT,
      0,
      address,
      0,
      address + HANDLE_AT,
    );
  }

  /** The error code, or WSAEINPROGRESS. */
  state(): number {
    return GetAddrInfoExOverlappedResult(this.#block!.address);
  }

  /** Asks the system to give up; that it has is told as of every other. */
  cancel(): void {
    if (this.#block) GetAddrInfoExCancel(this.#block.address + HANDLE_AT);
  }

  /** What was found; empty where the lookup has failed. */
  addresses(): InternetAddress[] {
    const found: InternetAddress[] = [];
    // The system has put the address there.
    let entry = recordAt(addrinfoexW, this.#result as Pointer);
    for (; entry; entry = entry.ai_next) {
      const { ai_addr, ai_addrlen } = entry;
      const sockaddr = ai_addr && reach(ai_addr, 0, Number(ai_addrlen));
      if (!sockaddr) continue;
      const address = decodeAddress(sockaddr);
      if (isInternetAddress(address)) found.push(address);
    }
    return found;
  }

  /** The system is done with it. */
  end(code: number): void {
    try {
      this.#settle(code);
    } finally {
      const block = this.#block;
      if (block) {
        const result = this.#result;
        if (result !== 0) FreeAddrInfoExW(result);
        this.#block = undefined;
        giveBuffer(block);
        stopWinsock();
      }
    }
  }

  get #result(): number {
    const bytes = bytesOf(this.#block!);
    return readPointer(
      new Uint32Array(bytes.buffer, bytes.byteOffset, HINTS_AT / 4),
      RESULT_AT / 4,
    );
  }
}

/** What the system is looking up, and what waits for its turn. */
const running = new Set<Lookup>();
const waiting = new Set<Lookup>();

/** Is signalled by each lookup that ends. One for all, so that one call waits for all. */
let event = 0;
let watching = false;

/**
 * Begins a lookup, or has it wait for its turn.
 *
 * @throws WinsockError where the event that tells of ends cannot be made
 */
export function begin(lookup: Lookup): void {
  if (running.size >= MOST_AT_ONCE) waiting.add(lookup);
  else start(lookup);
}

/** Gives a lookup up. Nobody may wait for its end any more: of one that has not begun none is told. */
export function giveUp(lookup: Lookup): void {
  if (!waiting.delete(lookup) && running.has(lookup)) lookup.cancel();
}

function start(lookup: Lookup): void {
  if (event === 0) {
    event = checkNotZero(CreateEventW(0, 0, 0, 0), 'CreateEventW');
    closeWithThread(event, 'CloseHandle');
    atExit({ abandon: cancelAll });
  }
  const code = lookup.start(event);
  running.add(lookup);
  if (code !== WSA_IO_PENDING) {
    finish(lookup, code);
    return;
  }
  // The start of one may have taken back the signal of another's end.
  SetEvent(event);
  if (!watching) void watchEvent();
}

function finish(lookup: Lookup, code: number): void {
  running.delete(lookup);
  try {
    lookup.end(code);
  } catch (error) {
    throwLater(error);
  }
}

/** Resolves when a lookup may have ended. The main thread waits on a thread of the run time's pool. */
async function mayHaveEnded(): Promise<void> {
  if (!isMainThread()) return pause(LOOK_MILLISECONDS);
  await WaitForSingleObject.async(event, INFINITE).catch(throwLater);
}

async function watchEvent(): Promise<void> {
  watching = true;
  while (running.size > 0) {
    await mayHaveEnded();
    for (const lookup of running) {
      const code = lookup.state();
      if (code !== WSAEINPROGRESS) finish(lookup, code);
    }
    for (const lookup of waiting) {
      if (running.size >= MOST_AT_ONCE) break;
      waiting.delete(lookup);
      start(lookup);
    }
  }
  watching = false;
}

/** The end of the thread waits for the call that waits. */
function cancelAll(): void {
  waiting.clear();
  for (const lookup of running) lookup.cancel();
  SetEvent(event);
}
