/** The main paths through all layers, as a plain program that any run time can run. Prints `ok NAME` for each. */
import assert from 'node:assert/strict';
import * as w from 'winsock';
import { GetCurrentProcessId } from 'winsock/kernel';
import { loopback } from '../../support/winsock.ts';

const cases: Record<string, () => void | Promise<void>> = {
  'byte order and structures': () => {
    assert.equal(w.htons(0x1234), 0x3412);
    assert.equal(w.sizeof(w.WSADATA), 408);
    assert.equal(w.sizeof(w.fd_set), 520);
    assert.equal(w.sizeof(w.WSAPROTOCOL_INFOW), 628);
  },
  'a socket and its name': () => {
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
    w.bind.orThrow(s, loopback(), w.sizeof(w.sockaddr_in));
    const name = new w.sockaddr_in();
    const length = w.ref(w.int, w.sizeof(name));
    assert.equal(w.getsockname(s, name, length), 0);
    assert.equal(w.inet_ntoa(name.sin_addr), '127.0.0.1');
    assert.ok(w.ntohs(name.sin_port) > 0);
    assert.equal(w.closesocket(s), 0);
  },
  'failure in all flavours': async () => {
    assert.equal(w.closesocket(0xdead), w.SOCKET_ERROR);
    assert.equal(w.WSAGetLastError(), w.WSAENOTSOCK);
    const expected = {
      name: 'WinsockError',
      code: 'WSAENOTSOCK',
      errno: 10038,
      syscall: 'closesocket',
    };
    assert.throws(() => w.closesocket.orThrow(0xdead), expected);
    await assert.rejects(w.closesocket.async(0xdead), expected);
  },
  'a list of addresses': () => {
    const list = w.ref(w.ptr(w.addrinfo));
    w.getaddrinfo.orThrow('127.0.0.1', '80', null, list);
    const first = w.cast(w.sockaddr_in, list.value!.ai_addr!);
    assert.equal(w.ntohs(first.sin_port), 80);
    w.freeaddrinfo(list.value);
  },
  'wide strings': () => {
    const host = Buffer.alloc(512);
    assert.equal(w.GetHostNameW(host, host.length / 2), 0);
    assert.ok(host.toString('utf16le').split('\0')[0]!.length > 0);
    const address = new w.sockaddr_in6();
    const length = w.ref(w.int, w.sizeof(address));
    w.WSAStringToAddressW.orThrow('[fe80::1%3]:443', w.AF_INET6, null, address, length);
    assert.equal(address.sin6_scope_id, 3);
    assert.equal(w.ntohs(address.sin6_port), 443);
  },
  'select finds what is ready': () => {
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
    w.bind.orThrow(s, loopback(), 16);
    const set = new w.fd_set();
    w.FD_SET(s, set);
    assert.equal(w.select.orThrow(0, null, set, null, new w.timeval({ tv_sec: 5 })), 1);
    assert.ok(w.FD_ISSET(s, set));
    w.closesocket(s);
  },
  'a call that blocks, on another thread': async () => {
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
    w.bind.orThrow(s, loopback(), 16);
    const name = new w.sockaddr_in();
    w.getsockname.orThrow(s, name, w.ref(w.int, 16));
    const buffer = Buffer.alloc(64);
    const received = w.recv.async(s, buffer, buffer.length, 0);
    w.sendto.orThrow(s, Buffer.from('later'), 5, 0, name, 16);
    assert.equal(await received, 5);
    assert.equal(buffer.toString('utf8', 0, 5), 'later');
    w.closesocket(s);
  },
  'refused arguments': () => {
    assert.throws(() => w.send(1, Buffer.alloc(4), 5, 0), RangeError);
    assert.throws(() => w.send(1, 'x' as never, 1.5, 0), TypeError);
    assert.throws(() => w.bind(1, new Uint8Array(4), 16), RangeError);
  },
  'the process is this one': () => {
    assert.equal(GetCurrentProcessId(), process.pid);
  },
};

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
for (const [name, run] of Object.entries(cases)) {
  await run();
  console.log(`ok ${name}`);
}
console.log(`${Object.keys(cases).length} cases`);
w.WSACleanup();
