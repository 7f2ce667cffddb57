/**
 * IP multicast the Winsock 2 way, for any protocol that has it: a socket with multipoint flags, and
 * WSAJoinLeaf to join. Needs Windows: Wine has no WSAJoinLeaf.
 *
 *   npm start -- examples/mcastip/ws2.ts -i 192.168.1.2 -m 239.255.77.2 -p 25000 -n 2
 *   npm start -- examples/mcastip/ws2.ts -s -i 192.168.1.2 -m 239.255.77.2 -p 25000 -n 2
 */

import {
  AF_UNSPEC,
  bind,
  closesocket,
  DWORD,
  INVALID_SOCKET,
  int,
  JL_BOTH,
  MAKEWORD,
  ref,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  SOCKET_ERROR,
  SOL_SOCKET,
  setsockopt,
  sizeof,
  WSA_FLAG_MULTIPOINT_C_LEAF,
  WSA_FLAG_MULTIPOINT_D_LEAF,
  WSA_FLAG_OVERLAPPED,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAJoinLeaf,
  WSARecvFrom,
  WSASendTo,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import {
  failed,
  SetMulticastLoopBack,
  SetMulticastTtl,
  SetSendInterface,
} from '../shared/multicast.ts';
import { getopt, integer } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';

const MULTICAST_FLAGS =
  WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF | WSA_FLAG_OVERLAPPED;
const USAGE = `usage: ws2 [-s] [-i LOCAL] [-m GROUP] [-p PORT] [-n COUNT]
  -i LOCAL  local address to bind to
  -j        do not join the multicast group
  -l 0|1    turn loopback off or on
  -m GROUP  multicast address to join (default: 234.5.6.7)
  -n COUNT  how many messages to send or receive (default: 500)
  -p PORT   port (default: 25000)
  -s        act as the sender; otherwise receive
  -t TTL    set the multicast TTL (default: 8)
  -z SIZE   size of the buffer in bytes (default: 1024)`;

function main(): number {
  const [options] = getopt(USAGE, 'i:jl:m:n:p:st:z:');
  const bSender = options.s !== undefined;
  const gPort = options.p ?? '25000';
  const gCount = integer('-n', options.n, 500);
  const gTtl = integer('-t', options.t, 8, 0, 255);
  const gLoopBack = integer('-l', options.l, 1, 0, 1);
  const gBufferSize = integer('-z', options.z, 1024, 1, 65507);
  console.log('This program needs Windows, where WSAJoinLeaf joins a group.');

  let rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup failed: ${rc}`);
    return 1;
  }

  let s = INVALID_SOCKET;
  try {
    const reslocal = ResolveAddress(options.i, bSender ? '0' : gPort, AF_UNSPEC, SOCK_DGRAM, 0);
    if (reslocal === null) {
      console.error(`Unable to resolve local interface: ${options.i}`);
      return 1;
    }
    const { ai_family, ai_socktype, ai_protocol } = reslocal;
    s = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, MULTICAST_FLAGS);
    if (s === INVALID_SOCKET) return failed('WSASocket');
    const reuse = ref(int, 1);
    rc = setsockopt(s, SOL_SOCKET, SO_REUSEADDR, reuse, sizeof(reuse));
    if (rc === SOCKET_ERROR) return failed('setsockopt (SO_REUSEADDR)');
    rc = bind(s, reslocal.ai_addr, reslocal.ai_addrlen);
    if (rc === SOCKET_ERROR) return failed('bind');
    console.log(`bound to: ${FormatAddress(reslocal.ai_addr, reslocal.ai_addrlen)}`);

    const group = options.m ?? '234.5.6.7';
    const resmulti = ResolveAddress(group, gPort, ai_family, ai_socktype, ai_protocol);
    if (resmulti === null) {
      console.error(`Unable to resolve multicast address: ${group}`);
      return 1;
    }
    if (SetMulticastTtl(s, ai_family, gTtl) === SOCKET_ERROR) return 1;
    if (options.l !== undefined) {
      if (SetMulticastLoopBack(s, ai_family, gLoopBack) === SOCKET_ERROR) return 1;
    }
    if (options.i !== undefined && SetSendInterface(s, reslocal) === SOCKET_ERROR) return 1;

    // For IP the socket that comes back is the same one, which now belongs to the group.
    const destination = resmulti.ai_addr;
    const { ai_addrlen } = resmulti;
    if (options.j === undefined) {
      console.log(`joining group: ${FormatAddress(destination, ai_addrlen)}`);
      const ns = WSAJoinLeaf(s, destination, ai_addrlen, null, null, null, null, JL_BOTH);
      if (ns === INVALID_SOCKET) return failed('WSAJoinLeaf');
    }

    const memory = Buffer.alloc(gBufferSize, '#');
    const wsabuf = new WSABUF({ len: memory.length, buf: memory });
    const bytes = ref(DWORD);
    for (let i = 0; i < gCount; i++) {
      if (bSender) {
        rc = WSASendTo(s, wsabuf, 1, bytes, 0, destination, ai_addrlen, null, null);
        if (rc === SOCKET_ERROR) return failed('WSASendTo');
        console.log(`wrote ${bytes.value} bytes`);
      } else {
        const safrom = new SOCKADDR_STORAGE();
        const fromlen = ref(int, sizeof(safrom));
        rc = WSARecvFrom(s, wsabuf, 1, bytes, ref(DWORD, 0), safrom, fromlen, null, null);
        if (rc === SOCKET_ERROR) return failed('WSARecvFrom');
        console.log(`read ${bytes.value} bytes from ${FormatAddress(safrom, fromlen.value)}`);
      }
    }
    return 0;
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
