/** The functions that a provider offers beside those of Winsock (mswsock.h), by name. */
import {
  LPFN_ACCEPTEX,
  LPFN_CONNECTEX,
  LPFN_DISCONNECTEX,
  LPFN_GETACCEPTEXSOCKADDRS,
  LPFN_TRANSMITFILE,
  LPFN_TRANSMITPACKETS,
  LPFN_WSARECVMSG,
  LPFN_WSASENDMSG,
  WSAID_ACCEPTEX,
  WSAID_CONNECTEX,
  WSAID_DISCONNECTEX,
  WSAID_GETACCEPTEXSOCKADDRS,
  WSAID_TRANSMITFILE,
  WSAID_TRANSMITPACKETS,
  WSAID_WSARECVMSG,
  WSAID_WSASENDMSG,
} from '../../../defs/mswsock.g.ts';
import { WSA_IO_PENDING } from '../../../defs/winsock2.g.ts';
import { IsFalse, NeverFails, pending, SocketError } from '../../ffi/errors/failure.ts';

const overlappedBool = pending(IsFalse, WSA_IO_PENDING);
const overlappedInt = pending(SocketError, WSA_IO_PENDING);

/** Of each the GUID by which WSAIoctl gives its address, its type, and how it says that it failed. */
export const EXTENSIONS = {
  AcceptEx: { id: WSAID_ACCEPTEX, type: LPFN_ACCEPTEX, failure: overlappedBool },
  ConnectEx: { id: WSAID_CONNECTEX, type: LPFN_CONNECTEX, failure: overlappedBool },
  DisconnectEx: { id: WSAID_DISCONNECTEX, type: LPFN_DISCONNECTEX, failure: overlappedBool },
  GetAcceptExSockaddrs: {
    id: WSAID_GETACCEPTEXSOCKADDRS,
    type: LPFN_GETACCEPTEXSOCKADDRS,
    failure: NeverFails,
  },
  TransmitFile: { id: WSAID_TRANSMITFILE, type: LPFN_TRANSMITFILE, failure: overlappedBool },
  TransmitPackets: {
    id: WSAID_TRANSMITPACKETS,
    type: LPFN_TRANSMITPACKETS,
    failure: overlappedBool,
  },
  WSARecvMsg: { id: WSAID_WSARECVMSG, type: LPFN_WSARECVMSG, failure: overlappedInt },
  WSASendMsg: { id: WSAID_WSASENDMSG, type: LPFN_WSASENDMSG, failure: overlappedInt },
} as const;
