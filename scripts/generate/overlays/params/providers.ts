// ws2spi.h, sporder.h and nspapi.h: service providers.

import type { ParamGroup } from './group.ts';

export const PROVIDERS: ParamGroup[] = [
  {
    reason: 'lists as many entries as the buffer holds, and says how long it would have to be',
    functions: {
      WSCEnumProtocols: {
        lpiProtocols: 'in untilZero',
        lpProtocolBuffer: 'out bytesAt lpdwBufferLength',
      },
      WSCEnumProtocols32: {
        lpiProtocols: 'in untilZero',
        lpProtocolBuffer: 'out bytesAt lpdwBufferLength',
      },
      WSCEnumNameSpaceProviders32: { lpnspBuffer: 'out bytesAt lpdwBufferLength' },
      WSCEnumNameSpaceProvidersEx32: { lpnspBuffer: 'out bytesAt lpdwBufferLength' },
      WSCGetProviderPath: {
        lpProviderId: 'in',
        lpszProviderDllPath: 'out countAt lpProviderDllPathLen',
      },
      WSCGetProviderPath32: {
        lpProviderId: 'in',
        lpszProviderDllPath: 'out countAt lpProviderDllPathLen',
      },
      WSCGetProviderInfo: { lpProviderId: 'in', Info: 'out bytesAt InfoSize' },
      WSCGetProviderInfo32: { lpProviderId: 'in', Info: 'out bytesAt InfoSize' },
    },
  },
  {
    reason: 'identifiers are only read, though they are not declared const',
    functions: {
      WSCDeinstallProvider: { lpProviderId: 'in' },
      WSCDeinstallProvider32: { lpProviderId: 'in' },
      WSCUnInstallNameSpace: { lpProviderId: 'in' },
      WSCUnInstallNameSpace32: { lpProviderId: 'in' },
      WSCEnableNSProvider: { lpProviderId: 'in' },
      WSCEnableNSProvider32: { lpProviderId: 'in' },
    },
  },
  {
    reason: 'entries to install are only read',
    functions: {
      WSCInstallProvider: { lpProviderId: 'in', lpProtocolInfoList: 'in count dwNumberOfEntries' },
      WSCInstallProvider64_32: {
        lpProviderId: 'in',
        lpProtocolInfoList: 'in count dwNumberOfEntries',
      },
      WSCUpdateProvider: { lpProviderId: 'in', lpProtocolInfoList: 'in count dwNumberOfEntries' },
      WSCUpdateProvider32: { lpProviderId: 'in', lpProtocolInfoList: 'in count dwNumberOfEntries' },
      WSCSetProviderInfo: { lpProviderId: 'in', Info: 'in bytes InfoSize' },
      WSCSetProviderInfo32: { lpProviderId: 'in', Info: 'in bytes InfoSize' },
      WSCInstallNameSpace: {
        lpszIdentifier: 'in string',
        lpszPathName: 'in string',
        lpProviderId: 'in',
      },
      WSCInstallNameSpace32: {
        lpszIdentifier: 'in string',
        lpszPathName: 'in string',
        lpProviderId: 'in',
      },
      WSCInstallNameSpaceEx: {
        lpszIdentifier: 'in string',
        lpszPathName: 'in string',
        lpProviderId: 'in',
        lpProviderInfo: 'in',
      },
      WSCInstallNameSpaceEx32: {
        lpszIdentifier: 'in string',
        lpszPathName: 'in string',
        lpProviderId: 'in',
        lpProviderInfo: 'in',
      },
    },
  },
  {
    reason: 'the entries come back with the identifiers that the catalog gave them',
    functions: {
      WSCInstallProviderAndChains: {
        lpProviderId: 'in',
        lpszProviderDllPath: 'in string',
        lpszLspName: 'in string',
        lpProtocolInfoList: 'inout count dwNumberOfEntries',
      },
      WSCInstallProviderAndChains64_32: {
        lpProviderId: 'in',
        lpszProviderDllPath: 'in string',
        lpszProviderDllPath32: 'in string',
        lpszLspName: 'in string',
        lpProtocolInfoList: 'inout count dwNumberOfEntries',
      },
    },
  },
  {
    reason: 'text with its length, without a NUL',
    functions: {
      WSCGetApplicationCategory: { Path: 'in count PathLength', Extra: 'in count ExtraLength' },
      WSCSetApplicationCategory: { Path: 'in count PathLength', Extra: 'in count ExtraLength' },
    },
  },
  {
    reason: 'the new order, as many entries as counted; it is only read',
    functions: {
      WSCWriteProviderOrder: { lpwdCatalogEntryId: 'in count dwNumberOfEntries' },
      WSCWriteNameSpaceOrder: { lpProviderId: 'in count dwNumberOfEntries' },
      WSCWriteProviderOrder32: { lpwdCatalogEntryId: 'in count dwNumberOfEntries' },
      WSCWriteNameSpaceOrder32: { lpProviderId: 'in count dwNumberOfEntries' },
    },
  },
  {
    reason:
      'a provider reads which of its entries is started, and how long the table is that it fills',
    functions: {
      WSPStartup: { lpProtocolInfo: 'in' },
      LPWSPSTARTUP: { lpProtocolInfo: 'in' },
      NSPStartup: { lpProviderId: 'in', lpnspRoutines: 'inout' },
      LPNSPSTARTUP: { lpProviderId: 'in', lpnspRoutines: 'inout' },
    },
  },
  {
    reason: 'says in whose thread a completion routine is to run; the provider only reads it',
    functions: {
      LPWSPIOCTL: { lpThreadId: 'in' },
      LPWSPRECV: { lpThreadId: 'in' },
      LPWSPRECVFROM: { lpThreadId: 'in' },
      LPWSPSEND: { lpThreadId: 'in' },
      LPWSPSENDTO: { lpThreadId: 'in' },
      LPWPUQUEUEAPC: { lpThreadId: 'in' },
      LPWPUCLOSETHREAD: { lpThreadId: 'in' },
    },
  },
  {
    reason: 'upcalls: like the functions of the same names, which programs call',
    functions: {
      LPWPUFDISSET: { fdset: 'in' },
      LPWPUGETPROVIDERPATH: {
        lpProviderId: 'in',
        lpszProviderDllPath: 'out countAt lpProviderDllPathLen',
      },
    },
  },
  {
    reason: 'name space providers: who is meant and what is asked for is only read',
    functions: {
      LPNSPCLEANUP: { lpProviderId: 'in' },
      LPNSPLOOKUPSERVICEBEGIN: { lpProviderId: 'in', lpServiceClassInfo: 'in' },
      LPNSPSETSERVICE: { lpProviderId: 'in', lpServiceClassInfo: 'in' },
      LPNSPINSTALLSERVICECLASS: { lpProviderId: 'in' },
      LPNSPREMOVESERVICECLASS: { lpProviderId: 'in' },
      LPNSPGETSERVICECLASSINFO: { lpProviderId: 'in' },
    },
  },
  {
    reason: 'the completion is told of after the call has returned',
    functions: {
      LPNSPIOCTL: { lpThreadId: 'in', lpCompletion: 'in kept' },
    },
  },
  {
    reason:
      "name space providers of version 2: the argument of a session is the provider's own value, no memory of the caller's",
    functions: {
      LPNSPV2STARTUP: { lpProviderId: 'in' },
      LPNSPV2CLEANUP: { lpProviderId: 'in', pvClientSessionArg: 'in opaque' },
      LPNSPV2CLIENTSESSIONRUNDOWN: { lpProviderId: 'in', pvClientSessionArg: 'in opaque' },
      LPNSPV2LOOKUPSERVICEBEGIN: { lpProviderId: 'in', lpvClientSessionArg: 'in opaque' },
      LPNSPV2LOOKUPSERVICENEXTEX: { lpqsResults: 'out bytesAt lpdwBufferLength' },
      LPNSPV2SETSERVICEEX: {
        lpProviderId: 'in',
        lpqsRegInfo: 'in',
        lpvClientSessionArg: 'in opaque',
      },
    },
  },
  {
    reason: 'Winsock 1.1: fills as much as the buffer holds, and says how long it would have to be',
    functions: {
      EnumProtocols: {
        lpiProtocols: 'in untilZero',
        lpProtocolBuffer: 'out bytesAt lpdwBufferLength',
      },
      GetAddressByName: {
        lpServiceType: 'in',
        lpServiceName: 'in string',
        lpiProtocols: 'in untilZero',
        lpServiceAsyncInfo: 'in',
        lpCsaddrBuffer: 'out bytesAt lpdwBufferLength',
        lpAliasBuffer: 'inout countAt lpdwAliasBufferLength',
      },
      GetService: {
        lpGuid: 'in',
        lpServiceName: 'in string',
        lpBuffer: 'out bytesAt lpdwBufferSize',
        lpServiceAsyncInfo: 'in',
      },
    },
  },
  {
    reason: 'Winsock 1.1: names and types of services',
    functions: {
      GetTypeByName: { lpServiceName: 'in string', lpServiceType: 'inout' },
      GetNameByType: { lpServiceType: 'in', lpServiceName: 'out bytes dwNameLength' },
    },
  },
  {
    reason: 'Winsock 1.1: what is registered is only read',
    functions: {
      SetService: { lpServiceInfo: 'in', lpServiceAsyncInfo: 'in' },
    },
  },
];
