/**
 * The functions of ws2tcpip.h and winsock2.h that wrap one socket option or ioctl. Each fails with
 * SOCKET_ERROR, after which WSAGetLastError has the code; where the system is older than the option,
 * that is WSAENOPROTOOPT or WSAEOPNOTSUPP.
 */

import {
  BOOLEAN,
  DWORD,
  type OVERLAPPED,
  OVERLAPPED_ENTRY,
  ULONG,
} from '../../../defs/windows.g.ts';
import { WSAEAFNOSUPPORT, WSANO_DATA } from '../../../defs/winerror.g.ts';
import type { LPWSAOVERLAPPED_COMPLETION_ROUTINE } from '../../../defs/winsock2.g.ts';
import {
  getsockopt,
  SO_PROTOCOL_INFOW,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  setsockopt,
  WSA_IO_PENDING,
  WSAIoctl,
  WSAPROTOCOL_INFOW,
  WSASetLastError,
} from '../../../defs/winsock2.g.ts';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_RECEIVED_PROCESSOR,
} from '../../../defs/ws2def.g.ts';
import {
  ICMP_ERROR_INFO,
  IP_RECVECN,
  IP_USER_MTU,
  IPV6_RECVECN,
  IPV6_USER_MTU,
  SIO_IDEAL_SEND_BACKLOG_CHANGE,
  SIO_IDEAL_SEND_BACKLOG_QUERY,
  TCP_FAIL_CONNECT_ON_ICMP_ERROR,
  TCP_ICMP_ERROR_INFO,
  UDP_RECV_MAX_COALESCED_SIZE,
  UDP_SEND_MSG_SIZE,
} from '../../../defs/ws2ipdef.g.ts';
import type { CallbackArg, ScalarArg, StructArg } from '../../ffi/types/arguments.ts';
import type { VariableType } from '../../ffi/types/ctype.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { int } from '../../ffi/types/scalars.ts';
import { assertRecord, low32 } from '../check.ts';
import { type InlineFunction, inlineFunction } from './inline-function.ts';

type Getter = InlineFunction<(Socket: SOCKET, value: ScalarArg<number>) => number>;
type Setter = InlineFunction<(Socket: SOCKET, value: number) => number>;

/** A level and an option at that level. */
type Option = readonly [level: number, option: number];
/** The option for the family of the socket, which is asked of the socket. */
type OptionOf = (Socket: SOCKET) => Option | undefined;

function fixed(...option: Option): OptionOf {
  return () => option;
}

function byFamily(ipv4: Option, ipv6: Option): OptionOf {
  return (Socket) => {
    const info = new WSAPROTOCOL_INFOW();
    const size = ref(int, sizeof(info));
    const result = getsockopt(Socket, SOL_SOCKET, SO_PROTOCOL_INFOW, info, size);
    if (result === SOCKET_ERROR) return undefined;
    if (info.iAddressFamily === AF_INET) return ipv4;
    if (info.iAddressFamily === AF_INET6) return ipv6;
    WSASetLastError(WSAEAFNOSUPPORT);
    return undefined;
  };
}

function getter(name: string, optionOf: OptionOf, type: VariableType<number> = DWORD): Getter {
  return inlineFunction(name, (Socket, value) => {
    const option = optionOf(Socket);
    if (!option) return SOCKET_ERROR;
    return getsockopt(Socket, ...option, value, ref(int, sizeof(type)));
  });
}

function setter(name: string, optionOf: OptionOf, type: VariableType<number> = DWORD): Setter {
  return inlineFunction(name, (Socket, value) => {
    const variable = ref(type, value);
    const option = optionOf(Socket);
    return option ? setsockopt(Socket, ...option, variable, sizeof(variable)) : SOCKET_ERROR;
  });
}

const userMtu = byFamily([IPPROTO_IP, IP_USER_MTU], [IPPROTO_IPV6, IPV6_USER_MTU]);

/**
 * Reads the MTU that the program has set for the socket, in bytes (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsagetipusermtu
 */
export const WSAGetIPUserMtu: Getter = /*#__PURE__*/ getter('WSAGetIPUserMtu', userMtu);

/**
 * Sets an upper bound for the MTU of the socket, in bytes (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsasetipusermtu
 */
export const WSASetIPUserMtu: Setter = /*#__PURE__*/ setter('WSASetIPUserMtu', userMtu);

const recvEcn = byFamily([IPPROTO_IP, IP_RECVECN], [IPPROTO_IPV6, IPV6_RECVECN]);

/**
 * Reads whether WSARecvMsg gives the ECN code point of datagrams (Windows Server 2022).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsagetrecvipecn
 */
export const WSAGetRecvIPEcn: Getter = /*#__PURE__*/ getter('WSAGetRecvIPEcn', recvEcn);

/**
 * Sets whether WSARecvMsg gives the ECN code point of datagrams: 1 or 0 (Windows Server 2022).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsasetrecvipecn
 */
export const WSASetRecvIPEcn: Setter = /*#__PURE__*/ setter('WSASetRecvIPEcn', recvEcn);

const failOnIcmp = fixed(IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR);

/**
 * Reads whether an ICMP error makes a TCP connect fail at once (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsagetfailconnectonicmperror
 */
export const WSAGetFailConnectOnIcmpError: Getter = /*#__PURE__*/ getter(
  'WSAGetFailConnectOnIcmpError',
  failOnIcmp,
);

/**
 * Sets whether an ICMP error makes a TCP connect fail at once: 1 or 0 (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsasetfailconnectonicmperror
 */
export const WSASetFailConnectOnIcmpError: Setter = /*#__PURE__*/ setter(
  'WSASetFailConnectOnIcmpError',
  failOnIcmp,
);

const sendMessageSize = fixed(IPPROTO_UDP, UDP_SEND_MSG_SIZE);

/**
 * Reads the datagram size that UDP send buffers are cut into, in bytes (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsagetudpsendmessagesize
 */
export const WSAGetUdpSendMessageSize: Getter = /*#__PURE__*/ getter(
  'WSAGetUdpSendMessageSize',
  sendMessageSize,
);

/**
 * Sets the datagram size that UDP send buffers are cut into, in bytes; 0 turns that off
 * (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsasetudpsendmessagesize
 */
export const WSASetUdpSendMessageSize: Setter = /*#__PURE__*/ setter(
  'WSASetUdpSendMessageSize',
  sendMessageSize,
);

const recvMaxCoalescedSize = fixed(IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE);

/**
 * Reads the largest size to which received UDP datagrams are coalesced, in bytes
 * (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsagetudprecvmaxcoalescedsize
 */
export const WSAGetUdpRecvMaxCoalescedSize: Getter = /*#__PURE__*/ getter(
  'WSAGetUdpRecvMaxCoalescedSize',
  recvMaxCoalescedSize,
);

/**
 * Sets the largest size to which received UDP datagrams are coalesced, in bytes; 0 turns that off
 * (Windows 10, version 2004).
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsasetudprecvmaxcoalescedsize
 */
export const WSASetUdpRecvMaxCoalescedSize: Setter = /*#__PURE__*/ setter(
  'WSASetUdpRecvMaxCoalescedSize',
  recvMaxCoalescedSize,
);

const receivedProcessor = fixed(SOL_SOCKET, SO_RECEIVED_PROCESSOR);

/** Reads whether received data come with the processor that they arrived on, as a BOOLEAN (Windows 11, version 24H2). */
export const WSAGetReceivedProcessorOption: Getter = /*#__PURE__*/ getter(
  'WSAGetReceivedProcessorOption',
  receivedProcessor,
  BOOLEAN,
);

/** Sets whether received data come with the processor that they arrived on: 1 or 0 (Windows 11, version 24H2). */
export const WSASetReceivedProcessorOption: Setter = /*#__PURE__*/ setter(
  'WSASetReceivedProcessorOption',
  receivedProcessor,
  BOOLEAN,
);

/**
 * Reads the ICMP error that made a TCP connect fail (Windows 10, version 2004).
 *
 * @param Socket the socket
 * @param Info receives the error
 * @returns 0, or SOCKET_ERROR: WSANO_DATA where there was no ICMP error
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-wsageticmperrorinfo
 */
export const WSAGetIcmpErrorInfo: InlineFunction<
  (Socket: SOCKET, Info: ICMP_ERROR_INFO) => number
> = /*#__PURE__*/ inlineFunction('WSAGetIcmpErrorInfo', (Socket, Info) => {
  assertRecord(Info, ICMP_ERROR_INFO, 'WSAGetIcmpErrorInfo: Info');
  const size = ref(int, sizeof(Info));
  const result = getsockopt(Socket, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, Info, size);
  if (result === SOCKET_ERROR || size.value !== 0) return result;
  WSASetLastError(WSANO_DATA);
  return SOCKET_ERROR;
});

/**
 * Reads how many bytes a connected TCP socket should have under way for the best throughput.
 *
 * @param s the socket
 * @param pISB receives the number of bytes, an ULONG
 * @returns 0, or SOCKET_ERROR: WSAENOTCONN where the socket is not connected
 * @see https://learn.microsoft.com/windows/win32/winsock/sio-ideal-send-backlog-query
 */
export const idealsendbacklogquery: InlineFunction<(s: SOCKET, pISB: ScalarArg<number>) => number> =
  /*#__PURE__*/ inlineFunction('idealsendbacklogquery', (s, pISB) =>
    WSAIoctl(s, SIO_IDEAL_SEND_BACKLOG_QUERY, null, 0, pISB, sizeof(ULONG), ref(DWORD), null, null),
  );

/**
 * Waits for the ideal send backlog of a connected TCP socket to change.
 *
 * @param s the socket
 * @param lpOverlapped completed at the change, and in use until then; null blocks until the change
 * @param lpCompletionRoutine called at the change, registered by the caller; or null
 * @returns 0, or SOCKET_ERROR: WSA_IO_PENDING where the overlapped operation has begun
 * @see https://learn.microsoft.com/windows/win32/winsock/sio-ideal-send-backlog-change
 */
export const idealsendbacklognotify: InlineFunction<
  (
    s: SOCKET,
    lpOverlapped: StructArg<OVERLAPPED>,
    lpCompletionRoutine: CallbackArg<LPWSAOVERLAPPED_COMPLETION_ROUTINE>,
  ) => number
> = /*#__PURE__*/ inlineFunction(
  'idealsendbacklognotify',
  (s, lpOverlapped, lpCompletionRoutine) =>
    WSAIoctl(
      s,
      SIO_IDEAL_SEND_BACKLOG_CHANGE,
      null,
      0,
      null,
      0,
      ref(DWORD),
      lpOverlapped,
      lpCompletionRoutine,
    ),
  WSA_IO_PENDING,
);

/**
 * The events in a completion packet of ProcessSocketNotifications, as SOCK_NOTIFY_EVENT flags.
 *
 * @param notification the packet, from GetQueuedCompletionStatusEx
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-socketnotificationretrieveevents
 */
export function SocketNotificationRetrieveEvents(notification: OVERLAPPED_ENTRY): number {
  const where = 'SocketNotificationRetrieveEvents';
  return assertRecord(notification, OVERLAPPED_ENTRY, where).dwNumberOfBytesTransferred;
}

/**
 * A backlog for listen that the system takes as it is, within 200 and 65535, rather than adjusting it.
 *
 * @param b the number of pending connections
 * @returns the negative number that listen understands
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen
 */
export function SOMAXCONN_HINT(b: number): number {
  return 0 - low32(b, 'SOMAXCONN_HINT');
}
