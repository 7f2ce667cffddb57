import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import t from 'tap';
import * as w from 'winsock';
import { loopback, startWinsock } from '../support/winsock.ts';

startWinsock(t);

/** The entries that getaddrinfo gives for a name. */
function lookUp(name: string, family: number): w.addrinfo[] {
  const list = w.ref(w.ptr(w.addrinfo));
  const hints = new w.addrinfo({ ai_family: family, ai_socktype: w.SOCK_STREAM });
  w.getaddrinfo.orThrow(name, '7', hints, list);
  const entries: w.addrinfo[] = [];
  for (let entry = list.value; entry; entry = entry.ai_next) entries.push(entry);
  return entries;
}

function ipv4Text(entry: w.addrinfo): string {
  return String(w.inet_ntoa(w.cast(w.sockaddr_in, entry.ai_addr!).sin_addr));
}

t.test('getsockname and getpeername say what the peer sees', async (t) => {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;

  const s = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  await w.connect.async(s, loopback(port), w.sizeof(w.sockaddr_in));
  const [peer] = await accepted;

  const name = new w.sockaddr_in();
  const length = w.ref(w.int, w.sizeof(name));
  t.equal(w.getsockname(s, name, length), 0);
  t.equal(length.value, 16);
  t.equal(name.sin_family, w.AF_INET);
  t.equal(w.ntohs(name.sin_port), peer.remotePort);
  t.equal(w.inet_ntoa(name.sin_addr), peer.remoteAddress);
  t.equal(w.getpeername(s, name, length), 0);
  t.equal(w.ntohs(name.sin_port), port);

  w.closesocket(s);
  peer.destroy();
  server.close();
});

t.test('a buffer too short for the address is reported by the system, not overrun', async (t) => {
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, w.IPPROTO_TCP);
  w.bind.orThrow(s, loopback(), 16);
  const memory = new Uint8Array(32).fill(0xcc);
  const length = w.ref(w.int, 8);
  t.equal(w.getsockname(s, memory.subarray(0, 8), length), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAEFAULT);
  t.ok(memory.subarray(8).every((byte) => byte === 0xcc));
  length.value = 16;
  t.throws(() => w.getsockname(s, memory.subarray(0, 8), length), RangeError);
  w.closesocket(s);
});

t.test('getaddrinfo gives every address of a name', async (t) => {
  const both = lookUp('localhost', w.AF_UNSPEC);
  t.ok(both.length > 0);
  for (const entry of both) {
    const expected =
      entry.ai_family === w.AF_INET6 ? w.sizeof(w.sockaddr_in6) : w.sizeof(w.sockaddr_in);
    t.equal(entry.ai_addrlen, expected);
    t.equal(entry.ai_addr!.sa_family, entry.ai_family);
    t.equal(w.ntohs(w.cast(w.sockaddr_in, entry.ai_addr!).sin_port), 7);
  }
  t.ok(lookUp('localhost', w.AF_INET).some((entry) => ipv4Text(entry) === '127.0.0.1'));
  t.same(lookUp('192.0.2.7', w.AF_INET).map(ipv4Text), ['192.0.2.7']);
});

/** Where the names come from that the system knows without asking: under Wine, the host's own file. */
const HOSTS_FILES = ['Z:\\etc\\hosts', `${process.env.SystemRoot}\\System32\\drivers\\etc\\hosts`];

/** The names that the system's hosts file gives an IPv4 address. */
function hostsFile(): Map<string, string> {
  const names = new Map<string, string>();
  const path = HOSTS_FILES.find((candidate) => existsSync(candidate));
  const text = path === undefined ? '' : readFileSync(path, 'latin1');
  for (const line of text.split('\n')) {
    const [address = '', ...hosts] = line.replace(/#.*/, '').trim().split(/\s+/);
    // What has the address of nowhere shall not be found.
    if (!net.isIPv4(address) || address === '0.0.0.0') continue;
    for (const host of hosts) if (!names.has(host)) names.set(host, address);
  }
  return names;
}

const names = hostsFile();
const noNames = names.size === 0 && 'the hosts file of this system names nothing';

t.test('names from the hosts file resolve', { skip: noNames }, async (t) => {
  for (const [name, address] of names) {
    t.ok(lookUp(name, w.AF_INET).map(ipv4Text).includes(address), `${name} is ${address}`);
  }
});

t.test('an unknown name fails with the code getaddrinfo returned', async (t) => {
  const list = w.ref(w.ptr(w.addrinfo));
  // No server is asked, which may have no answer just then.
  const hints = new w.addrinfo({ ai_flags: w.AI_NUMERICHOST });
  t.equal(w.getaddrinfo('no-such-host.invalid', null, hints, list), w.WSAHOST_NOT_FOUND);
  t.throws(() => w.getaddrinfo.orThrow('no-such-host.invalid', null, hints, list), {
    name: 'WinsockError',
    code: 'WSAHOST_NOT_FOUND',
    errno: 11001,
    syscall: 'getaddrinfo',
  });
  await t.rejects(w.getaddrinfo.async('no-such-host.invalid', null, hints, list), {
    code: 'WSAHOST_NOT_FOUND',
  });
});

t.test('a list is freed once, and only if the system made it', async (t) => {
  const list = w.ref(w.ptr(w.addrinfo));
  w.getaddrinfo.orThrow('127.0.0.1', '80', null, list);
  const head = list.value;
  w.freeaddrinfo(head);
  t.throws(() => w.freeaddrinfo(head), { name: 'TypeError', message: /has been freed before/ });
  t.throws(() => w.freeaddrinfo(new w.addrinfo()), {
    name: 'TypeError',
    message: /JavaScript's own/,
  });
  w.freeaddrinfo(null);
});

t.test('IPv6 scope ids come back', async (t) => {
  const list = w.ref(w.ptr(w.addrinfo));
  const hints = new w.addrinfo({ ai_family: w.AF_INET6, ai_flags: w.AI_NUMERICHOST });
  w.getaddrinfo.orThrow('fe80::1%7', '80', hints, list);
  const address = w.cast(w.sockaddr_in6, list.value!.ai_addr!);
  t.equal(address.sin6_scope_id, 7);
  t.same([...address.sin6_addr.u.Byte], [0xfe, 0x80, ...Array(13).fill(0), 1]);
  const host = Buffer.alloc(w.NI_MAXHOST);
  w.getnameinfo.orThrow(address, w.sizeof(address), host, host.length, null, 0, w.NI_NUMERICHOST);
  t.match(host.toString('latin1'), /^fe80::1%7\0/);
  w.freeaddrinfo(list.value);
});

t.test('an address of a list goes to a call as it is', async (t) => {
  for (const [name, family] of [
    ['127.0.0.1', w.AF_INET],
    ['::1', w.AF_INET6],
  ] as const) {
    const [entry] = lookUp(name, family);
    const s = w.socket.orThrow(family, w.SOCK_STREAM, 0);
    entry!.ai_addr!.sa_data[0] = 0;
    entry!.ai_addr!.sa_data[1] = 0;
    t.equal(w.bind.orThrow(s, entry!.ai_addr, entry!.ai_addrlen), 0, name);
    w.closesocket(s);
  }
});

t.test('the catalog of providers says its size first, and has TCP', async (t) => {
  const size = w.ref(w.int, 0);
  t.equal(w.WSAEnumProtocolsW(null, null, size), w.SOCKET_ERROR);
  t.equal(w.WSAGetLastError(), w.WSAENOBUFS);
  t.equal(size.value % w.sizeof(w.WSAPROTOCOL_INFOW), 0);
  const catalog = w.arrayOf(w.WSAPROTOCOL_INFOW, size.value / w.sizeof(w.WSAPROTOCOL_INFOW));
  t.equal(w.WSAEnumProtocolsW(null, catalog, size), catalog.length);
  const tcp = [...catalog].find(
    ({ iAddressFamily, iProtocol }) => iAddressFamily === w.AF_INET && iProtocol === w.IPPROTO_TCP,
  );
  t.ok(tcp);
  t.equal(tcp!.iSocketType, w.SOCK_STREAM);
  t.equal(tcp!.iMaxSockAddr, 16);
  t.match(String(tcp!.szProtocol), /TCP/);
  t.equal(tcp!.ProtocolChain.ChainLen, 1);
  t.ok(catalog[0]!.dwCatalogEntryId > 0);
});

t.test('what a socket says of its own provider', async (t) => {
  const s = w.socket.orThrow(w.AF_INET6, w.SOCK_DGRAM, 0);
  const info = new w.WSAPROTOCOL_INFOW();
  const length = w.ref(w.int, w.sizeof(info));
  w.getsockopt.orThrow(s, w.SOL_SOCKET, w.SO_PROTOCOL_INFOW, info, length);
  t.equal(info.iAddressFamily, w.AF_INET6);
  t.equal(info.iProtocol, w.IPPROTO_UDP);
  t.equal(info.iMaxSockAddr, w.sizeof(w.sockaddr_in6));
  w.closesocket(s);
});
