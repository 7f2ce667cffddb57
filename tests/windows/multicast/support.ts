import * as w from 'winsock';

/** What was received, with what the system says about it where it was asked to. */
export interface Datagram {
  readonly text: string;
  readonly from: w.sockaddr_storage;
  /** Control messages by level and type, as `0:19`. */
  readonly control: ReadonlyMap<string, Uint8Array>;
}

const NAME_BYTES = w.sizeof(w.sockaddr_storage);

export function bufferOf(memory: Uint8Array): w.WSABUF {
  return new w.WSABUF({ len: memory.byteLength, buf: memory });
}

/** The port of a bound socket, in network byte order; it is at the same place in all addresses. */
export function portOf(s: w.SOCKET): number {
  const name = new w.sockaddr_storage();
  w.getsockname.orThrow(s, name, w.ref(w.int, NAME_BYTES));
  return w.cast(w.sockaddr_in, name).sin_port;
}

export function setOption(s: w.SOCKET, level: number, option: number, value: number): void {
  w.setsockopt.orThrow(s, level, option, w.ref(w.int, value), 4);
}

export function getOption(s: w.SOCKET, level: number, option: number): number {
  const value = w.ref(w.int);
  w.getsockopt.orThrow(s, level, option, value, w.ref(w.int, 4));
  return value.value;
}

/** Waits for a datagram, for as long as the test may take. */
export async function receive(s: w.SOCKET): Promise<Datagram> {
  const data = new Uint8Array(new ArrayBuffer(256));
  const control = new Uint8Array(new ArrayBuffer(256));
  const from = new w.sockaddr_storage();
  const message = new w.WSAMSG({
    name: w.cast(w.sockaddr, from),
    namelen: NAME_BYTES,
    lpBuffers: bufferOf(data),
    dwBufferCount: 1,
    Control: bufferOf(control),
  });
  const bytes = w.ref(w.DWORD);
  await w.WSARecvMsg.async(s, message, bytes, null, null);
  const found = new Map<string, Uint8Array>();
  for (
    let header = w.WSA_CMSG_FIRSTHDR(message);
    header;
    header = w.WSA_CMSG_NXTHDR(message, header)
  ) {
    found.set(`${header.cmsg_level}:${header.cmsg_type}`, w.WSA_CMSG_DATA(header).slice());
  }
  return { text: Buffer.from(data).toString('latin1', 0, bytes.value), from, control: found };
}

/** Sends a text; what is sent first arrives first, as it does not leave this computer. */
export function send(s: w.SOCKET, text: string, to: w.sockaddr_in | w.sockaddr_in6): void {
  w.sendto.orThrow(s, Buffer.from(text), text.length, 0, to, w.sizeof(to));
}

/** Sets an option, or says why the system does not have it. */
export function tryOption(
  s: w.SOCKET,
  level: number,
  option: number,
  value: Uint8Array,
): string | undefined {
  if (w.setsockopt(s, level, option, value, value.byteLength) === 0) return undefined;
  const code = w.WSAGetLastError();
  if (code === w.WSAENOPROTOOPT || code === w.WSAEOPNOTSUPP) {
    return `the system has no such option: ${w.errorName(code)}`;
  }
  throw new w.WinsockError(code, 'setsockopt');
}
