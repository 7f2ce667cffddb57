/**
 * A block of ports reserved while the program runs: SIO_ACQUIRE_PORT_RESERVATION, then a socket that is
 * bound to one of them, then SIO_RELEASE_PORT_RESERVATION. Needs Windows; Wine has none of the codes.
 *
 *   npm start -- examples/port-reservation.ts
 */

import {
  AF_INET,
  bind,
  cast,
  closesocket,
  DWORD,
  getsockname,
  htons,
  INET_PORT_RANGE,
  INET_PORT_RESERVATION_INSTANCE,
  INET_PORT_RESERVATION_TOKEN,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  MAKEWORD,
  ntohs,
  offsetof,
  ref,
  SIO_ACQUIRE_PORT_RESERVATION,
  SIO_ASSOCIATE_PORT_RESERVATION,
  SIO_RELEASE_PORT_RESERVATION,
  SOCK_DGRAM,
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
import { getopt, integer } from './shared/options.ts';

const USAGE = `usage: port-reservation [-p START] [-n COUNT]
  -p START  first port; 0 lets the system choose (default: 0)
  -n COUNT  how many ports (default: 10)
Needs Windows.`;

function Ioctl(s: SOCKET, code: number, input: Uint8Array, output: Uint8Array | null): boolean {
  const returned = ref(DWORD);
  const size = output?.length ?? 0;
  const rc = WSAIoctl(s, code, input, input.length, output, size, returned, null, null);
  if (rc !== SOCKET_ERROR) return true;
  console.log(`WSAIoctl(0x${code.toString(16)}) failed with error = ${WSAGetLastError()}`);
  return false;
}

function main(): number {
  const [options] = getopt(USAGE, 'p:n:');
  const StartPort = integer('-p', options.p, 0, 0, 65_535);
  const NumberOfPorts = integer('-n', options.n, 10, 1, 65_535);
  console.log('This program needs Windows, where ports can be reserved.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  const sockets: SOCKET[] = [];
  const open = () => {
    const s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    if (s === INVALID_SOCKET) console.log(`socket failed with error = ${WSAGetLastError()}`);
    else sockets.push(s);
    return s;
  };
  try {
    const sock = open();
    const range = new INET_PORT_RANGE({ StartPort: htons(StartPort), NumberOfPorts });
    const reservation = new INET_PORT_RESERVATION_INSTANCE();
    if (!Ioctl(sock, SIO_ACQUIRE_PORT_RESERVATION, range, reservation)) return 1;
    const from = ntohs(reservation.StartPort);
    const { NumberOfPorts: count, Token } = reservation;
    console.log(`Reserved ${count} ports from ${from}, token ${Token}`);

    const token = cast(
      INET_PORT_RESERVATION_TOKEN,
      reservation,
      offsetof(INET_PORT_RESERVATION_INSTANCE, 'Token'),
    );
    const user = open();
    const service = new sockaddr_in({ sin_family: AF_INET });
    if (!Ioctl(user, SIO_ASSOCIATE_PORT_RESERVATION, token, null)) return 1;
    if (bind(user, service, sizeof(service)) === SOCKET_ERROR) {
      console.log(`bind failed with error = ${WSAGetLastError()}`);
      return 1;
    }
    getsockname(user, service, ref(int, sizeof(service)));
    console.log(`bind gave the socket port ${ntohs(service.sin_port)} of the reservation`);

    if (!Ioctl(sock, SIO_RELEASE_PORT_RESERVATION, token, null)) return 1;
    console.log('Released the reservation');
    return 0;
  } finally {
    for (const s of sockets) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
