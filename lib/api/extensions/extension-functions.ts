/**
 * The Microsoft extensions that a provider offers beside the functions of Winsock (mswsock.h).
 *
 * C fetches the address of each by WSAIoctl. Here they are called like any other function: the
 * function of the socket's provider is fetched at the first call for that provider (its catalog
 * entry, and the family, type and protocol of the socket), and kept. Where the provider has no such
 * function the call fails as the function itself does, and the last error is that of WSAIoctl:
 * WSAEINVAL or WSAEOPNOTSUPP; the error that `orThrow` throws names the provider.
 */

import { FALSE } from '../../../defs/kernel.g.ts';
import type {
  LPFN_ACCEPTEX,
  LPFN_CONNECTEX,
  LPFN_DISCONNECTEX,
  LPFN_TRANSMITFILE,
  LPFN_TRANSMITPACKETS,
  LPFN_WSARECVMSG,
  LPFN_WSASENDMSG,
} from '../../../defs/mswsock.g.ts';
import { SOCKET_ERROR } from '../../../defs/winsock2.g.ts';
import { rememberAcceptBuffer } from './accept-buffer.ts';
import type { Callable } from './callable.ts';
import { extensionFunction } from './extension-function.ts';
import { EXTENSIONS } from './extension-table.ts';

export { GetAcceptExSockaddrs } from './accept-buffer.ts';

/**
 * Accepts a connection into a socket that exists already, overlapped, with the first data.
 *
 * Windows 2000; mswsock.h. Fails with FALSE; WSA_IO_PENDING means that it goes on. Afterwards
 * `setsockopt(sAcceptSocket, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, …)` gives the new socket the
 * properties of the listening one.
 *
 * @param sListenSocket a listening socket; its provider's function is called
 * @param sAcceptSocket an unbound, unconnected socket of the same family, type and protocol
 * @param lpOutputBuffer out, used until the operation is over: first data, then the two addresses
 * @param dwReceiveDataLength bytes for the first data; 0 completes as soon as a connection is there
 * @param dwLocalAddressLength bytes for the local address: at least its size and 16 more
 * @param dwRemoteAddressLength bytes for the remote address: at least its size and 16 more
 * @param lpdwBytesReceived out, bytes of first data, where it completes at once
 * @param lpOverlapped inout, used until the operation is over
 * @returns non-zero where it has completed
 * @throws RangeError where the buffer is shorter than the three lengths together
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nf-mswsock-acceptex
 */
export const AcceptEx: Callable<LPFN_ACCEPTEX> = /*#__PURE__*/ extensionFunction({
  name: 'AcceptEx',
  ...EXTENSIONS.AcceptEx,
  failed: FALSE,
  observe: rememberAcceptBuffer,
});

/**
 * Connects a bound socket, overlapped, and sends the first data when it is connected.
 *
 * Windows XP; mswsock.h. Fails with FALSE; WSA_IO_PENDING means that it goes on. The socket must be
 * bound. Afterwards `setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, null, 0)` makes
 * shutdown, getpeername and getsockname work.
 *
 * @param s a bound, unconnected socket
 * @param name in, the address to connect to
 * @param namelen its bytes
 * @param lpSendBuffer in, used until the operation is over: data to send; null for none
 * @param dwSendDataLength bytes to send
 * @param lpdwBytesSent out, bytes sent, where it completes at once
 * @param lpOverlapped inout, used until the operation is over
 * @returns non-zero where it has completed
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_connectex
 */
export const ConnectEx: Callable<LPFN_CONNECTEX> = /*#__PURE__*/ extensionFunction({
  name: 'ConnectEx',
  ...EXTENSIONS.ConnectEx,
  failed: FALSE,
  // NULL with a length of 0 passes every other check, but the provider reads it without asking.
  verify: ([, name]) => {
    if (name === null) throw new TypeError('ConnectEx: name must not be NULL');
  },
});

/**
 * Ends a connection, and with TF_REUSE_SOCKET makes the socket usable for AcceptEx or ConnectEx again.
 *
 * Windows XP; mswsock.h. Fails with FALSE; WSA_IO_PENDING means that it goes on.
 *
 * @param s a connected socket
 * @param lpOverlapped inout, used until the operation is over; null waits
 * @param dwFlags 0 or TF_REUSE_SOCKET
 * @param dwReserved 0
 * @returns non-zero where it has completed
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms737757(v=vs.85)
 */
export const DisconnectEx: Callable<LPFN_DISCONNECTEX> = /*#__PURE__*/ extensionFunction({
  name: 'DisconnectEx',
  ...EXTENSIONS.DisconnectEx,
  failed: FALSE,
});

/**
 * Sends a file over a connected socket from the kernel, with memory before and after it.
 *
 * Windows 2000; mswsock.h. Fails with FALSE; WSA_IO_PENDING means that it goes on.
 *
 * @param hSocket a connected socket
 * @param hFile the file, read from its position (or from the offset in `lpOverlapped`); 0 for none
 * @param nNumberOfBytesToWrite bytes of the file to send; 0 for all of it
 * @param nNumberOfBytesPerSend bytes of each block; 0 for the system's choice
 * @param lpOverlapped inout, used until the operation is over; null waits
 * @param lpTransmitBuffers in, used until the operation is over: memory to send around the file
 * @param dwReserved flags: TF_DISCONNECT, TF_REUSE_SOCKET, TF_USE_DEFAULT_WORKER,
 *   TF_USE_SYSTEM_THREAD, TF_USE_KERNEL_APC, TF_WRITE_BEHIND
 * @returns non-zero where it has completed
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nf-mswsock-transmitfile
 */
export const TransmitFile: Callable<LPFN_TRANSMITFILE> = /*#__PURE__*/ extensionFunction({
  name: 'TransmitFile',
  ...EXTENSIONS.TransmitFile,
  failed: FALSE,
});

/**
 * Sends memory and pieces of files over a connected socket from the kernel.
 *
 * Windows XP; mswsock.h. Fails with FALSE; WSA_IO_PENDING means that it goes on. Wine has no such
 * function: what it is given was shown on a DLL of the package's tests, sending was not.
 *
 * @param hSocket a connected socket
 * @param lpPacketArray in, used until the operation is over: what to send
 * @param nElementCount how many elements
 * @param nSendSize bytes of each block; 0 for the system's choice
 * @param lpOverlapped inout, used until the operation is over; null waits
 * @param dwFlags TP_DISCONNECT, TP_REUSE_SOCKET, TP_USE_DEFAULT_WORKER, TP_USE_SYSTEM_THREAD,
 *   TP_USE_KERNEL_APC
 * @returns non-zero where it has completed
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_transmitpackets
 */
export const TransmitPackets: Callable<LPFN_TRANSMITPACKETS> = /*#__PURE__*/ extensionFunction({
  name: 'TransmitPackets',
  ...EXTENSIONS.TransmitPackets,
  failed: FALSE,
});

/**
 * Receives a message with its source address and control data, such as the address it was sent to.
 *
 * Windows XP; mswsock.h. For datagram and raw sockets. Fails with SOCKET_ERROR; WSA_IO_PENDING means
 * that it goes on.
 *
 * @param s the socket
 * @param lpMsg inout, used until the operation is over: the buffers, and room for address and control
 * @param lpdwNumberOfBytesRecvd out, bytes received, where it completes at once
 * @param lpOverlapped inout, used until the operation is over; null waits
 * @param lpCompletionRoutine called in an alertable wait when the operation is over; registered
 * @returns 0 where it has completed
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg
 */
export const WSARecvMsg: Callable<LPFN_WSARECVMSG> = /*#__PURE__*/ extensionFunction({
  name: 'WSARecvMsg',
  ...EXTENSIONS.WSARecvMsg,
  failed: SOCKET_ERROR,
});

/**
 * Sends a message with control data, such as the address it is to be sent from.
 *
 * Windows Vista; mswsock.h. For datagram and raw sockets. Fails with SOCKET_ERROR; WSA_IO_PENDING
 * means that it goes on.
 *
 * @param s the socket
 * @param lpMsg in, used until the operation is over: address, buffers and control data
 * @param dwFlags MSG_DONTROUTE, MSG_PARTIAL
 * @param lpNumberOfBytesSent out, bytes sent, where it completes at once
 * @param lpOverlapped inout, used until the operation is over; null waits
 * @param lpCompletionRoutine called in an alertable wait when the operation is over; registered
 * @returns 0 where it has completed
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsasendmsg
 */
export const WSASendMsg: Callable<LPFN_WSASENDMSG> = /*#__PURE__*/ extensionFunction({
  name: 'WSASendMsg',
  ...EXTENSIONS.WSASendMsg,
  failed: SOCKET_ERROR,
});
