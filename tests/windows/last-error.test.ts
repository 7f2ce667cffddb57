import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as w from 'winsock';

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
t.teardown(() => w.WSACleanup());

const FAILING_CALLS = 100_000;

/** Calls that fail, each with its own code. */
const failing: readonly [string, () => unknown, number][] = [
  ['closesocket', () => w.closesocket(0xdead as w.SOCKET), w.WSAENOTSOCK],
  ['socket', () => w.socket(9999, w.SOCK_STREAM, 0), w.WSAEAFNOSUPPORT],
  ['WSASetLastError', () => w.WSASetLastError(w.WSAECONNRESET), w.WSAECONNRESET],
  [
    'WSAStringToAddressW',
    () =>
      w.WSAStringToAddressW('not an address', w.AF_INET, null, Buffer.alloc(16), w.ref(w.int, 16)),
    w.WSAEINVAL,
  ],
];

t.test('WSAGetLastError is right whatever the run time does in between', async (t) => {
  const file = join(tmpdir(), `winsock-last-error-${process.pid}`);
  let timers = 0;
  const timer = setInterval(() => timers++, 1);
  let wrong = 0;
  const garbage: unknown[] = [];
  for (let i = 0; i < FAILING_CALLS; i++) {
    const [, call, code] = failing[i % failing.length]!;
    call();
    if (i % 16 === 0) garbage.push(new Array(64).fill(i), Buffer.alloc(256));
    if (i % 1000 === 0) {
      garbage.length = 0;
      writeFileSync(file, String(i));
      globalThis.gc?.();
      // A file that does not exist makes the run time's own system calls fail.
      t.throws(() => writeFileSync(join(file, 'below-a-file'), ''));
    }
    if (i % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    if (i % 5000 !== 0 && w.WSAGetLastError() !== code) wrong++;
    if (i % 5000 === 0 && w.WSAGetLastError() !== code) wrong++;
  }
  clearInterval(timer);
  rmSync(file, { force: true });
  t.equal(wrong, 0, `${FAILING_CALLS} failing calls`);
  t.ok(timers > 0, 'timers ran in between');
});

t.test('every flavour gives the same code', async (t) => {
  for (const [name, code] of [['closesocket', w.WSAENOTSOCK]] as const) {
    const error = { name: 'WinsockError', code: 'WSAENOTSOCK', errno: code, syscall: name };
    t.throws(() => w.closesocket.orThrow(0xdead as w.SOCKET), error);
    await t.rejects(w.closesocket.async(0xdead as w.SOCKET), error);
  }
  w.WSASetLastError(w.WSAEINTR);
  await t.rejects(w.closesocket.async(0xdead as w.SOCKET));
  t.equal(w.WSAGetLastError(), w.WSAEINTR, 'a call on another thread leaves this one alone');
});

t.test('a successful call leaves the error as it was', async (t) => {
  w.WSASetLastError(w.WSAEACCES);
  w.htons(1);
  t.equal(w.WSAGetLastError(), w.WSAEACCES);
});

t.test("the message is the system's", async (t) => {
  const error = new w.WinsockError(w.WSAECONNRESET, 'WSARecv');
  t.match(error.message, /^WSARecv: WSAECONNRESET \(10054\): .+/);
  t.equal(w.systemMessage(999_999), undefined);
});
