import { INFINITE, WaitForSingleObject } from '../../../defs/kernel.g.ts';
import { OVERLAPPED } from '../../../defs/windows.g.ts';
import { NS_ALL, SOCK_STREAM, WSA_IO_PENDING } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, addrinfoexW } from '../../../defs/ws2def.g.ts';
import { type Unchecked, unchecked } from '../../ffi/calls/unchecked.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { reach } from '../../ffi/memory/views.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { recordAt } from '../../ffi/types/pointer.ts';
import { giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import {
  CloseHandle,
  CreateEventW,
  FreeAddrInfoExW,
  GetAddrInfoExCancel,
  GetAddrInfoExOverlappedResult,
  GetAddrInfoExW,
} from '../calls/calls.ts';
import { OVERLAPPED_LAYOUT } from '../calls/layouts.g.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { limited } from '../ops/give-up.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import { checkFamily, decodeAddress, type InternetAddress } from './address.ts';

const LONGEST_NAME = 255;

// One pooled block holds all that the system uses while it looks the name up: the OVERLAPPED, where the
// result and the handle go, what is wanted, and the name.
const RESULT_AT = OVERLAPPED_LAYOUT.size;
const HANDLE_AT = RESULT_AT + POINTER_BYTES;
const HINTS_AT = 64;
const NAME_AT = 256;

/** How a name is resolved. */
export interface ResolveOptions extends OperationOptions {
  /** Default: both, in the order that the system prefers. */
  family?: 'IPv4' | 'IPv6' | undefined;
}

type Family = ResolveOptions['family'];

/** It is called on a thread of the run time's pool, as dns.lookup is. */
let waitForEvent: Unchecked<typeof WaitForSingleObject> | undefined;

/** Lookups under way: the end of the thread waits for them, so it cancels them. */
const underWay = new Set<Lookup>();
let hooked = false;

/**
 * The addresses of a host name, in the order that the system prefers. The lookup runs off this
 * thread. Signal and timeout cancel it, and settle the promise at once: a lookup uses no memory of
 * the caller's, and how soon the system gives it up is the system's affair.
 */
export async function resolve(
  host: string,
  options: ResolveOptions = {},
): Promise<InternetAddress[]> {
  if (
    typeof host !== 'string' ||
    host === '' ||
    host.length > LONGEST_NAME ||
    host.includes('\0')
  ) {
    throw new TypeError(`${JSON.stringify(host)} is not a host name`);
  }
  const { family } = options;
  checkFamily(family);
  return limited(options, 'GetAddrInfoExW', (signal) => {
    const lookup = new Lookup();
    const found = lookUp(lookup, host, family);
    if (!signal) return found;
    return new Promise((done, fail) => {
      const onAbort = () => {
        lookup.cancel();
        fail(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      found.then(done, fail).finally(() => signal.removeEventListener('abort', onAbort));
    });
  });
}

async function lookUp(lookup: Lookup, host: string, family: Family): Promise<InternetAddress[]> {
  try {
    const code = await lookup.run(host, family);
    if (code === 0) return lookup.addresses();
    throw new WinsockError(code, `GetAddrInfoExW(${host})`);
  } finally {
    lookup.end();
  }
}

class Lookup {
  readonly #block: PooledBuffer;
  readonly #words: Uint32Array;
  readonly #event: number;
  #pending = false;

  constructor() {
    startWinsock();
    this.#block = takeBuffer(0);
    const { bytes } = this.#block;
    bytes.fill(0, 0, NAME_AT);
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, NAME_AT / 4);
    this.#event = CreateEventW(0, 1, 0, 0);
  }

  /** Resolves to an error code. */
  async run(host: string, family: Family): Promise<number> {
    const { address, bytes } = this.#block;
    new OVERLAPPED(bytes.buffer, bytes.byteOffset).hEvent = this.#event;
    const hints = new addrinfoexW(bytes.buffer, bytes.byteOffset + HINTS_AT);
    hints.ai_family = family === 'IPv4' ? AF_INET : family === 'IPv6' ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    bytes.write(`${host}\0`, NAME_AT, 'utf16le');
    const code = GetAddrInfoExW(
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
    if (code !== WSA_IO_PENDING) return code;
    this.#pending = true;
    underWay.add(this);
    cancelAtExit();
    waitForEvent ??= unchecked(WaitForSingleObject, 'addresses');
    const wait = waitForEvent;
    await new Promise((done) => wait.async(this.#event, INFINITE, done));
    this.#pending = false;
    underWay.delete(this);
    return GetAddrInfoExOverlappedResult(address);
  }

  cancel(): void {
    if (this.#pending) GetAddrInfoExCancel(this.#block.address + HANDLE_AT);
  }

  addresses(): InternetAddress[] {
    const found: InternetAddress[] = [];
    let entry = recordAt(addrinfoexW, readPointer(this.#words, RESULT_AT / 4) as Pointer);
    for (; entry; entry = entry.ai_next) {
      const { ai_addr, ai_addrlen } = entry;
      const sockaddr = ai_addr && reach(ai_addr, 0, Number(ai_addrlen));
      if (!sockaddr) continue;
      const address = decodeAddress(sockaddr);
      if (address.family !== 'Unix') found.push(address);
    }
    return found;
  }

  end(): void {
    const result = readPointer(this.#words, RESULT_AT / 4);
    if (result !== 0) FreeAddrInfoExW(result);
    CloseHandle(this.#event);
    giveBuffer(this.#block);
    stopWinsock();
  }
}

function cancelAtExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const lookup of underWay) lookup.cancel();
  });
}
