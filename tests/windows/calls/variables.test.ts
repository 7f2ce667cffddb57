// What may stand for a parameter that a function stores a pointer or a number in.

import t from 'tap';
import {
  addrinfo,
  DWORD,
  freeaddrinfo,
  getaddrinfo,
  getsockname,
  int,
  MAKEWORD,
  ptr,
  ref,
  type SOCKET,
  SOCKET_ERROR,
  sockaddr_in,
  WSACleanup,
  WSADATA,
  WSAStartup,
} from 'winsock';

const s = 1 as SOCKET;

t.test('a structure is no variable for a pointer to one', async (t) => {
  const wanted =
    /getaddrinfo: res must be a variable for a pointer, got addrinfo; pass ref\(ptr\(addrinfo\)\)/;
  // @ts-expect-error: a structure is not where a pointer goes
  t.throws(() => getaddrinfo('127.0.0.1', '80', null, new addrinfo()), wanted);
});

t.test('a structure is no variable for a number', async (t) => {
  const address = new sockaddr_in();
  // @ts-expect-error: its length goes into a number
  t.throws(() => getsockname(s, address, address), {
    name: 'TypeError',
    message: /namelen must be a variable for one int32, got sockaddr_in; pass ref\(int32\)/,
  });
});

t.test('a variable of a structure is refused where it is made', async (t) => {
  // @ts-expect-error: it is memory itself
  t.throws(() => ref(addrinfo), {
    name: 'TypeError',
    message: /^ref: addrinfo is a structure.*new addrinfo\(\).*ref\(ptr\(addrinfo\)\)$/,
  });
});

t.test('variables of the right types and plain memory are right', async (t) => {
  WSAStartup.orThrow(MAKEWORD(2, 2), new WSADATA());
  t.teardown(() => void WSACleanup());
  const list = ref(ptr(addrinfo));
  t.equal(getaddrinfo('127.0.0.1', '80', null, list), 0);
  freeaddrinfo(list.value);
  // What is no socket is refused by the system, and not before.
  for (const length of [ref(int, 16), ref(DWORD, 16), new Int32Array([16])]) {
    t.equal(getsockname(s, new sockaddr_in(), length), SOCKET_ERROR);
  }
});
