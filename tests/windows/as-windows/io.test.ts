/** winsock/io where the system answers as Windows does. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { asWindows, needsAsWindows } from '../support/as-windows.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('cases/io.ts', import.meta.url));

const TRUNCATED = 'WSAEMSGSIZE, a bc';

/** What each program prints, by what it asks and how it is answered. */
const WAYS: readonly (readonly [what: string, how: string, output: string])[] = [
  ['accepts', 'accept-fails', 'WSAENOBUFS, accepts'],
  ['accepts without', 'accept-fails', 'WSAENOBUFS, ended'],
  ['accepts on a port without', 'accept-fails', 'WSAENOBUFS, ended'],
  // 19 that end so, and one whose context cannot be updated; two more fail at once, before there is a client.
  ['gone', 'clients-gone', '20 gone, then served; errors: none; 0 pending'],
  ['accepts', 'many-clients-gone', 'WSAECONNRESET, accepts'],
  ['refused', 'refused-late', 'WSAECONNREFUSED at once'],
  ['cancelled', 'cancel-all', 'WSAETIMEDOUT goes on'],
  ['file', 'cancelled-file', 'WSAETIMEDOUT, of the signal'],
  ['closed', 'closed-receive', 'WSAECONNABORTED'],
  ['disconnected', 'disconnect-packet,not-wine', '0 bytes, 0 pending, 0 without a packet'],
  ['layered', 'layered', 'WSAETIMEDOUT'],
  ['lingering', 'lingering', 'goes on'],
  ['truncated', 'long-datagram', TRUNCATED],
  ['truncated', 'long-datagram-twice', TRUNCATED],
  ['restart', 'exclusive', 'WSAEADDRINUSE listens, node:net listens'],
  [
    'unspecified',
    'unspecified',
    '127.0.0.1 127.0.0.1; connected message overlapped to; ::1 ::1; connected message overlapped to',
  ],
];

for (const [what, how, output] of WAYS) {
  t.test(`${what} (${how}): ${output}`, needsAsWindows, async (t) => {
    const { stdout } = await run(process.execPath, [program, what], {
      env: asWindows(how),
      timeout: 60_000,
    });
    t.equal(stdout.trim(), output);
  });
}
