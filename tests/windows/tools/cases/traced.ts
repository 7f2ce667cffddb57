/** What the tests of WINSOCK_TRACE look at, by name. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as w from 'winsock';
import { connect, createServer, type InternetAddress } from 'winsock/io';

const [what = '', how] = process.argv.slice(2);

function bound(): { s: w.SOCKET; name: w.sockaddr_in } {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  const sin_addr = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
  const name = new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr });
  w.bind.orThrow(s, name, w.sizeof(name));
  w.getsockname.orThrow(s, name, w.ref(w.int, w.sizeof(name)));
  return { s, name };
}

/** Sends a datagram to itself. */
function sendTo(s: w.SOCKET, name: w.sockaddr_in, text: string): void {
  const data = Buffer.from(text, 'latin1');
  w.sendto.orThrow(s, data, data.length, 0, name, w.sizeof(name));
}

async function io(): Promise<void> {
  const server = createServer((socket) => {
    socket.on('data', (data) => void socket.end(data));
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = await connect(server.address as InternetAddress);
  const received = (async () => {
    for await (const data of socket) console.log(String(data));
  })();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await socket.write('hello\n');
  await received;
  await server.close();
}

function wait(): void {
  const { s, name } = bound();
  sendTo(s, name, 'hello\n');
  const polled = new w.pollfd({ fd: s, events: w.POLLRDNORM });
  w.WSAPoll.orThrow(polled, 1, 1000);
  const readable = new w.fd_set();
  w.FD_SET(s, readable);
  w.select.orThrow(0, readable, null, null, new w.timeval());
  const event = w.WSACreateEvent.orThrow();
  w.WSAEventSelect.orThrow(s, event, w.FD_READ);
  w.WSAEnumNetworkEvents.orThrow(s, event, new w.WSANETWORKEVENTS());
  w.closesocket(0xdead as w.SOCKET);
  w.closesocket.orThrow(s);
  console.log('done');
}

function secret(): void {
  const { s, name } = bound();
  if (how === 'hidden') {
    w.setTraceDecoder((_, parameter) => (parameter === 'buf' ? '(hidden)' : undefined));
  }
  w.connect.orThrow(s, name, w.sizeof(name));
  const data = Buffer.from('the-password');
  w.send.orThrow(s, data, data.length, 0);
  w.recv.orThrow(s, Buffer.alloc(100), 100, 0);
}

function forged(): void {
  const { s, name } = bound();
  sendTo(s, name, '\nforged(1) = 0 <1 µs>\r\n\x1b[2J\x9b2J\x7f');
  w.recv.orThrow(s, Buffer.alloc(100), 100, 0);
}

function crash(): void {
  const { s, name } = bound();
  sendTo(s, name, 'last words');
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

function parent(): void {
  bound();
  const { pid, stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'wait'], {
    encoding: 'utf8',
  });
  console.log(`child ${pid} ${stdout}`);
}

const programs: Readonly<Record<string, () => void | Promise<void>>> = {
  io,
  wait,
  secret,
  forged,
  crash,
  parent,
};
await programs[what]!();
if (what !== 'parent') process.exit(0);
