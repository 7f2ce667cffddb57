import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import { isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';
import { getOption, portOf, receive, send, setOption, tryOption } from './support.ts';

startWinsock(t);

function address(text: string): w.in6_addr {
  const result = new w.in6_addr();
  if (w.inet_pton(w.AF_INET6, text, result) !== 1) throw new Error(`${text} is no address`);
  return result;
}

/** Groups begin with ff11, so what is sent to them stays on the interface. */
function textOf(value: w.in6_addr): string {
  const text = Buffer.alloc(64);
  w.inet_ntop.orThrow(w.AF_INET6, value, text, text.length);
  return text.toString('latin1').replace(/\0.*/s, '');
}

function endpoint(text: string, port = 0): w.sockaddr_in6 {
  return new w.sockaddr_in6({
    sin6_family: w.AF_INET6,
    sin6_port: port,
    sin6_addr: address(text),
  });
}

/**
 * An address of a network interface, whose groups this uses. The loopback interface may have no route
 * for groups. Addresses that mean something on one interface only would need its number as well.
 */
const own = [...ip.unicastIpAddressTable(w.AF_INET6)].find(({ Address }) => {
  const { sin6_addr } = Address.Ipv6;
  return !w.IN6_IS_ADDR_LOOPBACK(sin6_addr) && !w.IN6_IS_ADDR_LINKLOCAL(sin6_addr);
});
const noNetwork = !own && 'this system has no network with IPv6';
const index = own?.InterfaceIndex ?? 0;
const OWN = own ? textOf(own.Address.Ipv6.sin6_addr) : '::';

const sockets: w.SOCKET[] = [];
t.teardown(() => {
  for (const s of sockets) w.closesocket(s);
});

function bound(text: string): w.SOCKET {
  const s = w.socket.orThrow(w.AF_INET6, w.SOCK_DGRAM, w.IPPROTO_UDP);
  sockets.push(s);
  const name = endpoint(text);
  w.bind.orThrow(s, name, w.sizeof(name));
  return s;
}

function sender(): w.SOCKET {
  const s = bound(OWN);
  setOption(s, w.IPPROTO_IPV6, w.IPV6_MULTICAST_IF, index);
  return s;
}

const membership = (group: string) =>
  new w.ipv6_mreq({ ipv6mr_multiaddr: address(group), ipv6mr_interface: index });

function change(s: w.SOCKET, option: number, value: Uint8Array): void {
  w.setsockopt.orThrow(s, w.IPPROTO_IPV6, option, value, value.byteLength);
}

/** Whether something keeps what is sent to groups, which then would be waited for in vain. */
async function keepsGroups(): Promise<boolean> {
  const group = 'ff11::71:9';
  const receiver = bound('::');
  const port = portOf(receiver);
  const from = sender();
  change(receiver, w.IPV6_ADD_MEMBERSHIP, membership(group));
  send(from, 'to the group', endpoint(group, port));
  send(from, 'to the socket', endpoint(OWN, port));
  return (await receive(receiver)).text === 'to the socket';
}

const kept = !noNetwork && !isWine() && (await keepsGroups());
const skip = noNetwork || (kept && 'a firewall keeps what is sent to groups');

t.test('a member of a group gets what is sent to it, until it leaves', { skip }, async (t) => {
  const group = 'ff11::71:1';
  const receiver = bound('::');
  const port = portOf(receiver);
  const from = sender();
  change(receiver, w.IPV6_ADD_MEMBERSHIP, membership(group));
  send(from, 'to the group', endpoint(group, port));
  const first = await receive(receiver);
  t.equal(first.text, 'to the group');
  const source = w.cast(w.sockaddr_in6, first.from);
  t.equal(textOf(source.sin6_addr), OWN);
  t.equal(source.sin6_port, portOf(from));

  change(receiver, w.IPV6_DROP_MEMBERSHIP, membership(group));
  send(from, 'to nobody', endpoint(group, port));
  send(from, 'to the socket', endpoint(OWN, port));
  t.equal((await receive(receiver)).text, 'to the socket');
  t.throws(() => change(receiver, w.IPV6_DROP_MEMBERSHIP, membership(group)));
});

t.test('the hop limit arrives, and the destination with its interface', { skip }, async (t) => {
  const group = 'ff11::71:2';
  const receiver = bound('::');
  const port = portOf(receiver);
  const from = sender();
  setOption(receiver, w.IPPROTO_IPV6, w.IPV6_PKTINFO, 1);
  setOption(receiver, w.IPPROTO_IPV6, w.IPV6_HOPLIMIT, 1);
  change(receiver, w.IPV6_ADD_MEMBERSHIP, membership(group));
  setOption(from, w.IPPROTO_IPV6, w.IPV6_MULTICAST_HOPS, 9);
  t.equal(getOption(from, w.IPPROTO_IPV6, w.IPV6_MULTICAST_HOPS), 9);
  send(from, 'nine', endpoint(group, port));
  const { text, control } = await receive(receiver);
  t.equal(text, 'nine');
  const hops = control.get(`${w.IPPROTO_IPV6}:${w.IPV6_HOPLIMIT}`);
  t.equal(hops && w.cast(w.int, hops).value, 9);
  const info = w.cast(w.in6_pktinfo, control.get(`${w.IPPROTO_IPV6}:${w.IPV6_PKTINFO}`)!);
  t.equal(textOf(info.ipi6_addr), group);
  t.equal(info.ipi6_ifindex, index);
});

t.test('what is sent need not come back', { skip }, async (t) => {
  const group = 'ff11::71:3';
  const receiver = bound('::');
  const port = portOf(receiver);
  const from = sender();
  change(receiver, w.IPV6_ADD_MEMBERSHIP, membership(group));
  // Windows asks the receiving socket, others the sending one.
  for (const s of [from, receiver]) setOption(s, w.IPPROTO_IPV6, w.IPV6_MULTICAST_LOOP, 0);
  t.equal(getOption(from, w.IPPROTO_IPV6, w.IPV6_MULTICAST_LOOP), 0);
  send(from, 'to other computers', endpoint(group, port));
  send(from, 'to the socket', endpoint(OWN, port));
  t.equal((await receive(receiver)).text, 'to the socket');
});

t.test('the interface for sending', { skip }, async (t) => {
  const s = bound('::');
  setOption(s, w.IPPROTO_IPV6, w.IPV6_MULTICAST_IF, index);
  t.equal(getOption(s, w.IPPROTO_IPV6, w.IPV6_MULTICAST_IF), index);
});

t.test('joining by MCAST_JOIN_GROUP', { skip }, async (t) => {
  const group = 'ff11::71:4';
  const receiver = bound('::');
  const port = portOf(receiver);
  const request = new w.group_req({ gr_interface: index });
  request.gr_group.set(endpoint(group));
  const missing = tryOption(receiver, w.IPPROTO_IPV6, w.MCAST_JOIN_GROUP, request);
  if (missing) {
    t.pass('asked of the system', { skip: missing });
    return;
  }
  send(sender(), 'to the group', endpoint(group, port));
  t.equal((await receive(receiver)).text, 'to the group');
  change(receiver, w.MCAST_LEAVE_GROUP, request);
});

t.test('a source-specific member gets what its source sends', { skip }, async (t) => {
  const group = 'ff31::71:5';
  const receiver = bound('::');
  const port = portOf(receiver);
  const request = new w.group_source_req({ gsr_interface: index });
  request.gsr_group.set(endpoint(group));
  request.gsr_source.set(endpoint('2001:db8::1'));
  const missing = tryOption(receiver, w.IPPROTO_IPV6, w.MCAST_JOIN_SOURCE_GROUP, request);
  if (missing) {
    t.pass('asked of the system', { skip: missing });
    return;
  }
  const from = sender();
  send(from, 'from another', endpoint(group, port));
  send(from, 'to the socket', endpoint(OWN, port));
  t.equal((await receive(receiver)).text, 'to the socket');
  change(receiver, w.MCAST_LEAVE_SOURCE_GROUP, request);

  request.gsr_source.set(endpoint(OWN));
  change(receiver, w.MCAST_JOIN_SOURCE_GROUP, request);
  send(from, 'from the source', endpoint(group, port));
  t.equal((await receive(receiver)).text, 'from the source');
  change(receiver, w.MCAST_LEAVE_SOURCE_GROUP, request);
});
