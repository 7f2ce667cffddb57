/**
 * Packet timestamps: how long a datagram took from the interface to the program, and from the program to
 * the interface, estimated from timestamps of the network stack. Needs Windows 11.
 *
 *   npm start -- examples/timestamping.ts
 */

import {
  AF_INET,
  bind,
  cast,
  closesocket,
  DWORD,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  LARGE_INTEGER,
  MAKEWORD,
  ref,
  SIO_GET_TX_TIMESTAMP,
  SIO_TIMESTAMPING,
  SO_TIMESTAMP,
  SO_TIMESTAMP_ID,
  SOCK_DGRAM,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  sizeof,
  sockaddr,
  sockaddr_in,
  socket,
  TIMESTAMPING_CONFIG,
  TIMESTAMPING_FLAG_RX,
  TIMESTAMPING_FLAG_TX,
  UINT32,
  UINT64,
  WSA_CMSG_DATA,
  WSA_CMSG_FIRSTHDR,
  WSA_CMSG_LEN,
  WSA_CMSG_NXTHDR,
  WSA_CMSG_SPACE,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAIoctl,
  WSAMSG,
  WSARecvMsg,
  WSASendMsg,
  WSAStartup,
} from 'winsock';
import { QueryPerformanceCounter, QueryPerformanceFrequency, Sleep } from 'winsock/kernel';
import { getopt } from './shared/options.ts';

const TIMESTAMP_ID = 123;
const USAGE = `usage: timestamping
Needs Windows 11 or Windows Server 2022.`;

const failed = (what: string) => {
  console.log(`${what} failed ${WSAGetLastError()}`);
  return 1;
};

function Counter(): bigint {
  const counter = new LARGE_INTEGER();
  QueryPerformanceCounter(counter);
  return counter.QuadPart;
}

function Microseconds(ticks: bigint): number {
  const frequency = new LARGE_INTEGER();
  QueryPerformanceFrequency(frequency);
  return Number((ticks * 1_000_000n) / frequency.QuadPart);
}

function Message(data: Buffer, name: sockaddr_in, control: number): WSAMSG {
  return new WSAMSG({
    name: cast(sockaddr, name),
    namelen: sizeof(name),
    lpBuffers: new WSABUF({ len: data.length, buf: data }),
    dwBufferCount: 1,
    Control: { len: control, buf: Buffer.alloc(control) },
  });
}

function Ioctl(s: SOCKET, code: number, input: Uint8Array, output: Uint8Array | null): boolean {
  const size = output?.length ?? 0;
  const returned = ref(DWORD);
  return (
    WSAIoctl(s, code, input, input.length, output, size, returned, null, null) !== SOCKET_ERROR
  );
}

/** Sends with an id, then asks for the timestamp of that id. */
function EstimateSendLatency(s: SOCKET, to: sockaddr_in): number {
  const msg = Message(Buffer.from('a datagram'), to, WSA_CMSG_SPACE(sizeof(UINT32)));
  const cmsg = WSA_CMSG_FIRSTHDR(msg)!;
  cmsg.cmsg_level = SOL_SOCKET;
  cmsg.cmsg_type = SO_TIMESTAMP_ID;
  cmsg.cmsg_len = WSA_CMSG_LEN(sizeof(UINT32));
  cast(UINT32, WSA_CMSG_DATA(cmsg)).value = TIMESTAMP_ID;
  const before = Counter();
  if (WSASendMsg(s, msg, 0, ref(DWORD), null, null) === SOCKET_ERROR) return failed('WSASendMsg');
  const id = ref(UINT32, TIMESTAMP_ID);
  const timestamp = ref(UINT64);
  for (let tries = 0; tries < 10; tries++) {
    if (Ioctl(s, SIO_GET_TX_TIMESTAMP, id, timestamp)) {
      console.log(`Send latency estimate: ${Microseconds(timestamp.value - before)} µs`);
      return 0;
    }
    Sleep(50);
  }
  return failed('WSAIoctl(SIO_GET_TX_TIMESTAMP)');
}

function EstimateReceiveLatency(s: SOCKET): number {
  const from = new sockaddr_in();
  const msg = Message(Buffer.alloc(512), from, WSA_CMSG_SPACE(sizeof(UINT64)));
  if (WSARecvMsg(s, msg, ref(DWORD), null, null) === SOCKET_ERROR) return failed('WSARecvMsg');
  const now = Counter();
  for (let cmsg = WSA_CMSG_FIRSTHDR(msg); cmsg; cmsg = WSA_CMSG_NXTHDR(msg, cmsg)) {
    if (cmsg.cmsg_level !== SOL_SOCKET || cmsg.cmsg_type !== SO_TIMESTAMP) continue;
    const timestamp = cast(UINT64, WSA_CMSG_DATA(cmsg)).value;
    console.log(`Receive latency estimate: ${Microseconds(now - timestamp)} µs`);
    return 0;
  }
  console.log('No timestamp came with the datagram');
  return 1;
}

function main(): number {
  getopt(USAGE, '');
  console.log('This program needs Windows 11 or Windows Server 2022.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return failed('WSAStartup');
  const s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  try {
    const address = new sockaddr_in({
      sin_family: AF_INET,
      sin_addr: { s_addr: htonl(INADDR_LOOPBACK) },
    });
    if (s === INVALID_SOCKET || bind(s, address, sizeof(address)) === SOCKET_ERROR) {
      return failed('bind');
    }
    getsockname(s, address, ref(int, sizeof(address)));
    const config = new TIMESTAMPING_CONFIG({
      Flags: TIMESTAMPING_FLAG_TX | TIMESTAMPING_FLAG_RX,
      TxTimestampsBuffered: 1,
    });
    if (!Ioctl(s, SIO_TIMESTAMPING, config, null)) return failed('WSAIoctl(SIO_TIMESTAMPING)');
    return EstimateSendLatency(s, address) || EstimateReceiveLatency(s);
  } finally {
    closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
