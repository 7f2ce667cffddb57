import t from 'tap';
import * as w from 'winsock';

// What people get wrong first. The editor shows it where the types can; what comes past them is refused
// before anything native happens, with a message that says what to write.

/** Never called: `tsc` finds a line whose mistake the types let through. */
export function refusedByTheTypes(s: w.SOCKET, buffer: Buffer): unknown[] {
  const address = new w.sockaddr_in();
  return [
    // @ts-expect-error: a port number for the name of the service
    w.getaddrinfo('localhost', 80, null, w.ref(w.ptr(w.addrinfo))),
    // @ts-expect-error: a pointer to another structure
    w.getaddrinfo('localhost', '80', null, w.ref(w.ptr(w.sockaddr_in))),
    // @ts-expect-error: fields, but no structure
    w.getaddrinfo('localhost', '80', { ai_family: 2 }, w.ref(w.ptr(w.addrinfo))),
    // @ts-expect-error: a length, not a variable with the length
    w.getsockopt(s, w.SOL_SOCKET, w.SO_TYPE, w.ref(w.int), 4),
    // @ts-expect-error: a value, not a variable with the value
    w.setsockopt(s, w.SOL_SOCKET, w.SO_REUSEADDR, 1, 4),
    // @ts-expect-error: a value, not a variable with the value
    w.ioctlsocket(s, w.FIONBIO, 1),
    // @ts-expect-error: text, not bytes
    w.send(s, 'hello', 5, 0),
    // @ts-expect-error: the size of a buffer, not the buffer
    w.recv(s, 512, 512, 0),
    // @ts-expect-error: no length
    w.connect(s, address),
    // @ts-expect-error: an event, not an array of events
    w.WSAWaitForMultipleEvents(1, 256, 0, 0, 0),
    // @ts-expect-error: an array of JavaScript
    w.WSAWaitForMultipleEvents(1, [256], 0, 0, 0),
    // @ts-expect-error: flags, not a variable with the flags
    w.WSARecv(s, new w.WSABUF(), 1, null, 0, null, null),
    // @ts-expect-error: an event for a socket
    w.closesocket(w.WSACreateEvent()),
    // @ts-expect-error: a number for an address in dots
    w.inet_addr(0x7f000001),
    // @ts-expect-error: the number in the structure
    w.inet_ntoa(address.sin_addr.s_addr),
    // @ts-expect-error: no such field
    new w.sockaddr_in({ sin_prt: 1 }),
    // @ts-expect-error: text for a number
    new w.sockaddr_in({ sin_port: '80' }),
    // @ts-expect-error: text for memory
    new w.WSABUF({ len: 5, buf: 'hello' }),
    // @ts-expect-error: too few arguments, also without the checks at run time
    w.unchecked(w.recv)(s, buffer, 512),
    w.unchecked(w.recv)(s, buffer, 512, 0) satisfies number,
    // @ts-expect-error: a 64-bit integer is a bigint
    new w.TCP_INFO_v0().BytesIn satisfies number,
    buffer,
  ];
}

// Functions are given what the types refuse, too: people write JavaScript, and `as never`.
type Loose = (...args: unknown[]) => unknown;

t.test('small numbers are no addresses', async (t) => {
  const s = 1 as w.SOCKET;
  const cases: [Loose, unknown[], RegExp][] = [
    [w.recv as Loose, [s, 512, 512, 0], /^recv: buf: 512 is not an address/],
    [
      w.getaddrinfo as Loose,
      ['localhost', 80, null, w.ref(w.ptr(w.addrinfo))],
      /servname: 80 is not an address; pass '80', a string$/,
    ],
    [w.inet_addr as Loose, [5], /cp: 5 is not an address; pass '5', a string$/],
    [
      w.getsockopt as Loose,
      [s, w.SOL_SOCKET, w.SO_TYPE, w.ref(w.int), 4],
      /optlen: 4 is not an address; pass a variable: ref\(int32, 4\)$/,
    ],
    [
      w.setsockopt as Loose,
      [s, w.SOL_SOCKET, w.SO_REUSEADDR, 1, 4],
      /optval: 1 is not an address; pass a variable: ref\(int, 1\)$/,
    ],
    [w.WSAWaitForMultipleEvents as Loose, [1, 256, 0, 0, 0], /lphEvents: 256 is not an address/],
    [w.recv as Loose, [s, 0xffff, 1, 0], /is not an address/],
  ];
  for (const [call, args, message] of cases) {
    t.throws(() => call(...args), { name: 'RangeError', message }, String(message));
  }
  t.throws(() => w.cast(w.sockaddr_in, 16), { name: 'RangeError', message: /^cast: 16/ });
  t.throws(() => new w.WSABUF({ buf: 5 as never }), {
    message: /^WSABUF\.buf: 5 is not an address/,
  });
});

t.test('a context may be any number', async (t) => {
  const context = new w.OVERLAPPED({ Pointer: 7 as w.Pointer });
  t.equal(context.Pointer, 7);
});

t.test('what is no memory is refused with what to write', async (t) => {
  const s = 1 as w.SOCKET;
  const cases: [Loose, unknown[], RegExp][] = [
    [w.setsockopt as Loose, [s, 1, 2, ['x'], 1], /got Array; pass arrayOf\(char, \[…\]\)$/],
    [
      w.WSAIoctl as Loose,
      [s, 0, 'hello', 5, null, 0, null, null, null],
      /got "hello"; pass Buffer\.from\(text\)$/,
    ],
    [w.recv as Loose, [s, 'hello', 5, 0], /got "hello"; pass Buffer\.alloc\(size\)$/],
    [w.ioctlsocket as Loose, [s, w.FIONBIO, true], /got true; pass a variable: ref\(uint32, 1\)$/],
    [
      w.select as Loose,
      [0, [s], null, null, null],
      /^select: readfds must be .*got Array; pass new fd_set\(\{ … \}\)$/,
    ],
    [w.WSAPoll as Loose, [[{ fd: s }], 1, 0], /got Array; pass arrayOf\(pollfd, \[…\]\)$/],
    [
      w.WSASend as Loose,
      [s, { len: 1, buf: null }, 1, null, 0, null, null],
      /got Object; pass new WSABUF\(\{ … \}\)$/,
    ],
    [
      w.inet_addr as Loose,
      [undefined],
      /^inet_addr: cp must be a string, memory or null, got undef/,
    ],
    [w.connect as Loose, [s, { sin_family: 2 }, 16], /got Object$/],
  ];
  for (const [call, args, message] of cases) {
    t.throws(() => call(...args), { name: 'TypeError', message }, String(message));
  }
});

t.test('a WSABUF is no longer than its memory', async (t) => {
  const s = 1 as w.SOCKET;
  const sent = w.ref(w.DWORD);
  const five = Buffer.from('hello');
  const message = 'WSASend: lpBuffers: WSABUF.buf has 5 bytes, but len says 50';
  const long = new w.WSABUF({ len: 50, buf: five });
  t.throws(() => w.WSASend(s, long, 1, sent, 0, null, null), { name: 'RangeError', message });
  const two = w.arrayOf(w.WSABUF, [{ len: 5, buf: five }, long]);
  t.throws(() => w.WSASend(s, two, 2, sent, 0, null, null), { name: 'RangeError', message });
  t.throws(() => w.WSARecv(s, long, 1, sent, w.ref(w.DWORD), null, null), RangeError);

  long.len = 5;
  t.equal(w.WSASend(s, long, 1, sent, 0, null, null), w.SOCKET_ERROR, 'the call is made');
  t.equal(w.WSAGetLastError(), w.WSAENOTSOCK);
  const address = new w.WSABUF({ len: 50, buf: w.addressOf(Buffer.alloc(50)) });
  t.equal(w.WSASend(s, address, 1, sent, 0, null, null), w.SOCKET_ERROR, 'an address has no end');
});

t.test('wide characters are no narrow ones', async (t) => {
  t.throws(() => w.gethostname(w.arrayOf(w.WCHAR, 256), 256), {
    name: 'TypeError',
    message: 'gethostname: name must be characters of type char, got an array of WCHAR',
  });
  t.throws(() => w.GetHostNameW(w.arrayOf(w.char, 512), 256), {
    name: 'TypeError',
    message: /^GetHostNameW: name must be characters of type WCHAR, got an array of char$/,
  });
});

t.test('a type that is none is named as such', async (t) => {
  const missing = undefined as never;
  for (const [call, name] of [
    [() => w.ref(missing), 'ref'],
    [() => w.cast(missing, new Uint8Array(4)), 'cast'],
    [() => w.arrayOf(missing, 2), 'arrayOf'],
  ] as const) {
    t.throws(call, { name: 'TypeError', message: new RegExp(`^${name}: a type is needed`) });
  }
  t.throws(() => w.sizeof(5 as never), { message: 'sizeof: 5 has no size in C' });
  t.throws(() => w.sizeof(missing), { message: 'sizeof: undefined has no size in C' });
  t.throws(() => w.arrayOf(w.int, missing), { name: 'TypeError', message: /^arrayOf: content/ });
});
