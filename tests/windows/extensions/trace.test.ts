import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

// What is traced is asked when a function is bound, so the setting comes before the import.
const file = join(tmpdir(), `winsock-extension-trace-${process.pid}.log`);
process.env.WINSOCK_TRACE = `WSAIoctl,DisconnectEx,${file}`;
const w = await import('winsock');

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
t.teardown(() => {
  w.WSACleanup();
  rmSync(file, { force: true, maxRetries: 3 });
});

t.test('the pointer is fetched once for each provider, and calls are traced', async (t) => {
  const kinds = [
    [w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP],
    [w.AF_INET6, w.SOCK_STREAM, w.IPPROTO_TCP],
    [w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP],
    [w.AF_INET6, w.SOCK_STREAM, w.IPPROTO_TCP],
  ] as const;
  for (const [family, type, protocol] of kinds) {
    const s = w.socket.orThrow(family, type, protocol);
    t.equal(w.DisconnectEx(s, null, 0, 0), 0, 'it is not connected');
    t.equal(w.WSAGetLastError(), w.WSAENOTCONN);
    w.closesocket.orThrow(s);
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const fetched = lines.filter((line) => line.startsWith('WSAIoctl('));
  const called = lines.filter((line) => line.startsWith('DisconnectEx('));
  t.equal(fetched.length, 2, 'one for each family');
  t.equal(called.length, kinds.length);
  for (const line of called) {
    t.match(line, /^DisconnectEx\(\d+<TCP>, NULL, 0, 0\) = 0 WSAENOTCONN \(10057\) <[\d.]+ µs>$/);
  }
});
