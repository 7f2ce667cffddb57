import t from 'tap';
import * as w from 'winsock';
import { loopback, startWinsock } from '../support/winsock.ts';

startWinsock(t);

/** Two connected datagram sockets. */
function pair(): [w.SOCKET, w.SOCKET] {
  const ends = [0, 1].map(() => {
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP);
    w.bind.orThrow(s, loopback(), 16);
    return s;
  }) as [w.SOCKET, w.SOCKET];
  const name = new w.sockaddr_in();
  const length = w.ref(w.int, 16);
  for (const [index, s] of ends.entries()) {
    w.getsockname.orThrow(ends[1 - index]!, name, length);
    w.connect.orThrow(s, name, 16);
  }
  return ends;
}

t.test('select reports the sockets that are ready, and only those', async (t) => {
  const [a, b] = pair();
  const [c, d] = pair();
  const read = new w.fd_set();
  const none = new w.timeval();
  w.FD_SET(a, read);
  w.FD_SET(c, read);
  t.equal(read.fd_count, 2);
  t.equal(w.select(0, read, null, null, none), 0);
  t.equal(read.fd_count, 0, 'nothing was ready');

  w.send.orThrow(d, Buffer.from('x'), 1, 0);
  w.FD_ZERO(read);
  w.FD_SET(a, read);
  w.FD_SET(c, read);
  const write = new w.fd_set();
  w.FD_SET(b, write);
  t.equal(w.select.orThrow(0, read, write, null, new w.timeval({ tv_sec: 5 })), 2);
  t.notOk(w.FD_ISSET(a, read));
  t.ok(w.FD_ISSET(c, read));
  t.ok(w.FD_ISSET(b, write));
  t.equal(read.fd_array[0], c);
  for (const s of [a, b, c, d]) w.closesocket(s);
});

t.test('64 sockets fit and the last is found', async (t) => {
  const pairs = Array.from({ length: 32 }, pair);
  const read = new w.fd_set();
  for (const s of pairs.flat()) w.FD_SET(s, read);
  t.equal(read.fd_count, 64);
  const [first, last] = pairs[31]!;
  w.send.orThrow(first, Buffer.from('x'), 1, 0);
  t.equal(w.select.orThrow(0, read, null, null, new w.timeval({ tv_sec: 5 })), 1);
  t.equal(read.fd_array[0], last);
  for (const s of pairs.flat()) w.closesocket(s);
});

t.test('select on a socket that is none fails', async (t) => {
  const read = new w.fd_set({ fd_count: 1, fd_array: [0xdead] });
  t.throws(() => w.select.orThrow(0, read, null, null, new w.timeval()), { code: 'WSAENOTSOCK' });
});
