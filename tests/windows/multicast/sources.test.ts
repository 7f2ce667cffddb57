// Which sources a member of a group listens to. IPv4 has options of its own for that, where IPv6 has
// those of either family only.

import t from 'tap';
import * as w from 'winsock';
import { isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';
import {
  address4,
  bound,
  change,
  closeSockets,
  ipv4,
  ipv6,
  keepsGroups,
  LOOPBACK,
  sender,
} from './families.ts';
import { portOf, receive, send, tryOption } from './support.ts';

startWinsock(t);
t.teardown(closeSockets);

const OTHER_SOURCE = '127.0.0.2';
const V4 = ipv4();
const V6 = ipv6();

const sourceMembership = (group: string, source: string) =>
  new w.ip_mreq_source({
    imr_multiaddr: address4(group),
    imr_sourceaddr: address4(source),
    imr_interface: address4(LOOPBACK),
  });

t.test('IPv4: a source-specific member gets what its source sends', async (t) => {
  const group = '232.71.0.2';
  const receiver = bound(V4, '0.0.0.0');
  const port = portOf(receiver);
  const [wanted, other] = [sender(V4), sender(V4, OTHER_SOURCE)];
  const both = () => {
    send(other, 'from the other', V4.endpoint(group, port));
    send(wanted, 'from the source', V4.endpoint(group, port));
  };
  change(receiver, V4, w.IP_ADD_SOURCE_MEMBERSHIP, sourceMembership(group, LOOPBACK));
  both();
  t.equal((await receive(receiver)).text, 'from the source');

  change(receiver, V4, w.IP_DROP_SOURCE_MEMBERSHIP, sourceMembership(group, LOOPBACK));
  both();
  send(wanted, 'to the socket', V4.endpoint(LOOPBACK, port));
  t.equal((await receive(receiver)).text, 'to the socket');
});

t.test('IPv4: a source-specific member of two sources gets what both send', async (t) => {
  const group = '232.71.0.7';
  const receiver = bound(V4, '0.0.0.0');
  const port = portOf(receiver);
  change(receiver, V4, w.IP_ADD_SOURCE_MEMBERSHIP, sourceMembership(group, LOOPBACK));
  const second = sourceMembership(group, OTHER_SOURCE);
  if (w.setsockopt(receiver, w.IPPROTO_IP, w.IP_ADD_SOURCE_MEMBERSHIP, second, 12) !== 0) {
    t.equal(w.WSAGetLastError(), w.WSAEINVAL);
    t.pass('asked of the system', {
      skip: 'Wine exchanges source and interface, so both must be the same address',
    });
    return;
  }
  send(sender(V4, OTHER_SOURCE), 'from the other', V4.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'from the other');
  send(sender(V4), 'from the source', V4.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'from the source');
});

t.test('IPv4: a member of a group can block a source', async (t) => {
  const group = '239.255.71.3';
  const receiver = bound(V4, '0.0.0.0');
  const port = portOf(receiver);
  const [welcome, blocked] = [sender(V4, OTHER_SOURCE), sender(V4)];
  change(receiver, V4, w.IP_ADD_MEMBERSHIP, V4.membership(group, LOOPBACK));
  change(receiver, V4, w.IP_BLOCK_SOURCE, sourceMembership(group, LOOPBACK));
  send(blocked, 'blocked', V4.endpoint(group, port));
  send(welcome, 'welcome', V4.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'welcome');
  change(receiver, V4, w.IP_UNBLOCK_SOURCE, sourceMembership(group, LOOPBACK));
  send(blocked, 'no longer blocked', V4.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'no longer blocked');
});

t.test('IPv4: MCAST_JOIN_SOURCE_GROUP joins a group for one source', async (t) => {
  const group = '239.255.71.6';
  const receiver = bound(V4, '0.0.0.0');
  const port = portOf(receiver);
  const specific = new w.group_source_req({ gsr_interface: V4.index });
  specific.gsr_group.set(V4.endpoint(group));
  specific.gsr_source.set(V4.endpoint(LOOPBACK));
  const missing = tryOption(receiver, w.IPPROTO_IP, w.MCAST_JOIN_SOURCE_GROUP, specific);
  if (missing) {
    t.pass('asked of the system', { skip: missing });
    return;
  }
  send(sender(V4, OTHER_SOURCE), 'from the other', V4.endpoint(group, port));
  send(sender(V4), 'from the source', V4.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'from the source');
  change(receiver, V4, w.MCAST_LEAVE_SOURCE_GROUP, specific);
});

const kept = !V6.missing && !isWine() && (await keepsGroups(V6));
const skip = V6.missing || (kept && 'a firewall keeps what is sent to groups');

t.test('IPv6: a source-specific member gets what its source sends', { skip }, async (t) => {
  const group = 'ff31::71:5';
  const receiver = bound(V6, '::');
  const port = portOf(receiver);
  const request = new w.group_source_req({ gsr_interface: V6.index });
  request.gsr_group.set(V6.endpoint(group));
  request.gsr_source.set(V6.endpoint('2001:db8::1'));
  const missing = tryOption(receiver, w.IPPROTO_IPV6, w.MCAST_JOIN_SOURCE_GROUP, request);
  if (missing) {
    t.pass('asked of the system', { skip: missing });
    return;
  }
  const from = sender(V6);
  send(from, 'from another', V6.endpoint(group, port));
  send(from, 'to the socket', V6.endpoint(V6.own, port));
  t.equal((await receive(receiver)).text, 'to the socket');
  change(receiver, V6, w.MCAST_LEAVE_SOURCE_GROUP, request);

  request.gsr_source.set(V6.endpoint(V6.own));
  change(receiver, V6, w.MCAST_JOIN_SOURCE_GROUP, request);
  send(from, 'from the source', V6.endpoint(group, port));
  t.equal((await receive(receiver)).text, 'from the source');
  change(receiver, V6, w.MCAST_LEAVE_SOURCE_GROUP, request);
});
