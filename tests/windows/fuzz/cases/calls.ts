/**
 * Calls every function that Wine implements and that cannot block with arguments drawn from what
 * programs get wrong, and checks that nothing is written outside the memory given and that whatever
 * is refused is refused with a typed error. Run by ../calls.test.ts in a process of its own, because what
 * it looks for may end the process.
 *
 *   calls.ts SEED CALLS
 */
import { readFileSync, writeSync } from 'node:fs';
import * as w from 'winsock';

interface DllExports {
  readonly implemented: readonly string[];
  readonly stubs: readonly string[];
}

/** What may block for good or for long, with the arguments used here. */
const MAY_BLOCK =
  /^(select|WSAWaitForMultipleEvents|WSAPoll|accept|WSAAccept|connect|WSAConnect.*|recv|recvfrom|WSARecv.*|send|sendto|WSASend.*|WSAIoctl|getaddrinfo|GetAddrInfo.*|GetNameInfoW|getnameinfo|gethostby.*|WSALookupService.*|WSAAsync.*|WSAGetOverlappedResult|TransmitFile|AcceptEx)$/;
/**
 * What would take the ground from under the run, not from under the function: it ends Winsock, changes
 * the system's configuration, or frees whatever a made-up handle happens to name.
 */
const DESTRUCTIVE =
  /^(WSACleanup|WSASetBlockingHook|WSAUnhookBlockingHook|WSACancelBlockingCall|WSCDeinstall.*|WSCUnInstall.*|WSCInstall.*|WSC(Write|Enable|Update|Set).*|WSASetService.*|WSAInstallServiceClass.*|WSARemoveServiceClass|SetService.*|SetAddrInfoEx.*|sethostname|WSACloseEvent|WSASetEvent|WSAResetEvent|closesocket|WSAProviderConfigChange|WSACancelAsyncRequest)$/;

const [seed = 1, calls = 1000] = process.argv.slice(2).map(Number);

/** A small generator of its own, so that a failure can be repeated from its seed. */
let state = seed >>> 0 || 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}
const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;

const CANARY = 0xa5;
const MARGIN = 64;
const SIZES = [0, 1, 2, 4, 8, 14, 15, 16, 28, 64, 128, 372, 408, 520, 628, 1024, 4096];

interface Guarded {
  readonly whole: Uint8Array;
  readonly slot: Uint8Array;
}
let guarded: Guarded[] = [];

/** Zeroed memory between canaries. */
function guardedMemory(bytes: number): Uint8Array {
  const whole = new Uint8Array(new ArrayBuffer(bytes + 2 * MARGIN)).fill(CANARY);
  const slot = whole.subarray(MARGIN, MARGIN + bytes).fill(0);
  guarded.push({ whole, slot });
  return slot;
}

function canariesLive(): boolean {
  return guarded.every(({ whole, slot }) =>
    whole.every((byte, i) => (i >= MARGIN && i < MARGIN + slot.byteLength) || byte === CANARY),
  );
}

function detached(): Uint8Array {
  const memory = new Uint8Array(64);
  structuredClone(memory.buffer, { transfer: [memory.buffer] });
  return memory;
}

const WRONG_TYPES: readonly unknown[] = [
  undefined,
  {},
  [],
  'text',
  Symbol('s'),
  true,
  Number.NaN,
  1.5,
  -1,
  2 ** 63,
  -(2 ** 63),
  2n ** 80n,
  Infinity,
  () => 0,
];

const live: w.SOCKET[] = [];
const closed: w.SOCKET[] = [];

/** Sockets that do not block, and handles of sockets that are gone, whose numbers may be in use again. */
function renewSockets(): void {
  for (const s of live.splice(0)) {
    w.closesocket(s);
    closed.push(s);
  }
  if (closed.length > 64) closed.splice(0, 32);
  for (const [family, type] of [
    [w.AF_INET, w.SOCK_STREAM],
    [w.AF_INET, w.SOCK_DGRAM],
    [w.AF_INET6, w.SOCK_STREAM],
    [w.AF_INET6, w.SOCK_DGRAM],
  ] as const) {
    const s = w.socket.orThrow(family, type, 0);
    w.ioctlsocket.orThrow(s, w.FIONBIO, w.ref(w.u_long, 1));
    live.push(s);
  }
}

function integer(name: string): unknown {
  if (/^(s|hSocket|sock.*)$/i.test(name) && random(3) > 0) {
    return pick([...live, ...closed, w.INVALID_SOCKET, 0, 0xdead0]);
  }
  if (random(4) === 0) return pick([...WRONG_TYPES, null]);
  return pick([0, 1, 2, 4, 6, 16, 17, 23, 28, 64, 128, 0xffff, 0x7fffffff, 0xffffffff, -1, -2]);
}

function record(type: { new (): w.Struct } | undefined): unknown {
  if (!type || random(3) === 0)
    return new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: 0x5000 });
  return new type();
}

function memory(parameter: w.Parameter): unknown {
  const target = (parameter.type as w.PointerType<unknown>).target;
  switch (random(8)) {
    case 0:
      return null;
    case 1:
      // A value in place of its address; where nothing is read or written the system takes any number.
      if (target && random(2) === 0) return pick([1, 16, 0xffff, 0n, 28n]);
      return pick(
        WRONG_TYPES.filter((value) => typeof value !== 'number' || !Number.isInteger(value)),
      );
    case 2:
      return detached();
    case 3:
      return record(target?.kind === 'record' ? (target as never) : undefined);
    case 4:
      return new Uint8Array(new SharedArrayBuffer(pick(SIZES)));
    case 5:
      return guardedMemory(target ? Math.max(0, w.sizeof(target) - random(2)) : pick(SIZES));
    default:
      return guardedMemory(pick(SIZES));
  }
}

function text(): unknown {
  return pick([
    null,
    '',
    'localhost',
    '127.0.0.1',
    '::1',
    'a\0b',
    'x'.repeat(70_000),
    'ünïcode',
    guardedMemory(16),
    new Uint8Array([65, 66]),
    undefined,
    5.5,
    {},
  ]);
}

function argument(parameter: w.Parameter): unknown {
  switch (parameter.type.kind) {
    case 'integer':
      return integer(parameter.name);
    case 'string':
      return text();
    case 'callback':
      return pick([null, undefined, 'text', {}, 1.5, -1]);
    case 'record':
      return pick([record(parameter.type as never), null, undefined, 5, {}, new Uint8Array(64)]);
    default:
      return memory(parameter);
  }
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.constructor.name}(${value.length})`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 20));
  return typeof value === 'object' && value !== null ? 'object' : String(value);
}

type AnyFunc = w.Func<(...args: unknown[]) => unknown>;

function functionsUnderTest(): AnyFunc[] {
  const known = JSON.parse(
    readFileSync(new URL('../../../fixtures/wine-exports.json', import.meta.url), 'utf8'),
  ) as Record<string, DllExports>;
  const all = Object.values(w).filter(
    (value): value is AnyFunc => typeof value === 'function' && 'definition' in value,
  );
  return [...new Set(all)].filter(({ definition: { dll, name } }) => {
    const table = known[dll];
    if (!table || MAY_BLOCK.test(name) || DESTRUCTIVE.test(name)) return false;
    return table.implemented.includes(name) && !table.stubs.includes(name);
  });
}

w.WSAStartup.orThrow(0x0202, new w.WSADATA());
const functions = functionsUnderTest();
const counts = { calls: 0, refused: 0, made: 0, functions: functions.length };
const verbose = process.env.FUZZ_VERBOSE === '1';

for (let i = 0; i < calls; i++) {
  if (i % 500 === 0) renewSockets();
  guarded = [];
  const call = pick(functions);
  const [, ...parameters] = call.definition.signature();
  const args = parameters.map(argument);
  if (random(50) === 0) args.length = Math.max(0, args.length - 1);
  if (verbose) writeSync(2, `${i} ${call.name}(${args.map(show).join(', ')})\n`);
  counts.calls++;
  try {
    call(...args);
    counts.made++;
  } catch (error) {
    counts.refused++;
    if (
      !(
        error instanceof TypeError ||
        error instanceof RangeError ||
        error instanceof w.WinsockError
      )
    ) {
      throw new Error(`${call.name} refused its arguments with an untyped error`, { cause: error });
    }
    if (!error.message.includes(call.name)) {
      throw new Error(`${call.name}: the error does not name the function: ${error.message}`);
    }
  }
  if (!canariesLive())
    throw new Error(`${call.name} wrote outside the memory given (seed ${seed}, call ${i})`);
}
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.exit(0);
