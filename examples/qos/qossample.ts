/**
 * qWAVE: a UDP flow whose traffic the system shapes and marks, and whose path it measures. The client
 * sends bursts of packets at a rate, fewer while the path is congested; the server counts. Both print
 * a line each second. Client and server need Windows with qWAVE; the one of Wine does nothing.
 *
 *   npm start -- examples/qos/qossample.ts -s
 *   npm start -- examples/qos/qossample.ts -c 192.168.1.2 20000000
 */

import { writeSync } from 'node:fs';
import {
  AF_INET,
  AF_INET6,
  addressOf,
  arrayOf,
  bind,
  cast,
  DWORD,
  ERROR_IO_PENDING,
  ERROR_NO_DATA,
  ERROR_NOT_SUPPORTED,
  FALSE,
  HANDLE,
  htons,
  INFINITE,
  INVALID_SOCKET,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  int,
  LARGE_INTEGER,
  MAKEWORD,
  OVERLAPPED,
  ref,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  setsockopt,
  sizeof,
  sockaddr_in6,
  TF_USE_KERNEL_APC,
  TP_ELEMENT_EOP,
  TP_ELEMENT_MEMORY,
  TRANSMIT_PACKETS_ELEMENT,
  TransmitPackets,
  ULONGLONG,
  WSA_FLAG_OVERLAPPED,
  WSA_IO_PENDING,
  WSABUF,
  WSAConnect,
  WSADATA,
  WSAGetLastError,
  WSAGetOverlappedResult,
  WSARecv,
  WSASocketW,
  WSAStartup,
  WSAStringToAddressA,
} from 'winsock';
import {
  CreateEventW,
  CreateWaitableTimerW,
  GetLastError,
  SetWaitableTimer,
  Sleep,
  WAIT_OBJECT_0,
  WaitForMultipleObjects,
} from 'winsock/kernel';
import {
  QOS_ADD_OVERHEAD,
  QOS_FLOW_FUNDAMENTALS,
  QOS_FLOWRATE_OUTGOING,
  QOS_SUBTRACT_OVERHEAD,
  QOS_VERSION,
  QOSAddSocketToFlow,
  QOSCreateHandle,
  QOSFlowRateCongestion,
  QOSFlowRateNotApplicable,
  QOSNotifyAvailable,
  QOSNotifyCongested,
  QOSNotifyFlow,
  QOSQueryFlow,
  QOSQueryFlowFundamentals,
  QOSSetFlow,
  QOSSetOutgoingRate,
  QOSShapeAndMark,
  QOSTrafficTypeExcellentEffort,
} from 'winsock/qos';
import { getopt, integer, wrong } from '../shared/options.ts';

const DATAGRAM_SIZE = 1400;
const BURSTS_PER_SECOND = 40;
const PORT = 40007;
const LINE = '-'.repeat(68);
const USAGE = `usage: qossample -s
       qossample -c ADDRESS BITRATE
  -s  be the server, which counts what it receives on port ${PORT}
  -c  be the client, which sends that many bits in a second to the server
Both go on until Ctrl-C. The client needs Windows with the Quality Windows Audio/Video Experience.`;

const dataBuffer = Buffer.alloc(DATAGRAM_SIZE);
const column = (n: number | bigint) => String(n).padStart(10);

/** Ends the program with what failed. */
function fail(what: string, error: number = GetLastError()): never {
  console.log(`${what} failed (${error})`);
  process.exit(1);
}

/** A timer that is set each second, for one wait. */
function secondTimer(): HANDLE {
  const timerEvent = CreateWaitableTimerW(null, FALSE, null);
  if (timerEvent === 0) fail('CreateWaitableTimer');
  const timerAwakenTime = new LARGE_INTEGER({ QuadPart: -10_000_000n });
  if (!SetWaitableTimer(timerEvent, timerAwakenTime, 1000, null, null, FALSE)) {
    fail('SetWaitableTimer');
  }
  return timerEvent;
}

function overlappedWithEvent(): OVERLAPPED {
  const hEvent = CreateEventW(null, FALSE, FALSE, null);
  if (hEvent === 0) fail('CreateEvent');
  return new OVERLAPPED({ hEvent });
}

/** A socket connected to an address of either family. */
function socketCreate(destination: string): { socket: SOCKET; addressFamily: number } {
  const returnValue = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (returnValue !== 0) fail('WSAStartup', returnValue);
  const destAddr = new SOCKADDR_STORAGE();
  const parses = (family: number) =>
    WSAStringToAddressA(destination, family, null, destAddr, ref(int, sizeof(destAddr))) === 0;
  if (!parses(AF_INET) && !parses(AF_INET6)) {
    wrong(`WSAStringToAddressA failed (${WSAGetLastError()})`);
  }
  // Both families have the port in the same place.
  cast(sockaddr_in6, destAddr).sin6_port = htons(PORT);
  const addressFamily = destAddr.ss_family;
  const socket = WSASocketW(addressFamily, SOCK_DGRAM, 0, null, 0, WSA_FLAG_OVERLAPPED);
  if (socket === INVALID_SOCKET) fail('WSASocket', WSAGetLastError());
  if (WSAConnect(socket, destAddr, sizeof(destAddr), null, null, null, null) === SOCKET_ERROR) {
    fail('WSAConnect', WSAGetLastError());
  }
  return { socket, addressFamily };
}

function client(destination: string, bitRate: number): never {
  const { socket, addressFamily } = socketCreate(destination);
  const handle = ref(HANDLE);
  if (!QOSCreateHandle(new QOS_VERSION({ MajorVersion: 1, MinorVersion: 0 }), handle)) {
    fail('QOSCreateHandle');
  }
  const qosHandle = handle.value;
  const flowID = ref(DWORD, 0);
  if (!QOSAddSocketToFlow(qosHandle, socket, null, QOSTrafficTypeExcellentEffort, 0, flowID)) {
    fail('QOSAddSocketToFlow');
  }

  // The rate is that of whole packets in whole bursts.
  const bitsOf = (packetRate: number) => BURSTS_PER_SECOND * packetRate * DATAGRAM_SIZE * 8;
  let targetPacketRate = Math.ceil(Math.ceil(bitRate / 8 / DATAGRAM_SIZE) / BURSTS_PER_SECOND);
  let targetBitRate = bitsOf(targetPacketRate);
  const transmitEl = arrayOf(TRANSMIT_PACKETS_ELEMENT, targetPacketRate);
  for (const element of transmitEl) {
    element.dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_EOP;
    element.pBuffer = addressOf(dataBuffer);
    element.cLength = dataBuffer.length;
  }
  console.log(`${LINE}
This instance of the QOS sample program is aiming to:
\t - Send ${targetBitRate} bits of UDP traffic per second
\t - In packets of ${DATAGRAM_SIZE} bytes
\t - In bursts of ${targetPacketRate} packets every ${1000 / BURSTS_PER_SECOND} milliseconds

${LINE}`);

  const flowFund = new QOS_FLOW_FUNDAMENTALS();
  const queryFundamentals = () => {
    const size = ref(DWORD, sizeof(flowFund));
    return QOSQueryFlow(qosHandle, flowID.value, QOSQueryFlowFundamentals, size, flowFund, 0, null);
  };
  let estimatesAvailable = false;
  writeSync(1, 'Querying fundamentals about the network path: ');
  while (!estimatesAvailable) {
    const result = queryFundamentals();
    if (!result && GetLastError() === ERROR_NOT_SUPPORTED) {
      console.log('NOT SUPPORTED: this network configuration is not measured');
      break;
    }
    if (!result && GetLastError() !== ERROR_NO_DATA) fail('QOSQueryFlow');
    if (result && flowFund.BottleneckBandwidthSet && flowFund.AvailableBandwidthSet) {
      estimatesAvailable = true;
      const mbps = (bits: bigint) => `${(Number(bits) / 1e6).toFixed(2)} Mbps`;
      console.log(`DONE
\t - Bottleneck bandwidth is approximately ${mbps(flowFund.BottleneckBandwidth)}
\t - Available bandwidth is approximately  ${mbps(flowFund.AvailableBandwidth)}`);
    } else {
      writeSync(1, '.');
      Sleep(1000);
    }
  }
  const withHeaders = (rate: number) =>
    QOS_ADD_OVERHEAD(addressFamily, IPPROTO_UDP, DATAGRAM_SIZE, rate);
  if (estimatesAvailable && flowFund.AvailableBandwidth < withHeaders(targetBitRate)) {
    const { AvailableBandwidth } = flowFund;
    const available = Number(
      QOS_SUBTRACT_OVERHEAD(addressFamily, IPPROTO_UDP, DATAGRAM_SIZE, AvailableBandwidth),
    );
    targetPacketRate = Math.floor(available / 8 / DATAGRAM_SIZE / BURSTS_PER_SECOND);
    targetBitRate = bitsOf(targetPacketRate);
    console.log(`Not enough available bandwidth for the requested bitrate.
Downgrading to lesser bitrate - ${targetBitRate}.`);
  }

  const setRate = (bits: number, Reason: number) => {
    const flowRate = new QOS_FLOWRATE_OUTGOING({
      Bandwidth: withHeaders(bits),
      ShapingBehavior: QOSShapeAndMark,
      Reason,
    });
    const size = sizeof(flowRate);
    if (!QOSSetFlow(qosHandle, flowID.value, QOSSetOutgoingRate, size, flowRate, 0, null)) {
      fail('QOSSetFlow');
    }
  };
  let currentPacketRate = targetPacketRate;
  setRate(targetBitRate, QOSFlowRateNotApplicable);

  const timerEvent = secondTimer();
  const congestionOverlapped = overlappedWithEvent();
  const availableOverlapped = overlappedWithEvent();
  const sendOverlapped = overlappedWithEvent();
  /** Has an event set when the path is congested, or carries a bandwidth again. */
  const notify = (operation: number, bandwidth: bigint | null, overlapped: OVERLAPPED) => {
    const buffer = bandwidth === null ? null : ref(ULONGLONG, bandwidth);
    const size = buffer && ref(DWORD, sizeof(buffer));
    const flow = flowID.value;
    if (!QOSNotifyFlow(qosHandle, flow, operation, size, buffer, 0, overlapped)) {
      if (GetLastError() !== ERROR_IO_PENDING) fail('QOSNotifyFlow');
    }
  };
  if (estimatesAvailable) notify(QOSNotifyCongested, null, congestionOverlapped);

  console.log(`${LINE}
 # packets | # of bits  |  Bottleneck |  Available |  Congestion
${LINE}`);
  let [achievedPacketRate, achievedBitRate] = [0, 0];
  let congestion = false;
  while (true) {
    const { hEvent } = sendOverlapped;
    const flags = TF_USE_KERNEL_APC;
    if (
      !TransmitPackets(socket, transmitEl, currentPacketRate, 0xffffffff, sendOverlapped, flags) &&
      WSAGetLastError() !== ERROR_IO_PENDING
    ) {
      fail('TransmitPackets', WSAGetLastError());
    }
    achievedPacketRate += currentPacketRate;
    achievedBitRate += currentPacketRate * DATAGRAM_SIZE * 8;

    for (let sendNextGroup = false; !sendNextGroup; ) {
      const ofPath = congestion ? availableOverlapped : congestionOverlapped;
      const waitEvents = arrayOf(HANDLE, [timerEvent, ofPath.hEvent, hEvent]);
      switch (WaitForMultipleObjects(waitEvents.length, waitEvents, FALSE, INFINITE)) {
        case WAIT_OBJECT_0: {
          let line = `${column(achievedPacketRate)} | ${column(achievedBitRate)} | `;
          if (estimatesAvailable) {
            flowFund.fill(0);
            queryFundamentals();
            const { BottleneckBandwidthSet, BottleneckBandwidth } = flowFund;
            const { AvailableBandwidthSet, AvailableBandwidth } = flowFund;
            line += BottleneckBandwidthSet
              ? `${column(BottleneckBandwidth)}  | `
              : '   NO DATA  | ';
            line += AvailableBandwidthSet ? `${column(AvailableBandwidth)} | ` : '   NO DATA | ';
            if (AvailableBandwidthSet && AvailableBandwidth === 0n) line += ' CONGESTION';
          } else {
            line += '   N/A     |     N/A    |';
          }
          console.log(line);
          [achievedPacketRate, achievedBitRate] = [0, 0];
          break;
        }
        case WAIT_OBJECT_0 + 1:
          congestion = !congestion;
          console.log(`${LINE}\n${congestion ? 'CONGESTION' : 'END OF CONGESTION'}\n${LINE}`);
          if (congestion) {
            // A tenth of it, until the path has room for all.
            currentPacketRate = Math.max(1, Math.floor(currentPacketRate / 10));
            setRate(bitsOf(currentPacketRate), QOSFlowRateCongestion);
            notify(QOSNotifyAvailable, withHeaders(targetBitRate), availableOverlapped);
          } else {
            currentPacketRate = targetPacketRate;
            setRate(targetBitRate, QOSFlowRateCongestion);
            notify(QOSNotifyCongested, null, congestionOverlapped);
          }
          break;
        case WAIT_OBJECT_0 + 2:
          if (!WSAGetOverlappedResult(socket, sendOverlapped, ref(DWORD), FALSE, ref(DWORD))) {
            fail('TransmitPackets', WSAGetLastError());
          }
          sendNextGroup = true;
          break;
        default:
          fail('WaitForMultipleObjects');
      }
    }
  }
}

/** Counts the datagrams of both families, and prints what each second brought. */
function server(): never {
  const result = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (result !== 0) fail('WSAStartup', result);
  const socket = WSASocketW(AF_INET6, SOCK_DGRAM, 0, null, 0, WSA_FLAG_OVERLAPPED);
  if (socket === INVALID_SOCKET) fail('WSASocket', WSAGetLastError());
  const optionValue = ref(DWORD, FALSE);
  const size = sizeof(optionValue);
  if (setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, optionValue, size) === SOCKET_ERROR) {
    fail('setsockopt', WSAGetLastError());
  }
  const address = new sockaddr_in6({ sin6_family: AF_INET6, sin6_port: htons(PORT) });
  if (bind(socket, address, sizeof(address)) === SOCKET_ERROR) fail('bind', WSAGetLastError());
  const recvOverlapped = overlappedWithEvent();
  const timerEvent = secondTimer();

  let [numPackets, numBytes] = [0, 0];
  console.log('-------------------------\n # packets |  # of bits |\n-------------------------');
  const buf = new WSABUF({ len: dataBuffer.length, buf: addressOf(dataBuffer) });
  const waitEvents = arrayOf(HANDLE, [recvOverlapped.hEvent, timerEvent]);
  const numberOfBytesReceived = ref(DWORD);
  for (let pending = false; ; ) {
    // The structure belongs to the system until its receive has completed.
    if (!pending) {
      const rc = WSARecv(socket, buf, 1, null, ref(DWORD, 0), recvOverlapped, null);
      if (rc !== 0 && WSAGetLastError() !== WSA_IO_PENDING) fail('WSARecv', WSAGetLastError());
      pending = true;
    }
    switch (WaitForMultipleObjects(waitEvents.length, waitEvents, FALSE, INFINITE)) {
      case WAIT_OBJECT_0: {
        const dwFlags = ref(DWORD);
        if (
          !WSAGetOverlappedResult(socket, recvOverlapped, numberOfBytesReceived, FALSE, dwFlags)
        ) {
          fail('WSARecv', WSAGetLastError());
        }
        pending = false;
        numPackets++;
        numBytes += numberOfBytesReceived.value;
        break;
      }
      case WAIT_OBJECT_0 + 1:
        console.log(`${column(numPackets)} | ${column(numBytes * 8)} |`);
        [numPackets, numBytes] = [0, 0];
        break;
      default:
        fail('WaitForMultipleObjects');
    }
  }
}

const [options, address, bitRate] = getopt(USAGE, 'sc', 2);
if (options.s !== undefined) server();
if (options.c === undefined || bitRate === undefined) {
  wrong('-s, or -c with an address and a bit rate, is missing');
}
const targetBitRate = integer('BITRATE', bitRate, 0, 1);
console.log('This program needs Windows with qWAVE.');
try {
  client(address!, targetBitRate);
} catch (error) {
  // Where there is no qwave.dll, the first call of it throws.
  console.error((error as Error).message);
  process.exitCode = 1;
}
