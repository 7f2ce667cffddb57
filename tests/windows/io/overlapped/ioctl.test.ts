import t from 'tap';
import {
  AF_INET,
  cast,
  SIO_ADDRESS_LIST_CHANGE,
  SIO_ADDRESS_LIST_QUERY,
  SIO_KEEPALIVE_VALS,
  SIO_ROUTING_INTERFACE_QUERY,
  SOCKET_ADDRESS_LIST,
  sockaddr_in,
  tcp_keepalive,
} from 'winsock';
import { type IoctlOptions, OverlappedSocket } from 'winsock/io';

const loopback = new sockaddr_in({ sin_family: AF_INET, sin_addr: { s_addr: 0x0100007f } });

t.test('what a request takes and gives', async (t) => {
  const socket = OverlappedSocket.create({ type: 'datagram' });
  const output = new sockaddr_in();
  const query = { input: loopback, output };
  t.equal(await socket.ioctl(SIO_ROUTING_INTERFACE_QUERY, query), 16);
  t.equal(output.sin_family, AF_INET);
  t.not(output.sin_addr.s_addr, 0, 'an address that leads there');

  const list = Buffer.alloc(2048);
  const bytes = await socket.ioctl(SIO_ADDRESS_LIST_QUERY, { output: list });
  t.ok(bytes > 0);
  t.ok(cast(SOCKET_ADDRESS_LIST, list).iAddressCount > 0);
  socket.close();

  const stream = OverlappedSocket.create();
  const input = new tcp_keepalive({ onoff: 1, keepalivetime: 1000, keepaliveinterval: 500 });
  t.equal(await stream.ioctl(SIO_KEEPALIVE_VALS, { input }), 0);
  stream.close();
});

t.test('a request that waits is given up', async (t) => {
  const socket = OverlappedSocket.create({ type: 'datagram' });
  await t.rejects(socket.ioctl(SIO_ADDRESS_LIST_CHANGE, { timeout: 20 }), { code: 'WSAETIMEDOUT' });
  const reason = new Error('no more');
  const signal = AbortSignal.abort(reason);
  await t.rejects(socket.ioctl(SIO_ADDRESS_LIST_CHANGE, { signal }), reason);
  const waiting = socket.ioctl(SIO_ADDRESS_LIST_CHANGE);
  socket.close();
  await t.rejects(waiting, { code: 'WSA_OPERATION_ABORTED', syscall: 'WSAIoctl' });
  await t.rejects(socket.ioctl(SIO_ADDRESS_LIST_QUERY), { code: 'WSAENOTSOCK' });
});

t.test('what is no request is refused', async (t) => {
  const socket = OverlappedSocket.create({ type: 'datagram' });
  const output = Buffer.alloc(2);
  // Wine says WSAEINVAL.
  const tooSmall = { code: /^(WSAEFAULT|WSAEINVAL)$/ };
  await t.rejects(socket.ioctl(SIO_ADDRESS_LIST_QUERY, { output }), tooSmall);
  await t.rejects(socket.ioctl(2 ** 33), { name: 'RangeError', message: /ioctl: code/ });
  await t.rejects(socket.ioctl(SIO_KEEPALIVE_VALS, { in: output } as IoctlOptions), {
    name: 'TypeError',
    message: /ioctl.*in/,
  });
  await t.rejects(socket.ioctl(SIO_KEEPALIVE_VALS, { input: 'text' as never }), {
    name: 'TypeError',
  });
  socket.close();
});
