import t from 'tap';
import * as w from 'winsock';
import { isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';
import { bound, change, closeSockets, ipv4, ipv6, keepsGroups, sender } from './families.ts';
import { getOption, portOf, receive, send, setOption, tryOption } from './support.ts';

startWinsock(t);
t.teardown(closeSockets);

for (const family of [ipv4(), ipv6()]) {
  const { name, level, any, own, network, endpoint } = family;
  const kept = !family.missing && !isWine() && (await keepsGroups(family));
  const skip = family.missing || (kept && 'a firewall keeps what is sent to groups');

  t.test(
    `${name}: a member of a group gets what is sent to it, until it leaves`,
    {
      skip,
    },
    async (t) => {
      const group = family.group(1);
      const receiver = bound(family, any);
      const port = portOf(receiver);
      const from = sender(family);
      change(receiver, family, family.join, family.membership(group, own));
      send(from, 'to the group', endpoint(group, port));
      const first = await receive(receiver);
      t.equal(first.text, 'to the group');
      t.same(family.sourceOf(first.from), { address: own, port: portOf(from) });

      change(receiver, family, family.leave, family.membership(group, own));
      send(from, 'to nobody', endpoint(group, port));
      send(from, 'to the socket', endpoint(own, port));
      t.equal((await receive(receiver)).text, 'to the socket');
      const again = () => change(receiver, family, family.leave, family.membership(group, own));
      t.throws(again, { name: 'WinsockError' });
    },
  );

  t.test(
    `${name}: the hop limit arrives, and the destination with its interface`,
    {
      skip,
    },
    async (t) => {
      const group = family.group(2);
      const receiver = bound(family, any);
      const port = portOf(receiver);
      const from = sender(family);
      setOption(receiver, level, family.packetInfo, 1);
      const noHops = family.askForHops(receiver);
      change(receiver, family, family.join, family.membership(group, own));

      setOption(from, level, family.hops, 7);
      t.equal(getOption(from, level, family.hops), 7);
      send(from, 'seven', endpoint(group, port));
      const { text, control } = await receive(receiver);
      t.equal(text, 'seven');
      if (noHops) t.pass('the hop limit', { skip: noHops });
      else {
        const [hops] = family.hopsTypes.flatMap((type) => control.get(`${level}:${type}`) ?? []);
        t.equal(hops && w.cast(w.int, hops).value, 7);
      }

      const info = control.get(`${level}:${family.packetInfo}`)!;
      t.same(family.destinationOf(info), { address: group, index: family.index });
    },
  );

  // What is sent on the loopback interface always comes back, so this needs another.
  const alone = skip || (!network && 'no network here');

  t.test(`${name}: what is sent need not come back`, { skip: alone }, async (t) => {
    const group = family.group(3);
    const receiver = bound(family, any);
    const port = portOf(receiver);
    const from = sender(family, network, network);
    // None of it leaves this computer.
    setOption(from, level, family.hops, 0);
    change(receiver, family, family.join, family.membership(group, network!));
    t.equal(getOption(from, level, family.loop), 1);
    send(from, 'to all', endpoint(group, port));
    send(from, 'to the socket', endpoint(network!, port));
    const first = (await receive(receiver)).text;
    if (!isWine() && first === 'to the socket') {
      t.pass('asked of the system', { skip: 'a firewall keeps what is sent to groups' });
      return;
    }
    t.equal(first, 'to all');
    t.equal((await receive(receiver)).text, 'to the socket');

    // Windows asks the receiving socket, others the sending one.
    for (const s of [from, receiver]) setOption(s, level, family.loop, 0);
    t.equal(getOption(from, level, family.loop), 0);
    send(from, 'to other computers', endpoint(group, port));
    send(from, 'to the socket', endpoint(network!, port));
    t.equal((await receive(receiver)).text, 'to the socket');
  });

  t.test(`${name}: the interface for sending is that which was set`, { skip }, async (t) => {
    const s = bound(family, any);
    const read = () => {
      const value = Buffer.alloc(4);
      w.getsockopt.orThrow(s, level, family.sendOn, value, w.ref(w.int, value.length));
      return [...value];
    };
    t.same(read(), [0, 0, 0, 0], 'none was chosen');
    const chosen = family.interfaceOf(own);
    change(s, family, family.sendOn, chosen);
    t.same(read(), [...new Uint8Array(chosen.buffer, chosen.byteOffset, 4)]);
  });

  t.test(`${name}: MCAST_JOIN_GROUP joins a group`, { skip }, async (t) => {
    const group = family.group(4);
    const receiver = bound(family, any);
    const port = portOf(receiver);
    const request = new w.group_req({ gr_interface: family.index });
    request.gr_group.set(endpoint(group));
    const missing = tryOption(receiver, level, w.MCAST_JOIN_GROUP, request);
    if (missing) {
      t.pass('asked of the system', { skip: missing });
      return;
    }
    send(sender(family), 'to the group', endpoint(group, port));
    t.equal((await receive(receiver)).text, 'to the group');
    change(receiver, family, w.MCAST_LEAVE_GROUP, request);
  });
}
