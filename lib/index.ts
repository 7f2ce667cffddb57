/**
 * Windows Sockets 2 under its C names: the functions, structures, constants and macros of the
 * Winsock headers. Importing it loads no DLL; that happens at the first call.
 *
 * @module winsock
 */
export * from '../defs/af_irda.g.ts';
export * from '../defs/afunix.g.ts';
export * from '../defs/atalkwsh.g.ts';
export * from '../defs/bthdef.g.ts';
export * from '../defs/hvsocket.g.ts';
export * from '../defs/in6addr.g.ts';
export * from '../defs/inaddr.g.ts';
// What every program has of windows.h, though the rest of it is winsock/kernel.
export { FALSE, INFINITE, INVALID_HANDLE_VALUE, MAX_PATH, TRUE } from '../defs/kernel.g.ts';
export * from '../defs/mstcpip.g.ts';
export * from '../defs/mswsock.g.ts';
export * from '../defs/mswsockdef.g.ts';
export * from '../defs/netiodef.g.ts';
export * from '../defs/nldef.g.ts';
export * from '../defs/nsemail.g.ts';
export * from '../defs/nspapi.g.ts';
export * from '../defs/qos.g.ts';
export * from '../defs/socketapi.g.ts';
export * from '../defs/svcguid.g.ts';
export * from '../defs/windows.g.ts';
export * from '../defs/winerror.g.ts';
export * from '../defs/winsock2.g.ts';
export * from '../defs/ws2atm.g.ts';
export * from '../defs/ws2bth.g.ts';
export * from '../defs/ws2def.g.ts';
export * from '../defs/ws2ipdef.g.ts';
export * from '../defs/ws2tcpip.g.ts';
export * from '../defs/wshisotp.g.ts';
export * from '../defs/wsipx.g.ts';
export * from '../defs/wsnetbs.g.ts';
export * from '../defs/wsnwlink.g.ts';
export * from '../defs/wsrm.g.ts';
export * from '../defs/wsvns.g.ts';
// Of each provider's own, by pointer, rather than the exports of mswsock.dll and ws2_32.dll.
export {
  AcceptEx,
  ConnectEx,
  DisconnectEx,
  GetAcceptExSockaddrs,
  TransmitFile,
  TransmitPackets,
  WSARecvMsg,
  WSASendMsg,
} from './api/extensions/extension-functions.ts';
export * from './api/extensions/rio.ts';
export * from './api/index.ts';
// The header has a structure of this name as well as the macro; the structure is fd_set.
export { FD_SET } from './api/index.ts';
export * from './ffi/index.ts';
