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
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAIoctl,
  WSAMSG,
  WSARecvMsg,
  WSASendMsg,
  WSAStartup,
} from 'winsock';
import {
  CaptureInterfaceHardwareCrossTimestamp,
  INTERFACE_HARDWARE_CROSSTIMESTAMP,
  NET_LUID,
} from 'winsock/iphlpapi';
import { QueryPerformanceCounter, QueryPerformanceFrequency, Sleep } from 'winsock/kernel';
import { getopt, wrong } from './shared/options.ts';

const TIMESTAMP_ID = 123;
const USAGE = `usage: timestamping [-l LUID -f HERTZ]
  -l LUID   the locally unique id of an interface whose adapter has a clock of its own: timestamps are
            compared with that clock (default: with the system's counter)
  -f HERTZ  the frequency of the adapter's clock, which its maker knows
Needs Windows 11 or Windows Server 2022.`;

/** The clock that timestamps are of: of an adapter, or the system's counter. */
interface Clock {
  readonly now: () => bigint;
  readonly frequency: bigint;
}

const failed = (what: string) => {
  console.log(`${what} failed ${WSAGetLastError()}`);
  return 1;
};

function systemClock(): Clock {
  const value = new LARGE_INTEGER();
  QueryPerformanceFrequency(value);
  const frequency = value.QuadPart;
  const now = () => {
    QueryPerformanceCounter(value);
    return value.QuadPart;
  };
  return { now, frequency };
}

function hardwareClock(Value: bigint, frequency: bigint): Clock {
  const interfaceLuid = new NET_LUID({ Value });
  const crossTimestamp = new INTERFACE_HARDWARE_CROSSTIMESTAMP();
  const now = () => {
    const error = CaptureInterfaceHardwareCrossTimestamp(interfaceLuid, crossTimestamp);
    if (error !== 0) throw new Error(`CaptureInterfaceHardwareCrossTimestamp failed ${error}`);
    return crossTimestamp.HardwareClockTimestamp;
  };
  return { now, frequency };
}

const Microseconds = (ticks: bigint, { frequency }: Clock) => (ticks * 1_000_000n) / frequency;

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

/** Sends with an id, then asks for the timestamp of that id: it may take a moment until it is there. */
function estimate_send_latency(sock: SOCKET, addr: sockaddr_in, clock: Clock): number {
  const wsaMsg = Message(Buffer.alloc(512), addr, WSA_CMSG_SPACE(sizeof(UINT32)));
  const cmsg = WSA_CMSG_FIRSTHDR(wsaMsg)!;
  cmsg.cmsg_len = WSA_CMSG_LEN(sizeof(UINT32));
  cmsg.cmsg_level = SOL_SOCKET;
  cmsg.cmsg_type = SO_TIMESTAMP_ID;
  cast(UINT32, WSA_CMSG_DATA(cmsg)).value = TIMESTAMP_ID;

  const appLevelTimestamp = clock.now();
  if (WSASendMsg(sock, wsaMsg, 0, ref(DWORD), null, null) === SOCKET_ERROR) {
    return failed('sendmsg');
  }
  console.log('sent packet');

  const txTimestampId = ref(UINT32, TIMESTAMP_ID);
  const socketTimestamp = ref(UINT64);
  for (let i = 0, interval = 1; i < 6; i++, interval *= 2) {
    if (Ioctl(sock, SIO_GET_TX_TIMESTAMP, txTimestampId, socketTimestamp)) {
      const elapsed = Microseconds(socketTimestamp.value - appLevelTimestamp, clock);
      console.log(`socket send path latency estimation: ${elapsed} microseconds`);
      return 0;
    }
    if (WSAGetLastError() !== WSAEWOULDBLOCK) return failed('WSAIoctl(SIO_GET_TX_TIMESTAMP)');
    Sleep(interval);
  }
  console.log('failed to retrieve TX timestamp');
  return 1;
}

function estimate_receive_latency(sock: SOCKET, clock: Clock): number {
  const from = new sockaddr_in();
  const wsaMsg = Message(Buffer.alloc(512), from, WSA_CMSG_SPACE(sizeof(UINT64)));
  if (WSARecvMsg(sock, wsaMsg, ref(DWORD), null, null) === SOCKET_ERROR) return failed('recvmsg');
  const appLevelTimestamp = clock.now();
  console.log('received packet');
  for (let cmsg = WSA_CMSG_FIRSTHDR(wsaMsg); cmsg; cmsg = WSA_CMSG_NXTHDR(wsaMsg, cmsg)) {
    if (cmsg.cmsg_level !== SOL_SOCKET || cmsg.cmsg_type !== SO_TIMESTAMP) continue;
    const socketTimestamp = cast(UINT64, WSA_CMSG_DATA(cmsg)).value;
    const elapsed = Microseconds(appLevelTimestamp - socketTimestamp, clock);
    console.log(`RX latency estimation: ${elapsed} microseconds`);
    return 0;
  }
  console.log('failed to retrieve RX timestamp');
  return 1;
}

function main(): number {
  const [{ l, f }] = getopt(USAGE, 'l:f:');
  if ([l, f].some((one) => one !== undefined && !/^[1-9]\d{0,18}$/.test(one))) {
    wrong('-l and -f take numbers');
  }
  if ((l === undefined) !== (f === undefined)) wrong('-l and -f go together');
  const clock = l && f ? hardwareClock(BigInt(l), BigInt(f)) : systemClock();
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
    return estimate_send_latency(s, address, clock) || estimate_receive_latency(s, clock);
  } catch (error) {
    console.log((error as Error).message);
    return 1;
  } finally {
    closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
