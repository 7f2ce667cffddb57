// mswsock.h, and the functions that are reached through a pointer.

import type { ParamGroup } from './group.ts';

export const EXTENSIONS: ParamGroup[] = [
  {
    reason: 'a plain buffer; the flags tell of partial messages',
    functions: {
      WSARecvEx: { buf: 'out bytes len', flags: 'inout' },
    },
  },
  {
    reason: 'memory around the file is sent from where it is',
    functions: {
      TransmitFile: { lpTransmitBuffers: 'in kept' },
    },
  },
  {
    reason: 'the buffer holds the first data and both addresses, each with its length',
    functions: {
      AcceptEx: {
        lpOutputBuffer:
          'out bytesSum dwReceiveDataLength:dwLocalAddressLength:dwRemoteAddressLength kept',
      },
      GetAcceptExSockaddrs: {
        lpOutputBuffer:
          'in bytesSum dwReceiveDataLength:dwLocalAddressLength:dwRemoteAddressLength',
      },
    },
  },
  {
    reason: 'reached through a pointer: sent from where it is until the operation is over',
    functions: {
      LPFN_CONNECTEX: { lpSendBuffer: 'in bytes dwSendDataLength kept' },
      LPFN_TRANSMITPACKETS: { lpPacketArray: 'in count nElementCount kept' },
    },
  },
  {
    reason:
      'reached through a pointer: names, buffers and control data are written when the operation is over',
    functions: {
      LPFN_WSARECVMSG: { lpMsg: 'inout kept' },
    },
  },
  {
    reason:
      'registered I/O: the descriptions of buffers are copied, and a context is handed back, not read',
    functions: {
      LPFN_RIORECEIVE: { pData: 'in count DataBufferCount', RequestContext: 'in opaque' },
      LPFN_RIORECEIVEEX: {
        pData: 'in count DataBufferCount',
        pLocalAddress: 'in',
        pRemoteAddress: 'in',
        pControlContext: 'in',
        pFlags: 'in',
        RequestContext: 'in opaque',
      },
      LPFN_RIOSEND: { pData: 'in count DataBufferCount', RequestContext: 'in opaque' },
      LPFN_RIOSENDEX: {
        pData: 'in count DataBufferCount',
        pLocalAddress: 'in',
        pRemoteAddress: 'in',
        pControlContext: 'in',
        pFlags: 'in',
        RequestContext: 'in opaque',
      },
      LPFN_RIOCREATEREQUESTQUEUE: { SocketContext: 'in opaque' },
    },
  },
  {
    reason: 'registered I/O: completions are written as far as the array goes',
    functions: {
      LPFN_RIODEQUEUECOMPLETION: { Array: 'out count ArraySize' },
    },
  },
  {
    reason: 'registered I/O: used until the queue is closed, or the memory deregistered',
    functions: {
      LPFN_RIOCREATECOMPLETIONQUEUE: { NotificationCompletion: 'in kept' },
      LPFN_RIOREGISTERBUFFER: { DataBuffer: 'inout bytes DataLength kept' },
    },
  },
];
