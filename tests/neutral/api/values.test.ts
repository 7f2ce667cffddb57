// The macros and inline functions against a C compiler: tests/fixtures/api-values.json says what C
// programs get from them (scripts/fixtures/api-values.ts writes it).

import { readFileSync } from 'node:fs';
import t from 'tap';
import * as w from 'winsock';
import { MIB_IFROW } from '../../../defs/ifmib.g.ts';
import { MIB_IPFORWARDROW } from '../../../defs/ipmib.g.ts';
import { MIB_TCPROW } from '../../../defs/tcpmib.g.ts';
import * as tables from '../../../lib/api/iphlpapi/ip-tables.ts';
import * as qos from '../../../lib/api/qos/qos-overhead.ts';

type Cases = [args: unknown, result: unknown][];

const fixture = new URL('../../fixtures/api-values.json', import.meta.url);
const expected = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, Cases>;
// The macros of qos2.h, qospol.h and the IP Helper headers belong to entries of their own.
const rows = { MIB_IFROW, MIB_IPFORWARDROW, MIB_TCPROW };
const published: Readonly<Record<string, unknown>> = { ...w, ...tables, ...qos, ...rows };

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}

function hex(memory: Uint8Array): string {
  return `x:${Buffer.from(memory).toString('hex')}`;
}

/** A record whose memory is the given bytes. */
function of<T extends w.Struct>(type: w.StructType<T>): (text: unknown) => T {
  return (text) => w.cast(type, bytes(text as string));
}

const in4 = of<w.in_addr>(w.in_addr);
const in6 = of<w.in6_addr>(w.in6_addr);
const sin = of<w.sockaddr_in>(w.sockaddr_in);
const sin6 = of<w.sockaddr_in6>(w.sockaddr_in6);
const guid = of<w.GUID>(w.GUID);
const sockaddr = (text: unknown) => ((text as string).length > 40 ? sin6(text) : sin(text));
const scope = (value: unknown) => new w.SCOPE_ID({ Value: value as number });
const type = (name: unknown) => (typeof name === 'string' ? published[name] : name);
const time = (fields: unknown) => new w.timeval(fields as { tv_sec: number; tv_usec: number });
const plain = (value: unknown) => {
  if (typeof value !== 'string') return value;
  if (value.startsWith('x:')) return bytes(value);
  return /^[0-9]+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
};

type Reader = (value: unknown) => unknown;

/** What the arguments of the functions with these names are; the first that fits counts. */
const READERS: readonly (readonly [RegExp, readonly Reader[]])[] = [
  [/^IN4_UNCANONICALIZE/, [in4, scope]],
  [/^IN6_UNCANONICALIZE/, [in6, scope]],
  [/^IN4_(ADDR|IS)/, [in4, in4]],
  [/^IN6_(SET_ADDR_V4|SET_ISATAP|SET_6TO4)/, [in6, in4]],
  [/^IN6_/, [in6, in6]],
  [/^IN4ADDR_SETSOCKADDR/, [sin, in4]],
  [/^IN4ADDR_/, [sin, sin]],
  [/^IN6ADDR_SETSOCKADDR/, [sin6, in6, scope]],
  [/^IN6ADDR_SETV4MAPPED/, [sin6, in4, scope]],
  [/^IN6ADDR_/, [sin6, sin6]],
  [/^INETADDR_SET_PORT/, [sockaddr]],
  [/^INETADDR_SET_ADDRESS/, [sockaddr, plain]],
  [/^ScopeLevel/, [scope]],
  [/^(INETADDR_|SS_PORT)/, [sockaddr, sockaddr]],
  [/^(SET_\w*SVCID|IS_SVCID|\w+_FROM_SVCID)/, [guid]],
  [/^SET_NETBIOS/, [of(w.sockaddr_nb as w.StructType<w.Struct>)]],
  [/^ISO_SET/, [of(w.sockaddr_tp as w.StructType<w.Struct>)]],
  [/^timer/, [time, time]],
  [/^_IO[RW]$/, [plain, plain, type]],
  [/^MIB_INFO/, [type]],
];

function read(name: string, args: readonly unknown[]): unknown[] {
  const readers = READERS.find(([pattern]) => pattern.test(name))?.[1] ?? [];
  return args.map((value, index) => {
    const isOther =
      typeof value === 'number' && readers[index] !== scope && readers[index] !== type;
    return isOther ? value : (readers[index] ?? plain)(value);
  });
}

/** A result as the fixture has it. What returns nothing changes memory: its first argument, or the scope. */
function written(name: string, result: unknown, args: readonly unknown[]): unknown {
  if (name.endsWith('_UNCANONICALIZE_SCOPE_ID')) return (args[1] as w.SCOPE_ID).Value;
  const value = result === undefined ? args[0] : result;
  if (value instanceof Uint8Array) return hex(value);
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'boolean' ? Number(value) : value;
}

const functionOf = (name: string) => published[name] as (...args: unknown[]) => unknown;
const SPECIAL = new Set(['guid', 'list', 'walk', 'walkRio', 'set', 'full']);

/** Functions that the fixture has values of. */
const tested = new Set<string>();

t.test('macros and inline functions give what C gives', async (t) => {
  for (const [name, cases] of Object.entries(expected)) {
    if (SPECIAL.has(name) || typeof cases[0]?.[0] === 'string') continue;
    tested.add(name);
    const wrong: string[] = [];
    for (const [args, result] of cases as [unknown[], unknown][]) {
      const values = read(name, args);
      const found = written(name, functionOf(name)(...values), values);
      if (!Object.is(found, result) && found !== result) {
        wrong.push(`(${JSON.stringify(args)}) is ${found}, C has ${result}`);
      }
    }
    t.same(wrong.slice(0, 5), [], `${name}: ${cases.length} values`);
  }
});

t.test('predicates answer as C does for every address of the lists', async (t) => {
  const lists = Object.fromEntries(expected.list as [string, string[]][]);
  for (const [name, cases] of Object.entries(expected)) {
    const [list, answers] = cases[0] as [string, string];
    if (SPECIAL.has(name) || typeof list !== 'string') continue;
    tested.add(name);
    const make = list === 'ipv4' ? in4 : in6;
    const wrong = (lists[list] ?? []).filter(
      (text, index) =>
        Number(functionOf(name)(make(text))) !== Number.parseInt(answers[index] ?? '', 36),
    );
    t.same(wrong, [], `${name}: ${answers.length} addresses`);
  }
});

t.test('the functions for either family agree with those of the family', async (t) => {
  const lists = Object.fromEntries(expected.list as [string, string[]][]);
  const same: [string, string, string][] = [
    ['INET_IS_ADDR_UNSPECIFIED', 'IN4_IS_ADDR_UNSPECIFIED', 'IN6_IS_ADDR_UNSPECIFIED'],
    ['INET_IS_UNALIGNED_ADDR_UNSPECIFIED', 'IN4_IS_ADDR_UNSPECIFIED', 'IN6_IS_ADDR_UNSPECIFIED'],
    ['INET_IS_ADDR_LOOPBACK', 'IN4_IS_ADDR_LOOPBACK', 'IN6_IS_ADDR_LOOPBACK'],
    ['INET_IS_ADDR_MULTICAST', 'IN4_IS_ADDR_MULTICAST', 'IN6_IS_ADDR_MULTICAST'],
    ['INET_IS_ADDR_BROADCAST', 'IN4_IS_ADDR_BROADCAST', ''],
  ];
  for (const [name, four, six] of same) {
    const answers = (of: string) => (expected[of]?.[0] as [string, string] | undefined)?.[1] ?? '';
    const ask = (family: number, list: string) =>
      (lists[list] ?? []).map((text) => Number(functionOf(name)(family, bytes(text)))).join('');
    t.equal(ask(w.AF_INET, 'ipv4'), answers(four), `${name} of IPv4`);
    const wanted = six ? answers(six) : '0'.repeat(lists.ipv6?.length ?? 0);
    t.equal(ask(w.AF_INET6, 'ipv6'), wanted, `${name} of IPv6`);
    tested.add(name);
  }
  const [a, b] = [
    in6('x:20010db8000000000000000000000001'),
    in6('x:20010db8000000000000000000000002'),
  ];
  const [link, none] = [scope(0x20000005), scope(0)];
  t.equal(w.INET_ADDR_EQUAL(w.AF_INET6, a, new w.in6_addr(a)), true);
  t.equal(w.INET_ADDR_EQUAL(w.AF_INET6, a, b), false);
  t.equal(w.INET_ADDR_EQUAL(w.AF_INET, a.subarray(0, 4), b.subarray(0, 4)), true);
  t.equal(w.NL_ADDR_EQUAL(w.AF_INET6, link, a, link, a), true);
  t.equal(w.NL_ADDR_EQUAL(w.AF_INET6, link, a, none, a), false);
  t.equal(w.NL_ADDR_EQUAL(w.AF_INET6, link, a, link, b), false);
  const unspecified = w.INET_ADDR_UNSPECIFIED(w.AF_INET6);
  t.equal(w.NL_IS_ADDR_UNSPECIFIED(w.AF_INET6, none, unspecified), true);
  t.equal(w.NL_IS_ADDR_UNSPECIFIED(w.AF_INET6, link, unspecified), false);
  t.equal(w.INET_ADDR_UNSPECIFIED(w.AF_INET).byteLength, 4);
  const copy = new w.in6_addr();
  w.INET_SET_ADDRESS(w.AF_INET6, copy, a);
  t.equal(hex(copy), hex(a));
  const cases = expected.IN4_UNCANONICALIZE_SCOPE_ID as [[string, number], number][];
  const [[address, before], after] = cases[60]!;
  const id = scope(before);
  w.INET_UNCANONICALIZE_SCOPE_ID(w.AF_INET, in4(address), id);
  t.equal(id.Value, after);
});

t.test('identifiers have the bytes that they have in C', async (t) => {
  const guids = Object.fromEntries(expected.guid as [string, string][]);
  const found = Object.entries(published)
    .filter(([, value]) => value instanceof w.GUID)
    .map(([name, value]) => [name, hex(value as w.GUID)]);
  t.same(Object.fromEntries(found), guids);
  t.equal(guids.SVCID_DNS_TYPE_A, hex(w.SVCID_DNS(1)));
});

/** The offsets and data of the messages in a control buffer. */
function walked(
  first: w.WSACMSGHDR | null,
  next: (c: w.WSACMSGHDR) => w.WSACMSGHDR | null,
  start: number,
): [number, string][] {
  const found: [number, string][] = [];
  for (let c = first; c; c = next(c)) {
    found.push([c.byteOffset - start, hex(w.WSA_CMSG_DATA(c))]);
  }
  return found;
}

t.test('control messages are found where C finds them', async (t) => {
  for (const [[text, length], messages] of expected.walk as [[string, number], unknown][]) {
    const control = bytes(text);
    const msg = new w.WSAMSG({ Control: { len: length, buf: control } });
    const found = walked(
      w.WSA_CMSG_FIRSTHDR(msg),
      (c) => w.WSA_CMSG_NXTHDR(msg, c),
      control.byteOffset,
    );
    t.same(found, messages, `${length} bytes`);
    t.same(w.WSA_CMSG_NXTHDR(msg, null), w.WSA_CMSG_FIRSTHDR(msg));
  }
  for (const [[text], messages] of expected.walkRio as [[string], unknown][]) {
    const buffer = bytes(text);
    const next = (c: w.WSACMSGHDR) => w.RIO_CMSG_NEXTHDR(buffer, c);
    t.same(walked(w.RIO_CMSG_FIRSTHDR(buffer), next, buffer.byteOffset), messages);
    const record = w.cast(w.RIO_CMSG_BUFFER, buffer);
    t.same(walked(w.RIO_CMSG_NEXTHDR(record, null), next, buffer.byteOffset), messages);
  }
});

t.test('sets of sockets hold what they hold in C', async (t) => {
  for (const [steps, members] of expected.set as [[string, number][], number[]][]) {
    const set = new w.fd_set();
    for (const [operation, s] of steps) {
      if (operation === '+') w.FD_SET(s, set);
      else if (operation === '-') w.FD_CLR(s, set);
      else w.FD_ZERO(set);
    }
    t.same([...set.fd_array].slice(0, set.fd_count), members, JSON.stringify(steps));
    for (const [, s] of steps) t.equal(w.FD_ISSET(s, set), members.includes(s) ? 1 : 0);
  }
  const [[[last], [count, member]]] = expected.full as [[[number], [number, number]]];
  const full = new w.fd_set();
  for (let s = 1; s <= last; s++) w.FD_SET(s, full);
  t.equal(full.fd_count, count);
  t.equal(full.fd_array[count - 1], member);
  t.equal(w.FD_ISSET(last, full), 0);
});

t.test('the aliases are the functions', async (t) => {
  const aliases: Record<string, string> = {
    IN6_ARE_ADDR_EQUAL: 'IN6_ADDR_EQUAL',
    INET_UNALIGNED_ADDR_EQUAL: 'INET_ADDR_EQUAL',
    IN4_UNALIGNED_ADDR_EQUAL: 'IN4_ADDR_EQUAL',
    CMSGHDR_ALIGN: 'WSA_CMSGHDR_ALIGN',
    CMSGDATA_ALIGN: 'WSA_CMSGDATA_ALIGN',
    CMSG_FIRSTHDR: 'WSA_CMSG_FIRSTHDR',
    CMSG_NXTHDR: 'WSA_CMSG_NXTHDR',
    CMSG_SPACE: 'WSA_CMSG_SPACE',
    CMSG_LEN: 'WSA_CMSG_LEN',
    SIZEOF_TCPTABLE_BASIC: 'SIZEOF_TCPTABLE',
    SIZEOF_UDPTABLE_BASIC: 'SIZEOF_UDPTABLE',
  };
  const unaligned = Object.keys(w).filter((name) => name.startsWith('IN4_IS_UNALIGNED_'));
  t.equal(unaligned.length, 8);
  for (const name of unaligned) aliases[name] = name.replace('UNALIGNED_', '');
  for (const [alias, name] of Object.entries(aliases)) {
    t.equal(published[alias], published[name], alias);
    t.ok(tested.has(name) || /CMSG_(FIRST|NXT)HDR/.test(name) || name === 'INET_ADDR_EQUAL', name);
  }
});
