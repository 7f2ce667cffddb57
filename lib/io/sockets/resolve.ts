import { INFINITE } from '../../../defs/kernel.g.ts';
import { NS_ALL, SOCK_STREAM, WSA_IO_PENDING } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, addrinfoexW } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import {
  ABI_SIGNED_POINTER_SIZED,
  bindNative,
  type NativeFunction,
} from '../../ffi/native/native.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { recordAt } from '../../ffi/types/pointer.ts';
import { giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import { CloseHandle } from '../calls/calls.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { limited } from '../ops/give-up.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import { checkFamily, decodeAddress, type InternetAddress } from './address.ts';

const LONGEST_NAME = 255;

// One pooled block holds all that the system uses while it looks the name up.
const EVENT_AT = 2 * POINTER_BYTES + 8;
const RESULT_AT = 32;
const HANDLE_AT = 40;
const HINTS_AT = 64;
const NAME_AT = 256;

/** How a name is resolved. */
export interface ResolveOptions extends OperationOptions {
  /** Default: both, in the order that the system prefers. */
  family?: 'IPv4' | 'IPv6' | undefined;
}

type Family = ResolveOptions['family'];

interface Functions {
  GetAddrInfoExW: NativeFunction;
  GetAddrInfoExCancel: NativeFunction;
  GetAddrInfoExOverlappedResult: NativeFunction;
  FreeAddrInfoExW: NativeFunction;
  CreateEventW: NativeFunction;
  WaitForSingleObject: NativeFunction;
}

let functions: Functions | undefined;

function bound(): Functions {
  const P = ABI_SIGNED_POINTER_SIZED;
  const name = 'GetAddrInfoExW';
  functions ??= {
    GetAddrInfoExW: bindNative('ws2_32', name, 'int32_t', [P, P, 'uint32_t', P, P, P, P, P, P, P]),
    GetAddrInfoExCancel: bindNative('ws2_32', 'GetAddrInfoExCancel', 'int32_t', [P]),
    GetAddrInfoExOverlappedResult: bindNative(
      'ws2_32',
      'GetAddrInfoExOverlappedResult',
      'int32_t',
      [P],
    ),
    FreeAddrInfoExW: bindNative('ws2_32', 'FreeAddrInfoExW', 'void', [P]),
    CreateEventW: bindNative('kernel32', 'CreateEventW', P, [P, 'int32_t', 'int32_t', P]),
    WaitForSingleObject: bindNative('kernel32', 'WaitForSingleObject', 'uint32_t', [P, 'uint32_t']),
  };
  return functions;
}

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
    this.#event = bound().CreateEventW(0, 1, 0, 0) as number;
  }

  /** Resolves to an error code. */
  async run(host: string, family: Family): Promise<number> {
    const { GetAddrInfoExW, GetAddrInfoExOverlappedResult, WaitForSingleObject } = bound();
    const { address, bytes } = this.#block;
    const view = new DataView(bytes.buffer, bytes.byteOffset, NAME_AT);
    view.setUint32(EVENT_AT, this.#event, true);
    view.setInt32(
      HINTS_AT + 4,
      family === 'IPv4' ? AF_INET : family === 'IPv6' ? AF_INET6 : AF_UNSPEC,
      true,
    );
    view.setInt32(HINTS_AT + 8, SOCK_STREAM, true);
    bytes.write(`${host}\0`, NAME_AT, 'utf16le');
    const start = (space: number) =>
      GetAddrInfoExW(
        address + NAME_AT,
        0,
        space,
        0,
        address + HINTS_AT,
        address + RESULT_AT,
        0,
        address,
        0,
        address + HANDLE_AT,
      ) as number;
    const code = start(NS_ALL);
    if (code !== WSA_IO_PENDING) return code;
    this.#pending = true;
    underWay.add(this);
    cancelAtExit();
    // It occupies a thread of the run time's pool, as dns.lookup does.
    await new Promise((done) => WaitForSingleObject.async(this.#event, INFINITE, done));
    this.#pending = false;
    underWay.delete(this);
    return GetAddrInfoExOverlappedResult(address) as number;
  }

  cancel(): void {
    if (this.#pending) bound().GetAddrInfoExCancel(this.#block.address + HANDLE_AT);
  }

  addresses(): InternetAddress[] {
    const found: InternetAddress[] = [];
    let entry = recordAt(addrinfoexW, readPointer(this.#words, RESULT_AT / 4) as Pointer);
    for (; entry; entry = entry.ai_next) {
      const sockaddr = entry.ai_addr;
      if (!sockaddr) continue;
      const address = decodeAddress(
        memoryAt(
          readPointer(wordsOf(entry), AI_ADDR_WORD) as Pointer,
          Number(entry.ai_addrlen),
        ).slice(),
      );
      if (address.family !== 'Unix') found.push(address);
    }
    return found;
  }

  end(): void {
    const result = readPointer(this.#words, RESULT_AT / 4);
    if (result !== 0) bound().FreeAddrInfoExW(result);
    CloseHandle(this.#event);
    giveBuffer(this.#block);
    stopWinsock();
  }
}

// ADDRINFOEXW: four ints, then ai_addrlen, ai_canonname, ai_addr.
const AI_ADDR_WORD = 4 + (2 * POINTER_BYTES) / 4;

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function cancelAtExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const lookup of underWay) lookup.cancel();
  });
}
