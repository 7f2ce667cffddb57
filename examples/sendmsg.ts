/**
 * WSASendMsg with control data: a datagram is received with its packet information, and the answer is
 * sent from the very address, and by the interface, that it came to.
 *
 *   npm start -- examples/sendmsg.ts ::1
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  bind,
  CMSG_LEN,
  cast,
  closesocket,
  DWORD,
  getsockname,
  IN_PKTINFO,
  IN6_PKTINFO,
  INVALID_SOCKET,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  int,
  MAKEWORD,
  ref,
  SO_RCVTIMEO,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  type Struct,
  sendto,
  setsockopt,
  sizeof,
  sockaddr,
  socket,
  WSA_CMSG_DATA,
  WSA_CMSG_FIRSTHDR,
  WSA_CMSG_NXTHDR,
  WSA_CMSG_SPACE,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAMSG,
  WSARecvMsg,
  WSASendMsg,
  WSAStartup,
} from 'winsock';
import { getopt } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const USAGE = `usage: sendmsg [ADDRESS]
  ADDRESS  the numeric address to use (default: 127.0.0.1)`;

const ERR = (what: string) => console.error(`${what} failed: ${WSAGetLastError()}`);

/** A message with memory for all its parts, which lives as long as the message. */
function AllocMessage(bytes: number, address: SOCKADDR_STORAGE, control: number): WSAMSG {
  const data = Buffer.alloc(bytes);
  return new WSAMSG({
    name: cast(sockaddr, address),
    namelen: sizeof(address),
    lpBuffers: new WSABUF({ len: data.length, buf: data }),
    dwBufferCount: 1,
    Control: { len: control, buf: Buffer.alloc(control) },
  });
}

/** A UDP socket at an address that gives packet information. */
function CreateSocket({ ai_family, ai_addr, ai_addrlen }: addrinfo): SOCKET {
  const s = socket(ai_family, SOCK_DGRAM, 0);
  if (s === INVALID_SOCKET || bind(s, ai_addr, ai_addrlen) === SOCKET_ERROR) {
    ERR('socket or bind');
    return INVALID_SOCKET;
  }
  const on = ref(int, 1);
  const [level, option] =
    ai_family === AF_INET ? [IPPROTO_IP, IP_PKTINFO] : [IPPROTO_IPV6, IPV6_PKTINFO];
  if (setsockopt(s, level, option, on, sizeof(on)) === SOCKET_ERROR) ERR('setsockopt(IP_PKTINFO)');
  const timeout = ref(int, 5000);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, timeout, sizeof(timeout));
  return s;
}

/** The packet information among the control messages. */
function PacketInfo(msg: WSAMSG): Struct | undefined {
  for (let cmsg = WSA_CMSG_FIRSTHDR(msg); cmsg; cmsg = WSA_CMSG_NXTHDR(msg, cmsg)) {
    if (cmsg.cmsg_level === IPPROTO_IP && cmsg.cmsg_type === IP_PKTINFO) {
      return cast(IN_PKTINFO, WSA_CMSG_DATA(cmsg));
    }
    if (cmsg.cmsg_level === IPPROTO_IPV6 && cmsg.cmsg_type === IPV6_PKTINFO) {
      return cast(IN6_PKTINFO, WSA_CMSG_DATA(cmsg));
    }
  }
  return undefined;
}

function main(): number {
  const [, address = '127.0.0.1'] = getopt(USAGE, '', 1);

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup failed: ${rc}`);
    return 1;
  }
  const sockets: SOCKET[] = [];
  try {
    const res = ResolveAddress(address, '0', AF_UNSPEC, SOCK_DGRAM, 0);
    if (res === null) return 1;
    const { ai_family } = res;
    for (let i = 0; i < 2; i++) {
      const s = CreateSocket(res);
      if (s === INVALID_SOCKET) return 1;
      sockets.push(s);
    }
    const [server, client] = sockets as [SOCKET, SOCKET];

    const serverName = new SOCKADDR_STORAGE();
    const length = ref(int, sizeof(serverName));
    getsockname(server, serverName, length);
    const question = Buffer.from('who am I to you?');
    if (sendto(client, question, question.length, 0, serverName, length.value) === SOCKET_ERROR) {
      ERR('sendto');
      return 1;
    }

    const from = new SOCKADDR_STORAGE();
    const dwBytes = ref(DWORD);
    const request = AllocMessage(512, from, WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)));
    if (WSARecvMsg(server, request, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSARecvMsg');
      return 1;
    }
    console.log(`WSARecvMsg ${dwBytes.value} bytes from ${FormatAddress(from, request.namelen)}`);
    const info = PacketInfo(request);
    if (info === undefined) {
      console.log('Could not process the control data.');
      return 1;
    }
    console.log('Packet information:', info);

    // The answer carries the same information back: now it says where to send from.
    const answer = AllocMessage(dwBytes.value, from, WSA_CMSG_SPACE(sizeof(info)));
    answer.namelen = request.namelen;
    cast(WSABUF, answer.lpBuffers!).buf = request.lpBuffers!.buf;
    const cmsg = WSA_CMSG_FIRSTHDR(answer)!;
    cmsg.cmsg_level = ai_family === AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    cmsg.cmsg_type = ai_family === AF_INET6 ? IPV6_PKTINFO : IP_PKTINFO;
    cmsg.cmsg_len = CMSG_LEN(sizeof(info));
    WSA_CMSG_DATA(cmsg).set(info);
    if (WSASendMsg(server, answer, 0, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSASendMsg');
      return 1;
    }
    console.log(`WSASendMsg ${dwBytes.value} bytes`);

    const reply = AllocMessage(512, from, WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)));
    if (WSARecvMsg(client, reply, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSARecvMsg');
      return 1;
    }
    console.log(`WSARecvMsg ${dwBytes.value} bytes from ${FormatAddress(from, reply.namelen)}`);
    return 0;
  } finally {
    for (const s of sockets) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
