/** What importing and calling cost, as one line of JSON. Run for itself: `costs-of-calls.ts` */
const started = performance.now();
const winsock = await import('winsock');
const imported = performance.now();
const s = winsock.socket(winsock.AF_INET, winsock.SOCK_STREAM, 0);
const first = performance.now();
const io = await import('winsock/io');
const ioImported = performance.now();
const port = new io.CompletionPort();
const portMade = performance.now();

const ROUNDS = 100_000;

/** Nanoseconds of one call. */
function cost(call: () => unknown): number {
  for (let i = 0; i < 2000; i++) call();
  const begin = performance.now();
  for (let i = 0; i < ROUNDS; i++) call();
  return Math.round(((performance.now() - begin) / ROUNDS) * 1e6);
}

const data = new winsock.WSADATA();
winsock.WSAStartup(winsock.MAKEWORD(2, 2), data);
const address = new winsock.sockaddr_in();
const buffer = Buffer.alloc(64);
const buffers = new winsock.WSABUF({ len: 64, buf: buffer });
const bytes = winsock.ref(winsock.uint32);
const operation = port.take();
const BAD = -1;

const calls = {
  'WSAGetLastError()': cost(() => winsock.WSAGetLastError()),
  'htons(number)': cost(() => winsock.htons(80)),
  'inet_addr(string)': cost(() => winsock.inet_addr('127.0.0.1')),
  'send(socket, Buffer, …) on no socket': cost(() => winsock.send(BAD, buffer, 64, 0)),
  'bind(socket, struct, …) on no socket': cost(() => winsock.bind(BAD, address, 16)),
  'WSASend(socket, WSABUF, …) on no socket': cost(() =>
    winsock.WSASend(BAD, buffers, 1, bytes, 0, null, null),
  ),
  'an operation taken and released': cost(() => port.take().release()),
  'new sockaddr_in()': cost(() => new winsock.sockaddr_in()),
};
operation.release();
console.log(
  JSON.stringify({
    runtime: process.versions.bun ? `bun ${process.versions.bun}` : `node ${process.versions.node}`,
    milliseconds: {
      "import 'winsock'": imported - started,
      'first call': first - imported,
      "import 'winsock/io'": ioImported - first,
      'first port': portMade - ioImported,
    },
    nanoseconds: calls,
  }),
);
winsock.closesocket(s);
await port.close();
