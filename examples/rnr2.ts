/**
 * Registration and resolution of names (RnR): a server installs a service class, registers itself under
 * a name and waits; a client looks the name up and talks to what it finds. Needs Windows and a name
 * space that takes registrations; Wine's functions fail.
 *
 *   npm start -- examples/rnr2.ts -s -n MyServer
 *   npm start -- examples/rnr2.ts -c -n MyServer
 */

import {
  AF_INET,
  arrayOf,
  bind,
  CSADDR_INFO,
  cast,
  closesocket,
  DWORD,
  type GUID,
  getsockname,
  HANDLE,
  htonl,
  INADDR_LOOPBACK,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  LUP_RETURN_ADDR,
  LUP_RETURN_NAME,
  MAKEWORD,
  NS_ALL,
  NS_DNS,
  NS_NDS,
  NS_NTDS,
  NS_SAP,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  recvfrom,
  ref,
  SERVICE_TYPE_VALUE_CONN,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SVCID_NETWARE,
  sendto,
  sizeof,
  sockaddr,
  sockaddr_in,
  socket,
  WSA_E_NO_MORE,
  WSACleanup,
  WSADATA,
  WSAEnumNameSpaceProvidersW,
  WSAGetLastError,
  WSAInstallServiceClassW,
  WSALookupServiceBeginW,
  WSALookupServiceEnd,
  WSALookupServiceNextW,
  WSANAMESPACE_INFOW,
  WSANSCLASSINFOW,
  WSAQUERYSETW,
  WSARemoveServiceClass,
  WSASERVICECLASSINFOW,
  WSASetServiceW,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf } from './shared/options.ts';
import { FormatAddress } from './shared/resolve.ts';

const USAGE = `usage: rnr2 [-c | -s] [-t TYPE] [-n NAME] [-p NAMESPACE]
  -c, -s        client or server; without either the name spaces are listed
  -t TYPE       number of the type of server (default: 200)
  -n NAME       name of the server's instance; * finds all (default: MyServer)
  -p NAMESPACE  NS_ALL, NS_SAP, NS_NDS, NS_DNS or NS_NTDS (default: NS_ALL)
Needs Windows, and a name space that takes registrations.`;

const ERR = (what: string) => {
  console.log(`${what} error ${WSAGetLastError()}`);
  return 1;
};

function PrintNameSpaces(): number {
  const dwBufLen = ref(DWORD, 0);
  WSAEnumNameSpaceProvidersW(dwBufLen, null);
  if (dwBufLen.value < sizeof(WSANAMESPACE_INFOW)) {
    console.log('This system has no name spaces');
    return 1;
  }
  const buf = Buffer.alloc(dwBufLen.value);
  const count = WSAEnumNameSpaceProvidersW(dwBufLen, buf);
  if (count === SOCKET_ERROR) return ERR('WSAEnumNameSpaceProviders');
  for (let i = 0; i < count; i++) {
    const info = cast(WSANAMESPACE_INFOW, buf, i * sizeof(WSANAMESPACE_INFOW));
    console.log(`${info.dwNameSpace}  ${info.lpszIdentifier}${info.fActive ? '' : ' (off)'}`);
  }
  return 0;
}

function InstallClass(classId: GUID, type: number): boolean {
  const connectionless = ref(DWORD, 0);
  const info = new WSANSCLASSINFOW({
    lpszName: SERVICE_TYPE_VALUE_CONN,
    dwNameSpace: NS_ALL,
    dwValueType: 4,
    dwValueSize: sizeof(connectionless),
    lpValue: connectionless,
  });
  const sci = new WSASERVICECLASSINFOW({
    lpServiceClassId: classId,
    lpszServiceClassName: `TypeId ${type}`,
    dwCount: 1,
    lpClassInfos: info,
  });
  console.log(`Installing service class: TypeId ${type}`);
  return WSAInstallServiceClassW(sci) !== SOCKET_ERROR;
}

function CreateServerSocket(address: sockaddr_in): SOCKET {
  const s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  if (s === INVALID_SOCKET || bind(s, address, sizeof(address)) === SOCKET_ERROR) ERR('bind');
  else getsockname(s, address, ref(int, sizeof(address)));
  return s;
}

function DoServer(name: string, type: number, nameSpace: number): number {
  const classId = SVCID_NETWARE(type);
  if (!InstallClass(classId, type)) return ERR('WSAInstallServiceClass');
  const address = new sockaddr_in({
    sin_family: AF_INET,
    sin_addr: { s_addr: htonl(INADDR_LOOPBACK) },
  });
  const s = CreateServerSocket(address);
  const local = { lpSockaddr: cast(sockaddr, address), iSockaddrLength: sizeof(address) };
  const addresses = arrayOf(CSADDR_INFO, [
    { LocalAddr: local, RemoteAddr: local, iSocketType: SOCK_DGRAM, iProtocol: IPPROTO_UDP },
  ]);
  const qs = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpServiceClassId: classId,
    dwNameSpace: nameSpace,
    dwNumberOfCsAddrs: addresses.length,
    lpcsaBuffer: addresses[0]!,
  });
  console.log(`Advertise server of instance name: ${name} ...`);
  if (WSASetServiceW(qs, RNRSERVICE_REGISTER, 0) === SOCKET_ERROR) {
    const code = ERR('WSASetService');
    WSARemoveServiceClass(classId);
    return code;
  }
  console.log('Wait for client talking to me');
  const buffer = Buffer.alloc(1024);
  const from = new SOCKADDR_STORAGE();
  const fromlen = ref(int, sizeof(from));
  const received = recvfrom(s, buffer, buffer.length, 0, from, fromlen);
  const text = buffer.toString('utf8', 0, Math.max(0, received));
  console.log(`received: [${text}: ${FormatAddress(from, fromlen.value)}]`);
  if (WSASetServiceW(qs, RNRSERVICE_DELETE, 0) === SOCKET_ERROR) ERR('WSASetService DELETE');
  if (WSARemoveServiceClass(classId) === SOCKET_ERROR) ERR('WSARemoveServiceClass');
  closesocket(s);
  return 0;
}

/** Sends a message to each address of a server that was found. */
function TalkTo(results: WSAQUERYSETW): void {
  console.log(`Name: ${results.lpszServiceInstanceName}`);
  for (let i = 0; i < results.dwNumberOfCsAddrs; i++) {
    const info = cast(CSADDR_INFO, results.lpcsaBuffer!, i * sizeof(CSADDR_INFO));
    const { lpSockaddr, iSockaddrLength } = info.RemoteAddr;
    console.log(`  ${FormatAddress(lpSockaddr, iSockaddrLength)}`);
    const s = socket(lpSockaddr!.sa_family, info.iSocketType, info.iProtocol);
    const message = Buffer.from('A message from the client');
    const sent = sendto(s, message, message.length, 0, lpSockaddr, iSockaddrLength);
    if (sent === SOCKET_ERROR) ERR('sendto');
    else console.log(`  sent ${sent} bytes`);
    closesocket(s);
  }
}

function DoClient(name: string, type: number, nameSpace: number): number {
  const qs = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpServiceClassId: SVCID_NETWARE(type),
    dwNameSpace: nameSpace,
  });
  const hLookup = ref(HANDLE);
  const flags = LUP_RETURN_ADDR | LUP_RETURN_NAME;
  if (WSALookupServiceBeginW(qs, flags, hLookup) === SOCKET_ERROR) {
    return ERR('WSALookupServiceBegin');
  }
  let found = 0;
  while (true) {
    const buffer = Buffer.alloc(8192);
    const length = ref(DWORD, buffer.length);
    const results = cast(WSAQUERYSETW, buffer);
    results.dwSize = sizeof(WSAQUERYSETW);
    if (WSALookupServiceNextW(hLookup.value, 0, length, buffer) === SOCKET_ERROR) {
      const code = WSAGetLastError();
      if (code !== WSA_E_NO_MORE && code !== 10102)
        console.log(`WSALookupServiceNext error ${code}`);
      break;
    }
    found++;
    TalkTo(results);
  }
  WSALookupServiceEnd(hLookup.value);
  console.log(`${found} servers found`);
  return found > 0 ? 0 : 1;
}

function main(): number {
  const [options] = getopt(USAGE, 'cst:n:p:');
  const name = options.n ?? 'MyServer';
  const type = integer('-t', options.t, 200, 1, 0xffff);
  const nameSpaces = {
    ns_all: NS_ALL,
    ns_sap: NS_SAP,
    ns_nds: NS_NDS,
    ns_dns: NS_DNS,
    ns_ntds: NS_NTDS,
  };
  const nameSpace = oneOf('-p', options.p, nameSpaces);
  console.log('This program needs Windows, and a name space that takes registrations.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return ERR('WSAStartup');
  try {
    if (options.s === undefined) {
      return options.c === undefined ? PrintNameSpaces() : DoClient(name, type, nameSpace);
    }
    if (name !== '*') return DoServer(name, type, nameSpace);
    console.log('A server needs a name that is no wildcard');
    return 1;
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
