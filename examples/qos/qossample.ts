/**
 * qWAVE: a UDP flow whose traffic the system marks and whose path it measures. The client asks for a
 * rate, sends bursts of packets at it and prints what the system knows of the flow; the server counts.
 * Needs Windows with qWAVE; the one of Wine does nothing.
 *
 *   npm start -- examples/qos/qossample.ts -s
 *   npm start -- examples/qos/qossample.ts -c 192.168.1.2 20000000
 */

import {
  AF_UNSPEC,
  bind,
  closesocket,
  connect,
  DWORD,
  HANDLE,
  INVALID_SOCKET,
  IPPROTO_UDP,
  recv,
  ref,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  send,
  setsockopt,
  sizeof,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { GetLastError, Sleep } from 'winsock/kernel';
import {
  QOS_FLOW_FUNDAMENTALS,
  QOS_FLOWRATE_OUTGOING,
  QOS_NON_ADAPTIVE_FLOW,
  QOS_VERSION,
  QOSAddSocketToFlow,
  QOSCloseHandle,
  QOSCreateHandle,
  QOSFlowRateUserCaused,
  QOSQueryFlow,
  QOSQueryFlowFundamentals,
  QOSRemoveSocketFromFlow,
  QOSSetFlow,
  QOSSetOutgoingRate,
  QOSStartTrackingClient,
  QOSTrafficTypeExcellentEffort,
} from 'winsock/qos';
import { getopt, integer, wrong } from '../shared/options.ts';
import { ResolveAddress } from '../shared/resolve.ts';

const PORT = '40007';
const DATAGRAM_SIZE = 1400;
const BURST_LENGTH_MS = 40;
const USAGE = `usage: qossample -s
       qossample -c ADDRESS BITRATE [-n SECONDS]
  -s          be the server, which counts what it receives
  -c          be the client, which sends that many bits in a second to the server
  -n SECONDS  how long the client sends (default: 10)
Needs Windows with the Quality Windows Audio/Video Experience.`;

const failed = (what: string, code = GetLastError()) => {
  console.log(`${what} failed (${code})`);
  return 1;
};

function CreateSocket(address: string | undefined): SOCKET {
  const res = ResolveAddress(address, PORT, AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP);
  if (res === null) return INVALID_SOCKET;
  const s = socket(res.ai_family, SOCK_DGRAM, IPPROTO_UDP);
  const { ai_addr, ai_addrlen } = res;
  const rc = address ? connect(s, ai_addr, ai_addrlen) : bind(s, ai_addr, ai_addrlen);
  if (s === INVALID_SOCKET || rc === SOCKET_ERROR) {
    failed(address ? 'connect' : 'bind', WSAGetLastError());
    return INVALID_SOCKET;
  }
  return s;
}

/** Counts the datagrams and prints the rate of each second. */
function Server(): number {
  const s = CreateSocket(undefined);
  if (s === INVALID_SOCKET) return 1;
  const timeout = ref(DWORD, 1000);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, timeout, sizeof(timeout));
  const buffer = Buffer.alloc(2 * DATAGRAM_SIZE);
  for (let since = Date.now(), bytes = 0; ; ) {
    const n = recv(s, buffer, buffer.length, 0);
    if (n > 0) bytes += n;
    if (Date.now() - since < 1000) continue;
    if (bytes > 0) console.log(`${((bytes * 8) / (Date.now() - since) / 1000).toFixed(2)} Mbps`);
    since = Date.now();
    bytes = 0;
  }
}

/** What the system has measured of the path. */
function PrintFundamentals(qos: HANDLE, flow: number): void {
  const info = new QOS_FLOW_FUNDAMENTALS();
  const size = ref(DWORD, sizeof(info));
  if (!QOSQueryFlow(qos, flow, QOSQueryFlowFundamentals, size, info, 0, null)) {
    failed('QOSQueryFlow');
    return;
  }
  const { BottleneckBandwidthSet, BottleneckBandwidth, AvailableBandwidth, RTTSet, RTT } = info;
  if (BottleneckBandwidthSet) {
    console.log(`Bottleneck bandwidth: ${Number(BottleneckBandwidth) / 1e6} Mbps`);
    console.log(`Available bandwidth: ${Number(AvailableBandwidth) / 1e6} Mbps`);
  }
  if (RTTSet) console.log(`Round trip time: ${RTT} µs`);
}

function Client(address: string, bitRate: number, seconds: number): number {
  const s = CreateSocket(address);
  if (s === INVALID_SOCKET) return 1;
  const handle = ref(HANDLE);
  if (!QOSCreateHandle(new QOS_VERSION({ MajorVersion: 1, MinorVersion: 0 }), handle)) {
    return failed('QOSCreateHandle');
  }
  const qos = handle.value;
  const res = ResolveAddress(address, PORT, AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP)!;
  const destination = res.ai_addr;
  if (!QOSStartTrackingClient(qos, destination, 0)) failed('QOSStartTrackingClient');

  // A non-adaptive flow keeps its rate; the socket is connected, so no address goes with it.
  const flow = ref(DWORD, 0);
  const type = QOSTrafficTypeExcellentEffort;
  if (!QOSAddSocketToFlow(qos, s, null, type, QOS_NON_ADAPTIVE_FLOW, flow)) {
    return failed('QOSAddSocketToFlow');
  }
  PrintFundamentals(qos, flow.value);
  const rate = new QOS_FLOWRATE_OUTGOING({
    Bandwidth: BigInt(bitRate),
    ShapingBehavior: 0,
    Reason: QOSFlowRateUserCaused,
  });
  if (!QOSSetFlow(qos, flow.value, QOSSetOutgoingRate, sizeof(rate), rate, 0, null)) {
    failed('QOSSetFlow: the path does not carry that rate');
  }

  const burst = Math.ceil((bitRate * BURST_LENGTH_MS) / 1000 / 8 / DATAGRAM_SIZE);
  console.log(`Bursts of ${burst} packets of ${DATAGRAM_SIZE} bytes every ${BURST_LENGTH_MS} ms`);
  const datagram = Buffer.alloc(DATAGRAM_SIZE);
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; Sleep(BURST_LENGTH_MS)) {
    for (let i = 0; i < burst; i++) send(s, datagram, datagram.length, 0);
  }
  PrintFundamentals(qos, flow.value);
  QOSRemoveSocketFromFlow(qos, s, flow.value, 0);
  QOSCloseHandle(qos);
  closesocket(s);
  return 0;
}

const [options, address, bitRate] = getopt(USAGE, 'scn:', 2);
if (options.s === undefined && bitRate === undefined)
  wrong('An address and a bit rate are missing');
const rate = integer('BITRATE', bitRate, 0, 1);
const seconds = integer('-n', options.n, 10);
console.log('This program needs Windows with qWAVE.');
WSAStartup(0x0202, new WSADATA());
try {
  process.exitCode = options.s === undefined ? Client(address!, rate, seconds) : Server();
} catch (error) {
  // Where there is no qwave.dll, the first call of it throws.
  console.error((error as Error).message);
  process.exitCode = 1;
}
WSACleanup();
