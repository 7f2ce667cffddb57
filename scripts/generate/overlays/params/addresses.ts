// ws2tcpip.h and mstcpip.h: names, addresses and their text.

import type { ParamGroup } from './group.ts';

export const ADDRESSES: ParamGroup[] = [
  {
    reason: 'room for the longest text of its kind, with the NUL',
    functions: {
      RtlIpv6AddressToStringA: { S: 'out minBytes 46' },
      RtlIpv6AddressToStringW: { S: 'out minBytes 92' },
      RtlEthernetAddressToStringA: { S: 'out minBytes 18' },
      RtlEthernetAddressToStringW: { S: 'out minBytes 36' },
      RtlIpv4AddressToStringA: { S: 'out minBytes 16' },
      RtlIpv4AddressToStringW: { S: 'out minBytes 32' },
    },
  },
  {
    reason: 'text and its length in characters, which the call updates',
    functions: {
      RtlIpv6AddressToStringEx: { AddressString: 'out countAt AddressStringLength' },
      RtlIpv4AddressToStringEx: { AddressString: 'out countAt AddressStringLength' },
    },
  },
  {
    reason: 'an address is as long as its family says: 4 bytes or 16',
    functions: {
      InetNtopW: { pAddr: 'in bytesBy Family:2=4:23=16', pStringBuf: 'out count StringBufSIze' },
      inet_ntop: { pAddr: 'in bytesBy Family:2=4:23=16', pStringBuf: 'out count StringBufSize' },
      InetPtonW: { pAddr: 'out bytesBy Family:2=4:23=16' },
      inet_pton: { pAddr: 'out bytesBy Family:2=4:23=16' },
    },
  },
  {
    reason: 'frees memory that the system allocated',
    functions: {
      freeaddrinfo: { pAddrInfo: 'in systemOwned' },
      FreeAddrInfoW: { pAddrInfo: 'in systemOwned' },
      FreeAddrInfoEx: { pAddrInfo: 'in systemOwned' },
    },
  },
  {
    reason: 'text buffers, each with its length in characters',
    functions: {
      getnameinfo: { host: 'out bytes hostlen orNull', serv: 'out bytes servlen orNull' },
      GetNameInfoW: {
        pNodeBuffer: 'out count NodeBufferSize orNull',
        pServiceBuffer: 'out count ServiceBufferSize orNull',
      },
    },
  },
  {
    reason: 'an overlapped query writes its list when it is over; the rest is only read',
    functions: {
      GetAddrInfoEx: { lpNspId: 'in', ppResult: 'out kept', timeout: 'in' },
      GetAddrInfoExCancel: { lpHandle: 'in' },
    },
  },
  {
    reason: 'what is registered is only read',
    functions: {
      SetAddrInfoEx: {
        pAddresses: 'in count dwAddressCount',
        lpBlob: 'in',
        lpNspId: 'in',
        timeout: 'in',
      },
    },
  },
  {
    reason: 'structures with text behind them, whose length goes with them',
    functions: {
      WSAQuerySocketSecurity: {
        SecurityQueryTemplate: 'in bytes SecurityQueryTemplateLen',
        SecurityQueryInfo: 'out bytesAt SecurityQueryInfoLen',
      },
      WSASetSocketPeerTargetName: { PeerTargetName: 'in bytes PeerTargetNameLen' },
      WSASetSocketSecurity: { SecuritySettings: 'in bytes SecuritySettingsLen' },
    },
  },
];
