import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';

/** Two adapters in one buffer, as GetAdaptersAddresses leaves them: only the addresses are written. */
function twoAdapters(): Uint8Array {
  const size = w.sizeof(ip.IP_ADAPTER_ADDRESSES_LH);
  const memory = new Uint8Array(new ArrayBuffer(4096));
  const start = w.addressOf(memory);
  const link = (at: number, to: number) => {
    w.cast(w.pvoid, memory, at).value = (start + to) as w.Pointer;
  };
  const unicast = 2 * size;
  const address = unicast + w.sizeof(ip.IP_ADAPTER_UNICAST_ADDRESS_LH);
  link(w.offsetof(ip.IP_ADAPTER_ADDRESSES_LH, 'Next'), size);
  link(size + w.offsetof(ip.IP_ADAPTER_ADDRESSES_LH, 'FirstUnicastAddress'), unicast);
  link(unicast + w.offsetof(ip.IP_ADAPTER_UNICAST_ADDRESS_LH, 'Address'), address);
  memory.set(
    new w.sockaddr_in6({ sin6_family: w.AF_INET6, sin6_port: 0x1234, sin6_scope_id: 9 }),
    address,
  );
  w.cast(w.uint32, memory, size + w.offsetof(ip.IP_ADAPTER_ADDRESSES_LH, 'Mtu')).value = 1234;
  return memory;
}

t.test('pointers within a buffer give views of that buffer', async (t) => {
  const memory = twoAdapters();
  const first = ip.anchored(ip.IP_ADAPTER_ADDRESSES_LH, memory);
  const adapters = [...ip.linked(first)];
  t.equal(adapters.length, 2);
  t.equal(adapters[1]!.Mtu, 1234);
  const [unicast] = [...ip.linked(adapters[1]!.FirstUnicastAddress)];
  const sockaddr = unicast!.Address.lpSockaddr!;
  for (const record of [adapters[1]!, unicast!, sockaddr]) t.equal(record.buffer, memory.buffer);
  t.equal(sockaddr.sa_family, w.AF_INET6);
  t.equal(w.cast(w.sockaddr_in6, sockaddr).sin6_scope_id, 9, 'longer than a sockaddr');
  t.same([...ip.linked(adapters[0]!.FirstUnicastAddress)], []);
});

t.test('lists that end in themselves, and pointers that lead elsewhere', async (t) => {
  const elsewhere = new ip.IP_ADDR_STRING({ Context: 5 });
  const memory = new Uint8Array(new ArrayBuffer(256));
  const list = w.cast(ip.IP_ADDR_STRING, memory);
  const next = w.cast(w.pvoid, memory, w.offsetof(ip.IP_ADDR_STRING, 'Next'));
  next.value = w.addressOf(memory);
  t.equal(ip.anchored(ip.IP_ADDR_STRING, memory).Next?.buffer, memory.buffer);
  next.value = w.addressOf(elsewhere);
  t.equal(list.Next?.Context, 5);
  t.equal(ip.anchored(ip.IP_ADDR_STRING, memory).Next?.Context, 5);
  t.not(list.Next?.buffer, memory.buffer);
});

t.test('replies to an echo request are found with their data', async (t) => {
  const memory = new Uint8Array(new ArrayBuffer(ip.echoReplyBytes(4, 2)));
  const data = 2 * w.sizeof(ip.icmp_echo_reply);
  [1, 2].forEach((RoundTripTime, index) => {
    const reply = w.cast(ip.icmp_echo_reply, memory, index * w.sizeof(ip.icmp_echo_reply));
    reply.RoundTripTime = RoundTripTime;
    reply.DataSize = 4;
    memory.set(Buffer.from(`${index}abc`), data + 4 * index);
    const pointer = w.offsetof(ip.icmp_echo_reply, 'Data');
    w.cast(w.uintptr, reply, pointer).value = w.addressOf(memory) + data + 4 * index;
  });
  const replies = ip.echoReplies(memory, 2);
  t.same(
    replies.map(({ reply }) => reply.RoundTripTime),
    [1, 2],
  );
  t.same(
    replies.map((one) => Buffer.from(one.data).toString()),
    ['0abc', '1abc'],
  );
  t.throws(() => ip.echoReplies(memory.slice(), 2), RangeError, 'moved');
  t.throws(() => ip.echoReplies(memory, 99), RangeError);
});
