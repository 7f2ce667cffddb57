/**
 * A block of ports reserved while the program runs: SIO_ACQUIRE_PORT_RESERVATION, then a socket that is
 * bound to one of them, then SIO_RELEASE_PORT_RESERVATION. Needs Windows; Wine has none of the codes.
 *
 *   npm start -- examples/port-reservation.ts 2 2 17 5000 20
 */

import {
  bind,
  cast,
  closesocket,
  DWORD,
  getsockname,
  htons,
  INADDR_ANY,
  INET_PORT_RANGE,
  INET_PORT_RESERVATION_INSTANCE,
  INET_PORT_RESERVATION_TOKEN,
  INVALID_SOCKET,
  int,
  MAKEWORD,
  ntohs,
  offsetof,
  ref,
  SIO_ACQUIRE_PORT_RESERVATION,
  SIO_ASSOCIATE_PORT_RESERVATION,
  SIO_RELEASE_PORT_RESERVATION,
  type SOCKET,
  SOCKET_ERROR,
  sizeof,
  sockaddr_in,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAIoctl,
  WSAStartup,
} from 'winsock';
import { getopt, integer, wrong } from './shared/options.ts';

const USAGE = `usage: port-reservation FAMILY TYPE PROTOCOL START COUNT
  FAMILY    2, AF_INET
  TYPE      the type of the sockets: 1, SOCK_STREAM, or 2, SOCK_DGRAM
  PROTOCOL  their protocol, whose ports are reserved: 6, IPPROTO_TCP, or 17, IPPROTO_UDP
  START     the first port; 0 lets the system choose
  COUNT     how many ports
Example: port-reservation 2 2 17 5000 20
Needs Windows.`;

/** An ioctl that says how it went. */
function Ioctl(s: SOCKET, name: string, code: number, input: Uint8Array, output?: Uint8Array) {
  const returned = ref(DWORD);
  const size = output?.length ?? 0;
  const rc = WSAIoctl(s, code, input, input.length, output ?? null, size, returned, null, null);
  if (rc === SOCKET_ERROR)
    console.log(`WSAIoctl(${name}) failed with error = ${WSAGetLastError()}`);
  else console.log(`WSAIoctl(${name}) succeeded, bytesReturned = ${returned.value}`);
  return rc !== SOCKET_ERROR;
}

/** A socket binds to a port of the reservation whose token it was given. */
function BindToReservation(sockRes: SOCKET, iFamily: number, token: Uint8Array): void {
  const name = 'SIO_ASSOCIATE_PORT_RESERVATION';
  if (!Ioctl(sockRes, name, SIO_ASSOCIATE_PORT_RESERVATION, token)) return;
  const service = new sockaddr_in({ sin_family: iFamily, sin_addr: { s_addr: INADDR_ANY } });
  if (bind(sockRes, service, sizeof(service)) === SOCKET_ERROR) {
    console.log(`bind failed with error = ${WSAGetLastError()}`);
    return;
  }
  console.log('bind succeeded');
  if (getsockname(sockRes, service, ref(int, sizeof(service))) === SOCKET_ERROR) {
    console.log(`getsockname failed with error = ${WSAGetLastError()}`);
    return;
  }
  console.log('getsockname succeeded');
  console.log(`Port number allocated = ${ntohs(service.sin_port)}`);
}

function main(): number {
  const [, ...given] = getopt(USAGE, [], 5);
  if (given.length !== 5) wrong('Five numbers are needed');
  const names = ['FAMILY', 'TYPE', 'PROTOCOL', 'START', 'COUNT'];
  const [iFamily, iType, iProtocol, startPort, numPorts] = names.map((name, i) =>
    integer(name, given[i], 0, name === 'COUNT' ? 1 : 0, 65_535),
  ) as [number, number, number, number, number];
  console.log('This program needs Windows, where ports can be reserved.');
  const portRange = new INET_PORT_RANGE({ StartPort: htons(startPort), NumberOfPorts: numPorts });
  const portRes = new INET_PORT_RESERVATION_INSTANCE();

  const iResult = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (iResult !== 0) {
    console.log(`WSAStartup failed with error = ${iResult}`);
    return 1;
  }
  let sockRes = INVALID_SOCKET;
  const sock = socket(iFamily, iType, iProtocol);
  try {
    if (sock === INVALID_SOCKET) {
      console.log(`socket function failed with error = ${WSAGetLastError()}`);
      return 1;
    }
    console.log('socket function succeeded');
    const acquire = 'SIO_ACQUIRE_PORT_RESERVATION';
    if (!Ioctl(sock, acquire, SIO_ACQUIRE_PORT_RESERVATION, portRange, portRes)) return 1;
    const { StartPort, NumberOfPorts, Token } = portRes;
    const ports = `Starting port=${ntohs(StartPort)},  Number of Ports=${NumberOfPorts}`;
    console.log(`  ${ports}, Token=${Token}`);

    sockRes = socket(iFamily, iType, iProtocol);
    if (sockRes === INVALID_SOCKET) {
      console.log(`socket function for second socket failed with error = ${WSAGetLastError()}`);
      return 1;
    }
    console.log('socket function for second socket succeeded');
    const token = cast(
      INET_PORT_RESERVATION_TOKEN,
      portRes,
      offsetof(INET_PORT_RESERVATION_INSTANCE, 'Token'),
    );
    BindToReservation(sockRes, iFamily, token);
    const release = 'SIO_RELEASE_PORT_RESERVATION';
    return Ioctl(sock, release, SIO_RELEASE_PORT_RESERVATION, token) ? 0 : 1;
  } finally {
    for (const s of [sockRes, sock]) if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
