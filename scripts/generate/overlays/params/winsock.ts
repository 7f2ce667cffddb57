// winsock2.h.

import type { ParamGroup } from './group.ts';

export const WINSOCK: ParamGroup[] = [
  {
    reason: 'a buffer and its length',
    functions: {
      recv: { buf: 'out bytes len' },
      send: { buf: 'in bytes len' },
      sendto: { buf: 'in bytes len', to: 'in bytes tolen orNull' },
      gethostbyaddr: { addr: 'in bytes len' },
      setsockopt: { optval: 'in bytes optlen' },
      gethostname: { name: 'out bytes namelen' },
      GetHostNameW: { name: 'out count namelen' },
    },
  },
  {
    reason: 'a buffer, and a length or flags that the call updates',
    functions: {
      recvfrom: { buf: 'out bytes len' },
      getsockopt: { optval: 'out bytesAt optlen' },
    },
  },
  {
    reason:
      'read and written in place: the sets keep the sockets that are ready, pollfd gets revents',
    functions: {
      __WSAFDIsSet: { arg1: 'inout' },
      select: { readfds: 'inout', writefds: 'inout', exceptfds: 'inout' },
      WSAPoll: { fdarray: 'inout count nfds' },
      ioctlsocket: { argp: 'inout' },
    },
  },
  {
    reason: 'the answer is written when the window message is sent, long after the call',
    functions: {
      WSAAsyncGetServByName: { buf: 'out bytes buflen kept' },
      WSAAsyncGetServByPort: { buf: 'out bytes buflen kept' },
      WSAAsyncGetProtoByName: { buf: 'out bytes buflen kept' },
      WSAAsyncGetProtoByNumber: { buf: 'out bytes buflen kept' },
      WSAAsyncGetHostByName: { buf: 'out bytes buflen kept' },
      WSAAsyncGetHostByAddr: { addr: 'in bytes len', buf: 'out bytes buflen kept' },
    },
  },
  {
    reason: 'called while Winsock blocks, until it is unhooked',
    functions: {
      WSASetBlockingHook: { lpBlockFunc: 'kept' },
    },
  },
  {
    reason: 'connect data and quality of service go to the peer and are only read',
    functions: {
      WSAConnect: { lpCallerData: 'in', lpSQOS: 'in', lpGQOS: 'in' },
      WSAJoinLeaf: { lpCallerData: 'in', lpSQOS: 'in', lpGQOS: 'in' },
      WSASendDisconnect: { lpOutboundDisconnectData: 'in' },
      WSAGetQOSByName: { lpQOSName: 'in' },
    },
  },
  {
    reason: 'the WSABUF itself is read; the memory that it points to is written',
    functions: {
      WSARecvDisconnect: { lpInboundDisconnectData: 'in' },
    },
  },
  {
    reason:
      'the array of WSABUF is copied before the call returns; the memory behind it is used until the operation is over',
    functions: {
      WSARecv: { lpBuffers: 'in count dwBufferCount', lpFlags: 'inout' },
      WSASend: { lpBuffers: 'in count dwBufferCount' },
      WSASendTo: { lpBuffers: 'in count dwBufferCount', lpTo: 'in bytes iTolen orNull' },
    },
  },
  {
    reason: 'the message, with the array of WSABUF in it, is used until the operation is over',
    functions: {
      WSASendMsg: { lpMsg: 'in kept' },
    },
  },
  {
    reason: 'of an overlapped call, address and length are written when the operation is over',
    functions: {
      WSARecvFrom: {
        lpBuffers: 'in count dwBufferCount',
        lpFlags: 'inout',
        lpFrom: 'out bytesAt lpFromlen kept',
        lpFromlen: 'inout kept',
      },
    },
  },
  {
    reason: 'overlapped control: both buffers are used until the operation is over',
    functions: {
      WSAIoctl: {
        lpvInBuffer: 'in bytes cbInBuffer kept',
        lpvOutBuffer: 'out bytes cbOutBuffer kept',
      },
      WSANSPIoctl: {
        lpvInBuffer: 'in bytes cbInBuffer kept',
        lpvOutBuffer: 'out bytes cbOutBuffer kept',
        lpCompletion: 'in kept',
      },
    },
  },
  {
    reason: 'read only, though it is not declared const',
    functions: {
      WSASocket: { lpProtocolInfo: 'in' },
      WSAWaitForMultipleEvents: { lphEvents: 'in count cEvents' },
    },
  },
  {
    reason: 'lists as many entries as the buffer holds, and says how long it would have to be',
    functions: {
      WSAEnumProtocols: {
        lpiProtocols: 'in untilZero',
        lpProtocolBuffer: 'out bytesAt lpdwBufferLength',
      },
      WSAEnumNameSpaceProviders: { lpnspBuffer: 'out bytesAt lpdwBufferLength' },
      WSAEnumNameSpaceProvidersEx: { lpnspBuffer: 'out bytesAt lpdwBufferLength' },
      WSALookupServiceNext: { lpqsResults: 'out bytesAt lpdwBufferLength' },
      WSAGetServiceClassInfo: {
        lpProviderId: 'in',
        lpServiceClassId: 'in',
        lpServiceClassInfo: 'out bytesAt lpdwBufSize',
      },
      WSAGetServiceClassNameByClassId: {
        lpServiceClassId: 'in',
        lpszServiceClassName: 'out bytesAt lpdwBufferLength',
      },
    },
  },
  {
    reason: 'text and its length in characters, which the call updates',
    functions: {
      WSAAddressToString: {
        lpProtocolInfo: 'in',
        lpszAddressString: 'out countAt lpdwAddressStringLength',
      },
    },
  },
  {
    reason: 'text that is read, though it is not declared const',
    functions: {
      WSAStringToAddress: { AddressString: 'in string', lpProtocolInfo: 'in' },
    },
  },
  {
    reason: 'descriptions of services, which are only read',
    functions: {
      WSALookupServiceBegin: { lpqsRestrictions: 'in' },
      WSAInstallServiceClass: { lpServiceClassInfo: 'in' },
      WSARemoveServiceClass: { lpServiceClassId: 'in' },
      WSASetService: { lpqsRegInfo: 'in' },
    },
  },
  {
    reason: 'a handle that is made by the first call and read by later ones',
    functions: {
      WSAProviderConfigChange: { lpNotificationHandle: 'inout' },
    },
  },
  {
    reason: 'each address comes after its length here, and both may be left out',
    functions: {
      WSAConnectByList: {
        SocketAddressList: 'in',
        LocalAddress: 'out bytesAt LocalAddressLength',
        RemoteAddress: 'out bytesAt RemoteAddressLength',
      },
      WSAConnectByName: {
        nodename: 'in string',
        servicename: 'in string',
        LocalAddress: 'out bytesAt LocalAddressLength',
        RemoteAddress: 'out bytesAt RemoteAddressLength',
      },
    },
  },
  {
    reason: 'registrations get their result in place',
    functions: {
      ProcessSocketNotifications: {
        registrationInfos: 'inout count registrationCount',
        completionPortEntries: 'out count completionCount',
      },
    },
  },
];
