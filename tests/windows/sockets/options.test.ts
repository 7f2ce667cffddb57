import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { SOCKET } from 'winsock';

// What is traced is asked when a function is bound, so the setting comes before the import.
const file = join(tmpdir(), `winsock-options-trace-${process.pid}.log`);
process.env.WINSOCK_TRACE = `getsockopt,setsockopt,WSAIoctl,${file}`;
const w = await import('winsock');

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
const udp4 = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP);
const udp6 = w.socket.orThrow(w.AF_INET6, w.SOCK_DGRAM, w.IPPROTO_UDP);
const tcp = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
// Groups may want bound sockets.
w.bind.orThrow(udp4, new w.sockaddr_in({ sin_family: w.AF_INET }), w.sizeof(w.sockaddr_in));
w.bind.orThrow(udp6, new w.sockaddr_in6({ sin6_family: w.AF_INET6 }), w.sizeof(w.sockaddr_in6));
t.teardown(() => {
  for (const s of [udp4, udp6, tcp]) w.closesocket(s);
  w.WSACleanup();
  rmSync(file, { force: true, maxRetries: 3 });
});

/** The calls that a function made, each as its text up to the duration, with sockets as plain numbers. */
function callsOf(run: () => void): string[] {
  // Something is always traced first, so that the file exists.
  w.getsockopt(tcp, w.SOL_SOCKET, w.SO_TYPE, w.ref(w.int), w.ref(w.int, 4));
  truncateSync(file);
  run();
  const text = readFileSync(file, 'utf8').replace(/^\0+/, '').trim();
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/ <[\d.]+ .s>$/, '').replace(/\((\d+)<[^>]*>/, '($1'));
}

type Getter = (s: SOCKET, value: ReturnType<typeof w.ref<number>>) => number;
type Setter = (s: SOCKET, value: number) => number;

/** The option that a pair of functions stands for, on a socket; what it is set to, and its size. */
const OPTIONS: readonly (readonly [
  get: Getter & { orThrow: Getter },
  set: Setter & { orThrow: Setter },
  s: SOCKET,
  option: string,
  value: number,
  bytes: number,
])[] = [
  [w.WSAGetIPUserMtu, w.WSASetIPUserMtu, udp4, 'IPPROTO_IP, IP_USER_MTU', 1400, 4],
  [w.WSAGetIPUserMtu, w.WSASetIPUserMtu, udp6, 'IPPROTO_IPV6, IPV6_USER_MTU', 1400, 4],
  [w.WSAGetRecvIPEcn, w.WSASetRecvIPEcn, udp4, 'IPPROTO_IP, IP_RECVECN', 1, 4],
  [w.WSAGetRecvIPEcn, w.WSASetRecvIPEcn, udp6, 'IPPROTO_IPV6, IPV6_RECVECN', 1, 4],
  [
    w.WSAGetFailConnectOnIcmpError,
    w.WSASetFailConnectOnIcmpError,
    tcp,
    'IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR',
    1,
    4,
  ],
  [
    w.WSAGetUdpSendMessageSize,
    w.WSASetUdpSendMessageSize,
    udp4,
    'IPPROTO_UDP, UDP_SEND_MSG_SIZE',
    1200,
    4,
  ],
  [
    w.WSAGetUdpRecvMaxCoalescedSize,
    w.WSASetUdpRecvMaxCoalescedSize,
    udp4,
    'IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE',
    9000,
    4,
  ],
  [
    w.WSAGetReceivedProcessorOption,
    w.WSASetReceivedProcessorOption,
    udp4,
    'SOL_SOCKET, SO_RECEIVED_PROCESSOR',
    1,
    1,
  ],
];

for (const [get, set, s, option, value, bytes] of OPTIONS) {
  t.test(`${set.name} sets ${option} in as many bytes as the system takes`, async (t) => {
    const type = bytes === 1 ? w.BOOLEAN : w.DWORD;
    let result = 0;
    const setting = callsOf(() => {
      result = set(s, value);
    });
    const call = `setsockopt(${s}, ${option}, [${value}], ${bytes}) = ${result}`;
    t.ok(setting.at(-1)?.startsWith(call), `${setting.at(-1)} is ${call}`);
    const read = w.ref(type);
    const reading = callsOf(() => get(s, read));
    t.match(
      reading.at(-1),
      new RegExp(`^getsockopt\\(${s}, ${option}, \\[\\d+\\], \\[\\d+\\]\\) = `),
    );
    t.throws(() => set(s, 2 ** 33), RangeError, 'a value that does not fit');
    t.throws(() => get(s, new Uint8Array(0) as never), RangeError, 'no room for the value');
    if (result !== 0) {
      const code = w.errorName(w.WSAGetLastError());
      t.throws(() => set.orThrow(s, value), { name: 'WinsockError' });
      t.pass('asked of the system', {
        skip: `the system has no such option: ${code}; only the call is shown`,
      });
      return;
    }
    if (get(s, read) !== 0) {
      const code = w.WSAGetLastError();
      t.equal(code, w.WSAENOPROTOOPT, 'an option that is only set');
      return;
    }
    t.equal(read.value, value);
  });
}

t.test('the family is asked of the socket, and another than IP refused', async (t) => {
  const value = w.ref(w.DWORD);
  const asked = callsOf(() => w.WSAGetIPUserMtu(udp6, value));
  t.match(asked[0], /^getsockopt\(\d+, SOL_SOCKET, SO_PROTOCOL_INFOW, /);
  t.equal(w.WSAGetIPUserMtu(w.INVALID_SOCKET, value), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAENOTSOCK);
  t.throws(() => w.WSASetRecvIPEcn.orThrow(w.INVALID_SOCKET, 1), {
    code: 'WSAENOTSOCK',
    syscall: 'WSASetRecvIPEcn',
  });
  const ipx = w.socket(w.AF_IPX, w.SOCK_DGRAM, w.NSPROTO_IPX);
  if (ipx === w.INVALID_SOCKET) {
    t.pass('asked of the system', {
      skip: `the system has sockets of IP only: ${w.errorName(w.WSAGetLastError())}`,
    });
    return;
  }
  t.equal(w.WSAGetIPUserMtu(ipx, value), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAEAFNOSUPPORT);
  w.closesocket(ipx);
});

t.test('the ICMP error of a connect', async (t) => {
  const info = new w.ICMP_ERROR_INFO();
  const calls = callsOf(() => w.WSAGetIcmpErrorInfo(tcp, info));
  t.match(calls[0], /^getsockopt\(\d+, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, icmp_error_info /i);
  const result = w.WSAGetIcmpErrorInfo(tcp, info);
  const code = w.WSAGetLastError();
  t.equal(result, w.SOCKET_ERROR, 'there was none');
  if (code !== w.WSANO_DATA)
    t.pass('asked of the system', { skip: `the system has no such option: ${w.errorName(code)}` });
  t.throws(() => w.WSAGetIcmpErrorInfo(tcp, new Uint8Array(64) as never), TypeError);
});

t.test('the ideal send backlog', async (t) => {
  const bytes = w.ref(w.ULONG, 5);
  const calls = callsOf(() => w.idealsendbacklogquery(tcp, bytes));
  t.match(calls[0], /^WSAIoctl\(\d+, SIO_IDEAL_SEND_BACKLOG_QUERY, NULL, 0, \[\d+\], 4, /);
  t.equal(w.idealsendbacklogquery(tcp, bytes), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAENOTCONN);
  const notify = callsOf(() => w.idealsendbacklognotify(tcp, null, null));
  t.match(
    notify[0],
    /^WSAIoctl\(\d+, SIO_IDEAL_SEND_BACKLOG_CHANGE, NULL, 0, NULL, 0, .*, NULL, NULL\) = -1/,
  );

  const listener = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  const address = new w.sockaddr_in();
  w.IN4ADDR_SETLOOPBACK(address);
  w.bind.orThrow(listener, address, w.sizeof(address));
  w.listen.orThrow(listener, w.SOMAXCONN_HINT(200));
  w.getsockname.orThrow(listener, address, w.ref(w.int, w.sizeof(address)));
  const client = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  w.connect.orThrow(client, address, w.sizeof(address));
  const result = w.idealsendbacklogquery(client, bytes);
  if (result === 0) t.ok(bytes.value > 0, `${bytes.value} bytes`);
  else
    t.pass('asked of the system', {
      skip: `the system does not say: ${w.errorName(w.WSAGetLastError())}`,
    });
  w.closesocket(client);
  w.closesocket(listener);
});

const GROUP = '239.255.77.78';

/** The first two are asked of the system as what was seen to be right in memory. */
t.test('multicast source filters of IPv4', async (t) => {
  const group = new w.in_addr({ s_addr: w.inet_addr(GROUP) });
  const any = new w.in_addr();
  const sources = w.arrayOf(w.in_addr, [
    { s_addr: w.inet_addr('192.0.2.1') },
    { s_addr: w.inet_addr('192.0.2.2') },
  ]);
  let result = 0;
  const calls = callsOf(() => {
    result = w.setipv4sourcefilter(udp4, any, group, w.MCAST_EXCLUDE, 2, sources);
  });
  const bytes =
    '\\xef\\xffMN\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\xc0\\x00\\x02\\x01\\xc0\\x00\\x02\\x02';
  t.ok(
    calls[0]?.includes(`SIO_SET_MULTICAST_FILTER, 24 bytes "${bytes}", 24, NULL, 0, `),
    calls.join(),
  );
  const mode = w.ref(w.int, -1);
  const count = w.ref(w.ULONG, 1);
  const room = new w.in_addr();
  const asked = callsOf(() => w.getipv4sourcefilter(udp4, any, group, mode, count, room));
  t.match(asked[0], /SIO_GET_MULTICAST_FILTER, 20 bytes .*, 20, 20 bytes .*, 20, /);
  t.throws(() => w.setipv4sourcefilter(udp4, any, group, w.MCAST_EXCLUDE, 3, sources), RangeError);
  t.throws(() => w.setipv4sourcefilter(udp4, any, group, w.MCAST_EXCLUDE, 1, null), TypeError);
  t.throws(() => w.getipv4sourcefilter(udp4, any, group, null, count, room), TypeError);
  t.throws(
    () => w.setipv4sourcefilter(udp4, 0 as never, group, w.MCAST_EXCLUDE, 0, null),
    TypeError,
  );
  if (result !== 0) {
    t.pass('asked of the system', {
      skip: `the system has no source filters: ${w.errorName(w.WSAGetLastError())}`,
    });
    return;
  }
  const membership = new w.ip_mreq({ imr_multiaddr: group });
  // Where the filter has made the socket a member, this fails.
  w.setsockopt(udp4, w.IPPROTO_IP, w.IP_ADD_MEMBERSHIP, membership, w.sizeof(membership));
  w.setipv4sourcefilter.orThrow(udp4, any, group, w.MCAST_EXCLUDE, 2, sources);
  w.getipv4sourcefilter.orThrow(udp4, any, group, mode, count, room);
  t.same([mode.value, count.value], [w.MCAST_EXCLUDE, 2]);
});

t.test('multicast source filters of either version', async (t) => {
  const group = new w.sockaddr_in6({ sin6_family: w.AF_INET6 });
  group.sin6_addr = w.cast(w.sockaddr_in6, w.stringToAddress('ff15::77', w.AF_INET6)).sin6_addr;
  const size = w.sizeof(group);
  let result = 0;
  const calls = callsOf(() => {
    result = w.setsourcefilter(udp6, 1, group, size, w.MCAST_EXCLUDE, 0, null);
  });
  const bytes = w.GROUP_FILTER_SIZE(0);
  // The interface, padding, then the group.
  const start =
    '\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x17\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xff\\x15';
  t.ok(calls[0]?.includes(`${bytes} bytes "${start}`), calls.join());
  const mode = w.ref(w.int, -1);
  const count = w.ref(w.ULONG, 1);
  const room = new w.SOCKADDR_STORAGE();
  const asked = callsOf(() => w.getsourcefilter(udp6, 1, group, size, mode, count, room));
  const one = w.GROUP_FILTER_SIZE(1);
  t.match(asked[0], new RegExp(`${one} bytes .*, ${one}, ${one} bytes .*, ${one}, `));
  t.throws(() => w.setsourcefilter(udp6, 1, group, 129, w.MCAST_EXCLUDE, 0, null), RangeError);
  t.throws(() => w.setsourcefilter(udp6, 1, group, 64, w.MCAST_EXCLUDE, 0, null), RangeError);
  t.throws(() => w.setsourcefilter(udp6, 1, null, 28, w.MCAST_EXCLUDE, 0, null), TypeError);
  t.throws(() => w.setsourcefilter(udp6, 1, group, size, w.MCAST_EXCLUDE, 1, null), TypeError);
  if (result !== 0) {
    t.pass('asked of the system', {
      skip: `the system has no source filters: ${w.errorName(w.WSAGetLastError())}`,
    });
  }
});
