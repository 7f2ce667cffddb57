/** Control data of datagrams: what is read from it, and what is written to it. */
import t from 'tap';
import {
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  MSG_BCAST,
  MSG_TRUNC,
} from '../../../defs/ws2def.g.ts';
import {
  IP_ECN,
  IP_HOPLIMIT,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_TOS,
  IP_TTL,
  IPV6_ECN,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  UDP_COALESCED_INFO,
  UDP_SEND_MSG_SIZE,
} from '../../../defs/ws2ipdef.g.ts';
import { DetailsReader, detailsOf } from '../../../lib/io/datagrams/datagram-details.ts';
import { groupsOf, portionsOf } from '../../../lib/io/datagrams/segments.ts';
import { goesByIPv4, sendControl } from '../../../lib/io/datagrams/send-control.ts';
import { encodeAddress } from '../../../lib/io/families/address.ts';
import {
  type ControlMessage,
  controlMessages,
  encodeControlMessages,
} from '../../../lib/io/sockets/control-messages.ts';

const int = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
};
const message = (level: number, type: number, ...data: readonly number[]): ControlMessage => ({
  level,
  type,
  data: Uint8Array.from(data),
});
const place = (...ip: readonly number[]) => message(IPPROTO_IP, IP_PKTINFO, ...ip, ...int(7));

function read(six: boolean, messages: readonly ControlMessage[], flags = 0, wanted = true) {
  const control = encodeControlMessages(messages);
  // As the system does, into memory that is used again and again.
  const memory = Buffer.alloc(512, 0xff);
  memory.set(control);
  const reader = new DetailsReader(detailsOf(wanted), six, () => 53);
  const first = reader.read(memory, control.length, flags);
  return { first, again: () => reader.read(memory, control.length, flags), memory, reader };
}

t.test('IPv4, of this Windows and of older ones', async (t) => {
  const to = { family: 'IPv4', address: '192.0.2.9', port: 53 };
  const common = { to, interface: 7, truncated: false };
  const at = place(192, 0, 2, 9);
  const rest = (ttl: number, tos: number) => [
    message(IPPROTO_IP, ttl, ...int(64)),
    message(IPPROTO_IP, tos, ...int(0xb9)),
  ];
  for (const [ttl, tos] of [
    [IP_TTL, IP_TOS],
    [IP_HOPLIMIT, IP_RECVTOS],
  ] as const) {
    const { first } = read(false, [at, ...rest(ttl, tos)]);
    t.same(first, { ...common, ttl: 64, tos: 0xb9, ecn: 1 });
  }
  t.same(read(false, [at, message(IPPROTO_IP, IP_ECN, ...int(2))]).first, { ...common, ecn: 2 });
  t.same(read(false, [at], MSG_BCAST | MSG_TRUNC).first, {
    ...common,
    broadcast: true,
    truncated: true,
  });
  t.same(read(false, [at, ...rest(IP_TTL, IP_TOS)], 0, false).first, { truncated: false });
  const together = message(IPPROTO_UDP, UDP_COALESCED_INFO, ...int(1200));
  t.same(read(false, [together], 0, false).first, { segmentSize: 1200, truncated: false });
  // Short of memory the system tells nothing.
  t.same(read(false, []).first, { truncated: false });
});

t.test('IPv6, and IPv4 that comes to it', async (t) => {
  const six = (...ip: readonly number[]) => message(IPPROTO_IPV6, IPV6_PKTINFO, ...ip, ...int(4));
  const link = [0xfe, 0x80, ...new Array<number>(13).fill(0), 1];
  const rest = [
    message(IPPROTO_IPV6, IPV6_HOPLIMIT, ...int(255)),
    message(IPPROTO_IPV6, IPV6_TCLASS, ...int(0x2e << 2)),
  ];
  t.same(read(true, [six(...link), ...rest]).first, {
    to: { family: 'IPv6', address: 'fe80::1%4', port: 53 },
    interface: 4,
    ttl: 255,
    tos: 0xb8,
    ecn: 0,
    truncated: false,
  });
  const group = [0xff, 0x0e, ...new Array<number>(13).fill(0), 1];
  t.equal(read(true, [six(...group)]).first.to?.address, 'ff0e::1');
  t.equal(read(true, [message(IPPROTO_IPV6, IPV6_ECN, ...int(3))]).first.ecn, 3);
  const mapped = { family: 'IPv6', address: '::ffff:192.0.2.9', port: 53 };
  t.same(read(true, [place(192, 0, 2, 9)]).first.to, mapped);
  const any = new Array<number>(16).fill(0);
  t.same(read(true, [six(...any), place(192, 0, 2, 9)]).first.to, mapped);
  t.same(read(true, [place(192, 0, 2, 9), six(...any)]).first.to, mapped);
});

t.test('what comes as what came before is one object, and other things are not', async (t) => {
  const { first, again, memory } = read(false, [place(192, 0, 2, 9)]);
  t.equal(again(), first);
  t.ok(Object.isFrozen(first));
  // The next datagram is received into the same memory.
  memory[memory.indexOf(Buffer.from([192, 0, 2, 9])) + 3] = 10;
  t.equal(again().to?.address, '192.0.2.10');
  t.equal(first.to?.address, '192.0.2.9');
});

t.test('what is said of a datagram', async (t) => {
  const told = (...args: Parameters<typeof sendControl>) =>
    controlMessages(sendControl(...args)).map(({ level, type, data }) => [level, type, [...data]]);
  t.same(told({}, true), []);
  t.same(told({ from: '192.0.2.1', interface: 3, tos: 0xb8, ecn: 1 }, true, 1200), [
    [IPPROTO_IP, IP_PKTINFO, [192, 0, 2, 1, 3, 0, 0, 0]],
    [IPPROTO_IP, IP_TOS, [0xb9, 0, 0, 0]],
    [IPPROTO_UDP, UDP_SEND_MSG_SIZE, [0xb0, 4, 0, 0]],
  ]);
  t.same(told({ from: { address: '::ffff:192.0.2.1' } }, true), [
    [IPPROTO_IP, IP_PKTINFO, [192, 0, 2, 1, 0, 0, 0, 0]],
  ]);
  const link = [0xfe, 0x80, ...new Array<number>(13).fill(0), 1];
  t.same(told({ from: 'fe80::1%9', ecn: 2 }, false), [
    [IPPROTO_IPV6, IPV6_PKTINFO, [...link, 9, 0, 0, 0]],
    [IPPROTO_IPV6, IPV6_ECN, [2, 0, 0, 0]],
  ]);
  t.same(told({ tos: 4 }, false), [[IPPROTO_IPV6, IPV6_TCLASS, [4, 0, 0, 0]]]);
  const by = (address: string) => goesByIPv4(encodeAddress({ address, port: 1 }));
  t.same([by('192.0.2.1'), by('::ffff:192.0.2.1'), by('::1')], [true, true, false]);
});

t.test('data is taken apart in as few calls as fit', async (t) => {
  t.same(portionsOf(7, 3, true), [{ begin: 0, end: 7, segmentSize: 3 }]);
  t.same(
    portionsOf(7, 3, false).map(({ begin, end, segmentSize }) => [begin, end, segmentSize]),
    [
      [0, 3, undefined],
      [3, 6, undefined],
      [6, 7, undefined],
    ],
  );
  const calls = portionsOf(200_000, 1200, true);
  t.ok(calls.every(({ begin, end }) => end - begin <= 65_507 && begin % 1200 === 0));
  t.equal(calls.at(-1)!.end, 200_000);
  t.equal(portionsOf(10_000, 1, true)[0]!.end, 512, 'no more than 512 with one call');
  // One that is left over is no segment.
  t.equal(portionsOf(54 * 1200 + 5, 1200, true).at(-1)!.segmentSize, undefined);
  const sizes = (...lengths: readonly number[]) =>
    groupsOf(lengths.map((length) => new Uint8Array(length))).map((group) =>
      group.map((one) => one.length),
    );
  t.same(sizes(2, 2, 1, 2, 2), [
    [2, 2, 1],
    [2, 2],
  ]);
  t.same(sizes(3, 0, 0, 3), [[3], [0], [0], [3]]);
  t.same(sizes(1, 2), [[1], [2]]);
  t.same(sizes(40_000, 40_000), [[40_000], [40_000]]);
});

t.test('control data that is no memory is refused', async (t) => {
  for (const data of ['text', 5, undefined]) {
    const wrong = { level: IPPROTO_IP, type: IP_PKTINFO, data: data as never };
    t.throws(() => encodeControlMessages([wrong]), TypeError);
  }
});
