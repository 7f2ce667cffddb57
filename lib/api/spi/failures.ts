/** How the functions of each table of providers say that they failed (ws2spi.h). */
import { WSA_IO_INCOMPLETE, WSA_IO_PENDING } from '../../../defs/winsock2.g.ts';
import {
  ErrnoOut,
  type Failure,
  InvalidEvent,
  InvalidSocket,
  IsFalse,
  NeverFails,
  pending,
  SocketError,
} from '../../ffi/errors/failure.ts';
import type { TableFailures } from '../extensions/function-table.ts';

const errno = (when: Failure) => ErrnoOut('lpErrno', when);
const overlapped = /*#__PURE__*/ pending(errno(SocketError), WSA_IO_PENDING);

export const TRANSPORT_FAILURES: TableFailures = {
  usual: errno(SocketError),
  others: {
    WSPAccept: errno(InvalidSocket),
    WSPGetOverlappedResult: pending(errno(IsFalse), WSA_IO_INCOMPLETE),
    WSPGetQOSByName: errno(IsFalse),
    WSPIoctl: overlapped,
    WSPJoinLeaf: errno(InvalidSocket),
    WSPRecv: overlapped,
    WSPRecvFrom: overlapped,
    WSPSend: overlapped,
    WSPSendTo: overlapped,
    WSPSocket: errno(InvalidSocket),
  },
};

export const UPCALL_FAILURES: TableFailures = {
  usual: errno(SocketError),
  others: {
    WPUCloseEvent: errno(IsFalse),
    WPUCreateEvent: errno(InvalidEvent),
    WPUCreateSocketHandle: errno(InvalidSocket),
    WPUFDIsSet: NeverFails,
    WPUModifyIFSHandle: errno(InvalidSocket),
    WPUPostMessage: IsFalse,
    WPUResetEvent: errno(IsFalse),
    WPUSetEvent: errno(IsFalse),
  },
};

export const NAMESPACE_FAILURES: TableFailures = {
  usual: SocketError,
  others: { NSPIoctl: pending(SocketError, WSA_IO_PENDING) },
};

export const NAMESPACE_V2_FAILURES: TableFailures = {
  usual: SocketError,
  others: {
    // The result of these two comes by WSAProviderCompleteAsyncCall.
    NSPv2LookupServiceNextEx: NeverFails,
    NSPv2SetServiceEx: NeverFails,
    NSPv2ClientSessionRundown: NeverFails,
  },
};
