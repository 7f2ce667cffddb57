/**
 * What the checks of a call cost: each function as the package offers it against the same function
 * bound by koffi alone, with the same arguments, interleaved.
 *
 *   npm start -- bench/calls.ts [--rounds N] [--json]
 */
import * as w from 'winsock';
import { median } from 'winsock/perf';

const rounds = optionValue('--rounds', 9);
const asJson = process.argv.includes('--json');
const CALLS = 100_000;
const WARM_UP = 20_000;

function optionValue(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

interface Case {
  readonly name: string;
  readonly checked: () => unknown;
  readonly raw: () => unknown;
}

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
w.bind.orThrow(
  s,
  new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) } }),
  16,
);
const name = new w.sockaddr_in();
const length = w.ref(w.int, w.sizeof(name));
w.getsockname.orThrow(s, name, length);
const message = Buffer.alloc(64);
const buffers = w.arrayOf(w.WSABUF, [
  { len: 32, buf: message },
  { len: 32, buf: message },
]);
const sent = w.ref(w.DWORD);

const lastError = w.unchecked(w.WSAGetLastError);
const htons = w.unchecked(w.htons);
const inetAddr = w.unchecked(w.inet_addr);
const bind = w.unchecked(w.bind);
const getsockname = w.unchecked(w.getsockname);
const send = w.unchecked(w.send);
const WSASend = w.unchecked(w.WSASend);
const { bytes } = buffers;

/**
 * The calls on a socket that is none come back from Ws2_32.dll at once, so that what is compared is
 * the way to the function and not the work of the system.
 */
const none = 0xdead as w.SOCKET;
const cases: readonly Case[] = [
  { name: 'WSAGetLastError()', checked: () => w.WSAGetLastError(), raw: () => lastError() },
  { name: 'htons(number)', checked: () => w.htons(80), raw: () => htons(80) },
  {
    name: 'inet_addr(string)',
    checked: () => w.inet_addr('127.0.0.1'),
    raw: () => inetAddr('127.0.0.1'),
  },
  {
    name: 'bind(…, structure, …)',
    checked: () => w.bind(none, name, 16),
    raw: () => bind(none, name, 16),
  },
  {
    name: 'getsockname(…, out, in and out)',
    checked: () => w.getsockname(none, name, length),
    raw: () => getsockname(none, name, length),
  },
  {
    name: 'send(…, Buffer, …)',
    checked: () => w.send(none, message, 64, 0),
    raw: () => send(none, message, 64, 0),
  },
  {
    name: 'WSASend(…, two WSABUFs, …)',
    checked: () => w.WSASend(none, buffers, 2, sent, 0, null, null),
    raw: () => WSASend(none, bytes, 2, sent, 0, null, null),
  },
];

function nanoseconds(call: () => unknown): number {
  for (let i = 0; i < WARM_UP; i++) call();
  const started = process.hrtime.bigint();
  for (let i = 0; i < CALLS; i++) call();
  return Number(process.hrtime.bigint() - started) / CALLS;
}

const results = cases.map(({ name, checked, raw }) => {
  const pairs = Array.from({ length: rounds }, () => ({
    raw: nanoseconds(raw),
    checked: nanoseconds(checked),
  }));
  const ratios = pairs.map((pair) => pair.checked / pair.raw);
  return {
    name,
    rawNs: median(pairs.map((pair) => pair.raw)),
    checkedNs: median(pairs.map((pair) => pair.checked)),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
});
w.closesocket(s);

if (asJson) {
  console.log(
    JSON.stringify({ runtime: process.versions.bun ? 'bun' : process.version, rounds, results }),
  );
} else {
  console.log('checked call / koffi alone, median of interleaved rounds (lowest–highest)');
  for (const { name, ratio, lowest, highest, rawNs, checkedNs } of results) {
    console.log(
      `  ${name.padEnd(32)} ${ratio.toFixed(2)}  (${lowest.toFixed(2)}–${highest.toFixed(2)})   ${rawNs.toFixed(0)} → ${checkedNs.toFixed(0)} ns`,
    );
  }
}
process.exit(0);
