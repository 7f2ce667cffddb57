/** A few calls of every kind, for trace.test.ts to read the trace of. */
import * as w from 'winsock';

w.WSAStartup(w.MAKEWORD(2, 2), new w.WSADATA());
const s = w.socket(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP);
const on = w.ref(w.int, 1);
w.setsockopt(s, w.SOL_SOCKET, w.SO_REUSEADDR, on, w.sizeof(on));
const address = new w.sockaddr_in({
  sin_family: w.AF_INET,
  sin_port: w.htons(0),
  sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
});
w.bind(s, address, w.sizeof(address));
w.getsockname(s, address, w.ref(w.int, w.sizeof(address)));
w.sendto(s, Buffer.from('hello\n'), 6, 0, address, w.sizeof(address));
w.recv(s, Buffer.alloc(64), 64, w.MSG_PEEK);
w.ioctlsocket(s, w.FIONREAD, w.ref(w.u_long, 0));
try {
  w.send(s, Buffer.alloc(2), 3, 0);
} catch {
  // The refusal is in the trace.
}
w.closesocket(0xdead);
await w.closesocket.async(0xdead).catch(() => undefined);
const readable = new w.fd_set();
w.FD_SET(s, readable);
w.select(0, readable, null, null, new w.timeval());
w.closesocket(s);
const found = w.ref(w.ptr(w.addrinfo));
w.getaddrinfo('127.0.0.1', '80', null, found);
w.freeaddrinfo(found.value);
w.WSACleanup();
