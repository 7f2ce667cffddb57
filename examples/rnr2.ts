/**
 * Registration and resolution of names (RnR): a server installs a service class, registers itself under
 * a name and waits; a client looks the name up and talks to what it finds. Needs Windows and a name
 * space that takes registrations (NS_NTDS or NS_SAP); Wine's functions fail.
 *
 *   npm start -- examples/rnr2.ts -s -n MyServer
 *   npm start -- examples/rnr2.ts -c -n MyServer
 */

import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AF_INET,
  AF_INET6,
  AF_IPX,
  AF_UNSPEC,
  AFPROTOCOLS,
  array,
  arrayOf,
  bind,
  CSADDR_INFO,
  cast,
  closesocket,
  connect,
  DWORD,
  FIONBIO,
  type GUID,
  getsockname,
  getsockopt,
  HANDLE,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  ioctlsocket,
  LUP_RETURN_ADDR,
  LUP_RETURN_NAME,
  MAKEWORD,
  NS_ALL,
  NS_NTDS,
  NS_SAP,
  NSPROTO_IPX,
  ntohs,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  recvfrom,
  ref,
  SERVICE_TYPE_VALUE_CONN,
  SERVICE_TYPE_VALUE_SAPID,
  SERVICE_TYPE_VALUE_UDPPORT,
  SIO_ADDRESS_LIST_QUERY,
  SOCK_DGRAM,
  SOCKADDR_IPX,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ADDRESS_LIST,
  SOCKET_ERROR,
  SS_PORT,
  type Struct,
  SVCID_NETWARE,
  send,
  sizeof,
  sockaddr,
  sockaddr_in,
  socket,
  struct,
  ULONG,
  uint8,
  WSA_E_NO_MORE,
  WSACleanup,
  WSADATA,
  WSAEFAULT,
  WSAEMSGSIZE,
  WSAENOMORE,
  WSAEnumNameSpaceProviders,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAInstallServiceClass,
  WSAIoctl,
  WSALookupServiceBegin,
  WSALookupServiceEnd,
  WSALookupServiceNext,
  WSANAMESPACE_INFOW,
  WSANSCLASSINFOW,
  WSAQUERYSETW,
  WSARemoveServiceClass,
  WSASERVICE_NOT_FOUND,
  WSASERVICECLASSINFOW,
  WSASetService,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const REG_DWORD = 4;
const IPX_ADDRESS = 0x4007;
const IPX_MAX_ADAPTER_NUM = 0x400d;
const USAGE = `usage: rnr2 [-c | -s] [-t TYPE] [-n NAME] [-p NAMESPACE]
  -c, -s        client or server (default: server)
  -t TYPE       number of the type of server (default: 200)
  -n NAME       name of the server's instance; * finds all (default: MyServer)
  -p NAMESPACE  where the client looks: NS_ALL, NS_NTDS or NS_SAP (default: NS_ALL)
Needs Windows, and a name space that takes registrations. Ctrl-C ends the server.`;

/** What the driver of IPX says of an adapter. */
interface IPX_ADDRESS_DATA extends Struct {
  adapternum: number;
  netnum: Uint8Array;
  nodenum: Uint8Array;
  wan: number;
  status: number;
  maxpkt: number;
  linkspeed: number;
}
const IPX_ADDRESS_DATA = struct<IPX_ADDRESS_DATA>('IPX_ADDRESS_DATA', () => ({
  adapternum: int,
  netnum: array(uint8, 4),
  nodenum: array(uint8, 6),
  wan: uint8,
  status: uint8,
  maxpkt: int,
  linkspeed: ULONG,
}));

/** The sockets that the server receives on. */
const g_aSock: SOCKET[] = [];

/** Says which function failed; the result is that it did. */
function failed(what: string): false {
  console.log(`${what} error ${WSAGetLastError()}`);
  return false;
}

/** A failure of a lookup, which may just have found nothing. */
function PrintError(errfunc: string): void {
  const code = WSAGetLastError();
  if (code === WSASERVICE_NOT_FOUND) console.error('No matches found.');
  else if (code === WSA_E_NO_MORE || code === WSAENOMORE) console.error('No more matches.');
  else console.error(`Function ${errfunc} failed with error ${code}`);
}

function GetSockAddrString(sa: sockaddr, length: number): string {
  if (sa.sa_family !== AF_IPX) return FormatAddress(sa, length);
  const ipx = cast(SOCKADDR_IPX, sa);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
  return `${hex(ipx.sa_netnum)}.${hex(ipx.sa_nodenum)}:${ntohs(ipx.sa_socket).toString(16)}`;
}

/** The name spaces of this system that take registrations. */
function CheckAvailableNameSpaceProviders(): number[] {
  const dwBufLen = ref(DWORD, 0);
  if (WSAEnumNameSpaceProviders(dwBufLen, null) === SOCKET_ERROR) {
    if (WSAGetLastError() !== WSAEFAULT) failed('WSAEnumNameSpaceProviders');
  }
  const buf = Buffer.alloc(dwBufLen.value);
  const nRet = buf.length === 0 ? 0 : WSAEnumNameSpaceProviders(dwBufLen, buf);
  if (nRet === SOCKET_ERROR) failed('WSAEnumNameSpaceProviders');
  const found: number[] = [];
  for (let nCount = 0; nCount < nRet; nCount++) {
    const info = cast(WSANAMESPACE_INFOW, buf, nCount * sizeof(WSANAMESPACE_INFOW));
    if (info.dwNameSpace === NS_SAP || info.dwNameSpace === NS_NTDS) found.push(info.dwNameSpace);
  }
  return found;
}

/** Tells each name space what there is to know of servers of this type. */
function InstallClass(MyGuid: GUID, nServerType: number, nameSpaces: readonly number[]): boolean {
  const classInfo = (dwNameSpace: number, lpszName: string, value: number) => {
    const lpValue = ref(DWORD, value);
    const [dwValueType, dwValueSize] = [REG_DWORD, sizeof(lpValue)];
    return { lpszName, dwNameSpace, dwValueType, dwValueSize, lpValue };
  };
  const infos = nameSpaces.flatMap((nameSpace) => [
    classInfo(nameSpace, SERVICE_TYPE_VALUE_CONN, 0),
    nameSpace === NS_SAP
      ? classInfo(nameSpace, SERVICE_TYPE_VALUE_SAPID, nServerType)
      : classInfo(nameSpace, SERVICE_TYPE_VALUE_UDPPORT, 0), // The system chooses the port.
  ]);
  const sci = new WSASERVICECLASSINFOW({
    lpServiceClassId: MyGuid,
    lpszServiceClassName: `TypeId ${nServerType}`,
    dwCount: infos.length,
    lpClassInfos: infos.length > 0 ? arrayOf(WSANSCLASSINFOW, infos) : null,
  });
  console.log(`Installing ServiceClassName: TypeId ${nServerType}`);
  return WSAInstallServiceClass(sci) !== SOCKET_ERROR || failed('WSAInstallServiceClass');
}

/** A bound socket that does not block, which the server receives on. */
function BindSocket(sa: sockaddr | SOCKADDR_IPX, length: number, protocol: number): SOCKET {
  const s = socket(cast(sockaddr, sa).sa_family, SOCK_DGRAM, protocol);
  if (s === INVALID_SOCKET) {
    failed('socket');
    return s;
  }
  g_aSock.push(s);
  if (bind(s, sa, length) === SOCKET_ERROR) failed('bind');
  if (ioctlsocket(s, FIONBIO, ref(ULONG, 1)) === SOCKET_ERROR) failed('ioctlsocket');
  return s;
}

/** Where the server can be reached over IP: each address of the machine, with the port of the socket. */
function BoundIpAddrs(): CSADDR_INFO[] {
  const found: CSADDR_INFO[] = [];
  let res = ResolveAddress(undefined, '0', AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP);
  for (; res !== null; res = res.ai_next) {
    const s = BindSocket(res.ai_addr!, res.ai_addrlen, IPPROTO_UDP);
    if (s === INVALID_SOCKET) continue;
    const ss_in = new SOCKADDR_STORAGE();
    if (getsockname(s, ss_in, ref(int, sizeof(ss_in))) === SOCKET_ERROR) failed('getsockname');
    const slist = Buffer.alloc(4096);
    const [code, size] = [SIO_ADDRESS_LIST_QUERY, slist.length];
    if (WSAIoctl(s, code, null, 0, slist, size, ref(DWORD), null, null) === SOCKET_ERROR) {
      failed('WSAIoctl');
      continue;
    }
    const { iAddressCount, Address } = cast(SOCKET_ADDRESS_LIST, slist);
    for (let j = 0; j < iAddressCount; j++) {
      const { lpSockaddr, iSockaddrLength } = Address[j]!;
      // The list goes with its buffer, so the address is copied.
      const sa = new SOCKADDR_STORAGE();
      sa.set(cast(array(uint8, iSockaddrLength), lpSockaddr!));
      cast(sockaddr_in, sa).sin_port = SS_PORT(ss_in); // The same place in both families.
      found.push(AddressInfo(sa, iSockaddrLength, IPPROTO_UDP));
    }
  }
  return found;
}

/** Where the server can be reached over IPX: each adapter that is up. */
function GetBoundIpxAddrs(): CSADDR_INFO[] {
  const any = new SOCKADDR_IPX({ sa_family: AF_IPX });
  const soc = BindSocket(any, sizeof(any), NSPROTO_IPX);
  const nAdapters = ref(int, 0);
  const cb = ref(int, sizeof(nAdapters));
  if (getsockopt(soc, NSPROTO_IPX, IPX_MAX_ADAPTER_NUM, nAdapters, cb) === SOCKET_ERROR) {
    failed('getsockopt');
  }
  const found: CSADDR_INFO[] = [];
  for (let adapternum = 0; adapternum < nAdapters.value; adapternum++) {
    const data = new IPX_ADDRESS_DATA({ adapternum });
    cb.value = sizeof(data);
    if (getsockopt(soc, NSPROTO_IPX, IPX_ADDRESS, data, cb) === SOCKET_ERROR) failed('getsockopt');
    if (!data.status) continue;
    const sa = new SOCKADDR_IPX();
    if (getsockname(soc, sa, ref(int, sizeof(sa))) === SOCKET_ERROR) failed('getsockname');
    sa.sa_netnum.set(data.netnum);
    sa.sa_nodenum.set(data.nodenum);
    found.push(AddressInfo(sa, sizeof(sa), NSPROTO_IPX));
  }
  return found;
}

function AddressInfo(sa: Struct, iSockaddrLength: number, iProtocol: number): CSADDR_INFO {
  const lpSockaddr = cast(sockaddr, sa);
  console.log(`Address ${GetSockAddrString(lpSockaddr, iSockaddrLength)}`);
  const Addr = { lpSockaddr, iSockaddrLength };
  return new CSADDR_INFO({ LocalAddr: Addr, RemoteAddr: Addr, iSocketType: SOCK_DGRAM, iProtocol });
}

/** What the server registers: its name, its class and its addresses. */
function Advertise(name: string, MyGuid: GUID, nameSpaces: readonly number[]) {
  const aCSAddr: CSADDR_INFO[] = [];
  if (nameSpaces.includes(NS_NTDS)) aCSAddr.push(...BoundIpAddrs());
  if (nameSpaces.includes(NS_SAP)) aCSAddr.push(...GetBoundIpxAddrs());
  const QS = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpServiceClassId: MyGuid,
    dwNameSpace: NS_ALL,
    dwNumberOfCsAddrs: aCSAddr.length,
    lpcsaBuffer: aCSAddr.length > 0 ? arrayOf(CSADDR_INFO, aCSAddr) : null,
  });
  console.log(`Advertise server of instance name: ${name} ...`);
  if (WSASetService(QS, RNRSERVICE_REGISTER, 0) !== SOCKET_ERROR) return QS;
  failed('WSASetService');
  return undefined;
}

/** Prints what has come on each socket; false where one failed. */
function ServerRecv(): boolean {
  const buf = Buffer.alloc(1024);
  for (const s of g_aSock) {
    const peer = new SOCKADDR_STORAGE();
    const length = ref(int, sizeof(peer));
    const received = recvfrom(s, buf, buf.length, 0, peer, length);
    if (received === SOCKET_ERROR) {
      const code = WSAGetLastError();
      if (code !== WSAEWOULDBLOCK && code !== WSAEMSGSIZE) return failed('recvfrom');
      continue;
    }
    const from = GetSockAddrString(cast(sockaddr, peer), length.value);
    console.log(`received: [${buf.toString('utf8', 0, received)} : ${from}]`);
  }
  return true;
}

async function DoRnrServer(name: string, nServerType: number): Promise<number> {
  let fEndProgram = false;
  process.on('SIGINT', () => {
    fEndProgram = true;
  });
  const MyGuid = SVCID_NETWARE(nServerType);
  const nameSpaces = CheckAvailableNameSpaceProviders();
  if (!InstallClass(MyGuid, nServerType, nameSpaces)) return 1;
  const QS = Advertise(name, MyGuid, nameSpaces);
  let ok = QS !== undefined;
  if (ok) console.log('Wait for client talking to me, press Ctrl-C to end...');
  while (ok && !fEndProgram) {
    ok = ServerRecv();
    await delay(100); // Not Sleep, during which no signal would be handled.
  }
  console.log('Cleaning up...');
  if (QS && WSASetService(QS, RNRSERVICE_DELETE, 0) === SOCKET_ERROR) {
    failed('WSASetService DELETE');
  }
  if (WSARemoveServiceClass(MyGuid) === SOCKET_ERROR) failed('WSARemoveServiceClass');
  for (const s of g_aSock) closesocket(s);
  return ok ? 0 : 1;
}

/** Says hello to an address of a server. */
function ClientSend({ RemoteAddr, iSocketType, iProtocol }: CSADDR_INFO): void {
  const { lpSockaddr, iSockaddrLength } = RemoteAddr;
  const s = socket(lpSockaddr!.sa_family, iSocketType, iProtocol);
  if (s === INVALID_SOCKET) {
    failed('socket');
    return;
  }
  const message = Buffer.from(`A message from the client: ${hostname()}`);
  if (connect(s, lpSockaddr, iSockaddrLength) === SOCKET_ERROR) failed('connect');
  else if (send(s, message, message.length, 0) === SOCKET_ERROR) failed('send');
  else console.log('sent a message to the peer...');
  closesocket(s);
}

function DoRnrClient(nServiceType: number, name: string, dwNameSpace: number): number {
  const protocols = [
    { iAddressFamily: AF_IPX, iProtocol: NSPROTO_IPX },
    { iAddressFamily: AF_INET, iProtocol: IPPROTO_UDP },
    { iAddressFamily: AF_INET6, iProtocol: IPPROTO_UDP },
  ];
  const qs = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpServiceClassId: SVCID_NETWARE(nServiceType),
    dwNameSpace,
    dwNumberOfProtocols: protocols.length,
    lpafpProtocols: arrayOf(AFPROTOCOLS, protocols),
  });
  const hLookup = ref(HANDLE);
  const flags = LUP_RETURN_ADDR | LUP_RETURN_NAME;
  if (WSALookupServiceBegin(qs, flags, hLookup) === SOCKET_ERROR) {
    PrintError('WSALookupServiceBegin');
    return 1;
  }
  console.log(`Performing query for service (type, name) = (${nServiceType}, ${name}) ...`);
  // Servers of the types that NetWare itself has would not know what to do with a message.
  const fKnownSapId = [3, 4, 5, 7, 9, 36, 71].includes(nServiceType);
  let found = 0;
  do {
    const buf = Buffer.alloc(8192);
    const dwLength = ref(DWORD, buf.length);
    if (WSALookupServiceNext(hLookup.value, 0, dwLength, buf) === SOCKET_ERROR) {
      PrintError('WSALookupServiceNext');
      break;
    }
    const { lpszServiceInstanceName, dwNumberOfCsAddrs, lpcsaBuffer } = cast(WSAQUERYSETW, buf);
    for (let i = 0; i < dwNumberOfCsAddrs; i++) {
      const info = cast(CSADDR_INFO, lpcsaBuffer!, i * sizeof(CSADDR_INFO));
      const { lpSockaddr, iSockaddrLength } = info.RemoteAddr;
      if (lpSockaddr === null) continue;
      const address = GetSockAddrString(lpSockaddr, iSockaddrLength);
      console.log(`Name[${i}]: ${lpszServiceInstanceName} ${address}`);
      if (!fKnownSapId) ClientSend(info);
    }
    found++;
  } while (name === '*');
  WSALookupServiceEnd(hLookup.value);
  return found > 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'cst:n:p:');
  const name = options.n ?? 'MyServer';
  const nServerType = integer('-t', options.t, 200, 1, 0xffff);
  const nameSpaces = { ns_all: NS_ALL, ns_ntds: NS_NTDS, ns_sap: NS_SAP };
  const dwNameSpace = oneOf('-p', options.p, nameSpaces);
  const fServer = options.c === undefined;
  if (fServer && name === '*') wrong('A server needs a name that is no wildcard');
  console.log('This program needs Windows, and a name space that takes registrations.');
  const nRet = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nRet !== 0) {
    console.log(`Unable to start Winsock 2. Error: ${nRet}`);
    return 1;
  }
  try {
    if (fServer) return await DoRnrServer(name, nServerType);
    return DoRnrClient(nServerType, name, dwNameSpace);
  } finally {
    WSACleanup();
  }
}

process.exitCode = await main();
