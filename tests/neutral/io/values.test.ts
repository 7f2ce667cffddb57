/** What winsock/io makes of the system's values, as far as that takes no system. */

import t from 'tap';
import * as w from 'winsock';
import { WinsockError } from '../../../lib/ffi/errors/errors.ts';
import { backlogOf } from '../../../lib/io/calls/socket-calls.ts';
import { codeOfHandleStatus, codeOfStatus, isWarning } from '../../../lib/io/calls/status.ts';
import {
  anyAddress,
  decodeAddress,
  encodeAddress,
  isLoopback,
  peerSockaddr,
} from '../../../lib/io/families/address.ts';
import { type NodeSystemError, toNodeError } from '../../../lib/io/node/node-errors.ts';

/** NTSTATUS values that network operations end with, and what Winsock calls them. */
const STATUSES: readonly [name: string, status: number, code: number][] = [
  ['STATUS_SUCCESS', 0, 0],
  ['STATUS_RECEIVE_PARTIAL', 0x4000000f, 0],
  ['STATUS_BUFFER_OVERFLOW', 0x80000005, w.WSAEMSGSIZE],
  ['STATUS_INVALID_HANDLE', 0xc0000008, w.WSAENOTSOCK],
  ['STATUS_ACCESS_DENIED', 0xc0000022, w.WSAEACCES],
  ['STATUS_INSUFFICIENT_RESOURCES', 0xc000009a, w.WSAENOBUFS],
  ['STATUS_IO_TIMEOUT', 0xc00000b5, w.WSAETIMEDOUT],
  ['STATUS_CANCELLED', 0xc0000120, w.WSA_OPERATION_ABORTED],
  ['STATUS_LOCAL_DISCONNECT', 0xc000013b, w.WSAECONNABORTED],
  ['STATUS_REMOTE_DISCONNECT', 0xc000013c, w.WSAECONNRESET],
  ['STATUS_INVALID_BUFFER_SIZE', 0xc0000206, w.WSAEMSGSIZE],
  ['STATUS_ADDRESS_ALREADY_EXISTS', 0xc000020a, w.WSAEADDRINUSE],
  ['STATUS_CONNECTION_DISCONNECTED', 0xc000020c, w.WSAECONNRESET],
  ['STATUS_CONNECTION_RESET', 0xc000020d, w.WSAECONNRESET],
  ['STATUS_CONNECTION_REFUSED', 0xc0000236, w.WSAECONNREFUSED],
  ['STATUS_GRACEFUL_DISCONNECT', 0xc0000237, w.WSAEDISCON],
  ['STATUS_NETWORK_UNREACHABLE', 0xc000023c, w.WSAENETUNREACH],
  ['STATUS_HOST_UNREACHABLE', 0xc000023d, w.WSAEHOSTUNREACH],
  ['STATUS_PORT_UNREACHABLE', 0xc000023f, w.WSAECONNRESET],
  ['STATUS_REQUEST_ABORTED', 0xc0000240, w.WSAEINTR],
  ['STATUS_CONNECTION_ABORTED', 0xc0000241, w.WSAECONNABORTED],
  ['STATUS_TOO_MANY_ADDRESSES', 0xc0000209, w.WSAENOBUFS],
  ['STATUS_OBJECT_NAME_NOT_FOUND', 0xc0000034, w.WSAENETDOWN],
  ['STATUS_CONNECTION_INVALID', 0xc000023a, w.WSAEINVAL],
  ['any other failure', 0xc0001234, w.WSAEINVAL],
  ['STATUS_HANDLES_CLOSED', 0x8000000a, w.WSA_OPERATION_ABORTED],
  ['STATUS_HOPLIMIT_EXCEEDED', 0xc000a012, w.WSAENETRESET],
];

t.test('the codes of Winsock for what packets carry', async (t) => {
  for (const [name, status, code] of STATUSES) t.equal(codeOfStatus(status), code, name);
  t.equal(codeOfHandleStatus(0), 0);
  const warnings = STATUSES.filter(([, status]) => isWarning(status)).map(([name]) => name);
  t.same(
    warnings,
    ['STATUS_BUFFER_OVERFLOW', 'STATUS_HANDLES_CLOSED'],
    'neither successes nor errors',
  );
});

t.test('a queue of connections is as long as was asked for', async (t) => {
  for (const short of [0, 1, 200, w.SOMAXCONN]) t.equal(backlogOf(short, w.AF_INET), short);
  for (const long of [201, 511, 65_535])
    t.equal(backlogOf(long, w.AF_INET6), w.SOMAXCONN_HINT(long));
  for (const long of [201, 511, 65_535]) t.equal(backlogOf(long, w.AF_UNIX), 200);
  t.equal(backlogOf(1_000_000, w.AF_INET), w.SOMAXCONN_HINT(65_535));
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 31, '5' as never]) {
    t.throws(() => backlogOf(wrong, w.AF_INET), RangeError);
  }
});

t.test('what a socket is bound to before it connects', async (t) => {
  t.same(decodeAddress(anyAddress(w.AF_INET)), { family: 'IPv4', address: '0.0.0.0', port: 0 });
  t.same(decodeAddress(anyAddress(w.AF_INET6)), { family: 'IPv6', address: '::', port: 0 });
  // With room for a path, Windows would look for the file of that name.
  t.same([...anyAddress(w.AF_UNIX)], [w.AF_UNIX, 0, 0]);
  t.same(decodeAddress(anyAddress(w.AF_UNIX)), { family: 'Unix', path: '' });
});

t.test('addresses by which a computer reaches itself are told as the macro tells them', (t) => {
  const addresses = [
    '127.0.0.1',
    '127.255.0.9',
    '128.0.0.1',
    '1.127.0.0',
    '::1',
    '::',
    '::2',
    '1::1',
  ];
  for (const address of addresses) {
    const bytes = encodeAddress({ address, port: 80 });
    t.equal(isLoopback(bytes), w.INETADDR_ISLOOPBACK(w.cast(w.sockaddr, bytes)), address);
  }
  t.equal(isLoopback(encodeAddress({ path: 'x' })), false);
  t.end();
});

t.test('the unspecified address means this computer where it is the peer', (t) => {
  const peers = [
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['0.0.0.1', '0.0.0.1'],
    ['1.0.0.0', '1.0.0.0'],
    ['1::', '1::'],
    ['::2', '::2'],
  ] as const;
  for (const [address, peer] of peers) {
    const given = encodeAddress({ address, port: 80 });
    t.match(decodeAddress(peerSockaddr(given)), { address: peer, port: 80 }, address);
    t.match(decodeAddress(given), { address, port: 80 }, `${address} is left as it was`);
  }
  const unix = encodeAddress({ path: 'x' });
  t.equal(peerSockaddr(unix), unix);
  t.end();
});

t.test('a receive that Windows calls aborted is a reset, as in node:net', (t) => {
  const told = (syscall: string) =>
    (toNodeError(new WinsockError(w.WSAECONNABORTED, syscall)) as NodeSystemError).code;
  t.equal(told('WSARecv'), 'ECONNRESET');
  t.equal(told('WSASend'), 'ECONNABORTED');
  const hollow = Object.create(WinsockError.prototype);
  t.equal(toNodeError(hollow), hollow, 'what tells no call is given back');
  t.end();
});
