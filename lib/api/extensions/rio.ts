/**
 * Registered I/O (mswsock.h, Windows 8): requests and completions that pass through memory shared with
 * the kernel.
 *
 * In C the functions are members of a table that WSAIoctl fetches. The functions of this module are
 * those of the provider of UDP over IPv4, which on Windows are those of TCP and of IPv6 as well; the
 * table is fetched at the first call, with a socket that is closed again. For the provider of a
 * particular socket: `rioFunctions(rioTable(socket))`.
 *
 * Wine has no Registered I/O. Signatures, structures, the fetching of the table, what is kept alive
 * and the calls are proved against a DLL of the package's tests, not against Windows.
 */

import {
  RIO_CORRUPT_CQ,
  RIO_INVALID_BUFFERID,
  RIO_INVALID_CQ,
  RIO_INVALID_RQ,
} from '../../../defs/mswsockdef.g.ts';
import {
  closesocket,
  SOCK_DGRAM,
  WSA_FLAG_REGISTERED_IO,
  WSAGetLastError,
  WSASetLastError,
  WSASocketW,
} from '../../../defs/winsock2.g.ts';
import { AF_INET, IPPROTO_UDP } from '../../../defs/ws2def.g.ts';
import type { Call, Func } from '../../ffi/calls/definition.ts';
import { handedOn } from '../../ffi/calls/flavours.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { type RIOFunctions, rioDefinition, rioFunctions, rioTable } from './rio-table.ts';

export { type RIOFunctions, rioFunctions, rioTable } from './rio-table.ts';

let functions: RIOFunctions | undefined;

function ofSystem(): RIOFunctions {
  if (functions) return functions;
  const flags = WSA_FLAG_REGISTERED_IO;
  const socket = WSASocketW.orThrow(AF_INET, SOCK_DGRAM, IPPROTO_UDP, null, 0, flags);
  try {
    functions = rioFunctions(rioTable(socket));
    return functions;
  } finally {
    closesocket(socket);
  }
}

/**
 * One of the functions, which fetches the table when it is first called.
 *
 * @param failed its result where there is no Registered I/O; the last error is then that of WSAIoctl
 */
function rioFunction<Name extends keyof RIOFunctions>(
  name: Name,
  failed: () => unknown,
): RIOFunctions[Name] {
  // Each function of the table takes and gives what its definition says; here they are handed on.
  const resolve = () => ofSystem()[name] as unknown as Func<Call>;
  const mirror: Call = (...args) => {
    let call: Func<Call>;
    try {
      call = resolve();
    } catch (error) {
      if (!(error instanceof WinsockError)) throw error;
      WSASetLastError(error.errno);
      return failed();
    }
    return call(...args);
  };
  const definition = () => rioDefinition(name);
  // It has the definition of that name, and so its type.
  return handedOn(name, definition, resolve, mirror) as unknown as RIOFunctions[Name];
}

const FALSE = () => 0;
const nothing = () => undefined;

/**
 * Registers memory, which stays alive and locked until RIODeregisterBuffer.
 *
 * Windows 8; mswsock.h. Fails with RIO_INVALID_BUFFERID. Few large registrations are cheaper than
 * many small ones: requests name pieces of them by RIO_BUF.
 *
 * @param DataBuffer inout, the memory; it cannot be transferred to another thread from then on
 * @param DataLength its bytes
 * @returns the buffer's identifier
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioregisterbuffer
 */
export const RIORegisterBuffer: RIOFunctions['RIORegisterBuffer'] = /*#__PURE__*/ rioFunction(
  'RIORegisterBuffer',
  () => RIO_INVALID_BUFFERID,
);

/**
 * Ends the registration of memory. No request may still use it.
 *
 * Windows 8; mswsock.h. Does not fail.
 *
 * @param BufferId as RIORegisterBuffer gave it
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioderegisterbuffer
 */
export const RIODeregisterBuffer: RIOFunctions['RIODeregisterBuffer'] = /*#__PURE__*/ rioFunction(
  'RIODeregisterBuffer',
  nothing,
);

/**
 * Makes a queue of completions.
 *
 * Windows 8; mswsock.h. Fails with RIO_INVALID_CQ.
 *
 * @param QueueSize how many completions it holds, at most RIO_MAX_CQ_SIZE
 * @param NotificationCompletion in: the event or the completion port that RIONotify signals; null for
 *   a queue that is asked only. The OVERLAPPED in it stays alive until the queue is closed
 * @returns the queue
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_riocreatecompletionqueue
 */
export const RIOCreateCompletionQueue: RIOFunctions['RIOCreateCompletionQueue'] =
  /*#__PURE__*/ rioFunction('RIOCreateCompletionQueue', () => RIO_INVALID_CQ);

/**
 * Closes a queue of completions. No request queue may still use it: close its socket first.
 *
 * Windows 8; mswsock.h. Does not fail.
 *
 * @param CQ the queue
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioclosecompletionqueue
 */
export const RIOCloseCompletionQueue: RIOFunctions['RIOCloseCompletionQueue'] =
  /*#__PURE__*/ rioFunction('RIOCloseCompletionQueue', nothing);

/**
 * Changes how many completions a queue holds.
 *
 * Windows 8; mswsock.h. Fails with FALSE: WSAEINVAL where more are in it.
 *
 * @param CQ the queue
 * @param QueueSize how many completions it is to hold
 * @returns non-zero where it is done
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioresizecompletionqueue
 */
export const RIOResizeCompletionQueue: RIOFunctions['RIOResizeCompletionQueue'] =
  /*#__PURE__*/ rioFunction('RIOResizeCompletionQueue', FALSE);

/**
 * Makes the queue of requests of a socket. It ends with the socket.
 *
 * Windows 8; mswsock.h. Fails with RIO_INVALID_RQ. The socket must have been made with
 * WSA_FLAG_REGISTERED_IO.
 *
 * @param Socket the socket
 * @param MaxOutstandingReceive how many receives may be pending
 * @param MaxReceiveDataBuffers pieces of memory for each receive: 1
 * @param MaxOutstandingSend how many sends may be pending
 * @param MaxSendDataBuffers pieces of memory for each send: 1
 * @param ReceiveCQ where completions of receives go
 * @param SendCQ where completions of sends go
 * @param SocketContext what completions bring back as SocketContext
 * @returns the queue
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_riocreaterequestqueue
 */
export const RIOCreateRequestQueue: RIOFunctions['RIOCreateRequestQueue'] =
  /*#__PURE__*/ rioFunction('RIOCreateRequestQueue', () => RIO_INVALID_RQ);

/**
 * Changes how many requests of a socket may be pending.
 *
 * Windows 8; mswsock.h. Fails with FALSE.
 *
 * @param RQ the socket's queue
 * @param MaxOutstandingReceive how many receives may be pending
 * @param MaxOutstandingSend how many sends may be pending
 * @returns non-zero where it is done
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioresizerequestqueue
 */
export const RIOResizeRequestQueue: RIOFunctions['RIOResizeRequestQueue'] =
  /*#__PURE__*/ rioFunction('RIOResizeRequestQueue', FALSE);

/**
 * Receives into a piece of registered memory.
 *
 * Windows 8; mswsock.h. Fails with FALSE. The result comes through the queue of completions.
 *
 * @param SocketQueue the socket's queue
 * @param pData in, the piece; null where none is needed
 * @param DataBufferCount 1, or 0 where `pData` is null
 * @param Flags RIO_MSG_COMMIT_ONLY, RIO_MSG_DEFER, RIO_MSG_DONT_NOTIFY, RIO_MSG_WAITALL
 * @param RequestContext what the completion brings back
 * @returns non-zero where it has been started
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioreceive
 */
export const RIOReceive: RIOFunctions['RIOReceive'] = /*#__PURE__*/ rioFunction(
  'RIOReceive',
  FALSE,
);

/**
 * Receives a message with its addresses, control data and flags into registered memory.
 *
 * Windows 8; mswsock.h. Fails with FALSE. The result comes through the queue of completions.
 *
 * @param SocketQueue the socket's queue
 * @param pData in, the piece for the data
 * @param DataBufferCount 1, or 0 where `pData` is null
 * @param pLocalAddress in, the piece for a SOCKADDR_INET, the address it was sent to; null for none
 * @param pRemoteAddress in, the piece for a SOCKADDR_INET, the address it came from; null for none
 * @param pControlContext in, the piece for a RIO_CMSG_BUFFER and control data; null for none
 * @param pFlags in, the piece for a DWORD of flags; null for none
 * @param Flags RIO_MSG_COMMIT_ONLY, RIO_MSG_DEFER, RIO_MSG_DONT_NOTIFY, RIO_MSG_WAITALL
 * @param RequestContext what the completion brings back
 * @returns non-zero where it has been started
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rioreceiveex
 */
export const RIOReceiveEx: RIOFunctions['RIOReceiveEx'] = /*#__PURE__*/ rioFunction(
  'RIOReceiveEx',
  FALSE,
);

/**
 * Sends a piece of registered memory.
 *
 * Windows 8; mswsock.h. Fails with FALSE. The result comes through the queue of completions.
 *
 * @param SocketQueue the socket's queue
 * @param pData in, the piece
 * @param DataBufferCount 1, or 0 where `pData` is null
 * @param Flags RIO_MSG_COMMIT_ONLY, RIO_MSG_DEFER, RIO_MSG_DONT_NOTIFY
 * @param RequestContext what the completion brings back
 * @returns non-zero where it has been started
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_riosend
 */
export const RIOSend: RIOFunctions['RIOSend'] = /*#__PURE__*/ rioFunction('RIOSend', FALSE);

/**
 * Sends a piece of registered memory to an address, with control data.
 *
 * Windows 8; mswsock.h. Fails with FALSE. The result comes through the queue of completions.
 *
 * @param SocketQueue the socket's queue
 * @param pData in, the piece with the data
 * @param DataBufferCount 1, or 0 where `pData` is null
 * @param pLocalAddress null: reserved
 * @param pRemoteAddress in, the piece with the address to send to, a SOCKADDR_INET; null for none
 * @param pControlContext in, the piece with a RIO_CMSG_BUFFER and control data; null for none
 * @param pFlags null: reserved
 * @param Flags RIO_MSG_COMMIT_ONLY, RIO_MSG_DEFER, RIO_MSG_DONT_NOTIFY
 * @param RequestContext what the completion brings back
 * @returns non-zero where it has been started
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_riosendex
 */
export const RIOSendEx: RIOFunctions['RIOSendEx'] = /*#__PURE__*/ rioFunction('RIOSendEx', FALSE);

/**
 * Takes completions from a queue, as many as there are and fit.
 *
 * Windows 8; mswsock.h. Fails with RIO_CORRUPT_CQ. Does not wait and does not enter the kernel.
 *
 * @param CQ the queue
 * @param Array out, the completions: `arrayOf(RIORESULT, n)`
 * @param ArraySize how many it has room for
 * @returns how many were taken
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_riodequeuecompletion
 */
export const RIODequeueCompletion: RIOFunctions['RIODequeueCompletion'] = /*#__PURE__*/ rioFunction(
  'RIODequeueCompletion',
  () => RIO_CORRUPT_CQ,
);

/**
 * Asks to be told once, by the queue's event or completion port, when it has completions.
 *
 * Windows 8; mswsock.h. Returns an error code, 0 for success: WSAEALREADY where it has been asked.
 *
 * @param CQ the queue
 * @returns 0, or an error code
 * @see https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_rionotify
 */
export const RIONotify: RIOFunctions['RIONotify'] = /*#__PURE__*/ rioFunction(
  'RIONotify',
  WSAGetLastError,
);
