/**
 * Bluetooth over RFCOMM: the server registers a service and accepts; the client finds a device by its
 * name, or is given its address, connects and sends. Needs Windows and a Bluetooth radio.
 *
 *   npm start -- examples/bluetooth.ts -c 1
 *   npm start -- examples/bluetooth.ts -n ServerDevice -c 1
 */

import {
  AF_BTH,
  accept,
  arrayOf,
  BT_PORT_ANY,
  BTHPROTO_RFCOMM,
  bind,
  CSADDR_INFO,
  cast,
  closesocket,
  connect,
  DWORD,
  getsockname,
  guidFromString,
  HANDLE,
  INVALID_SOCKET,
  int,
  LUP_CONTAINERS,
  LUP_FLUSHCACHE,
  LUP_RETURN_ADDR,
  LUP_RETURN_NAME,
  listen,
  MAKEWORD,
  NS_BTH,
  RNRSERVICE_REGISTER,
  recv,
  ref,
  SOCK_STREAM,
  SOCKADDR_BTH,
  SOCKET_ERROR,
  send,
  sizeof,
  sockaddr,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSALookupServiceBeginW,
  WSALookupServiceEnd,
  WSALookupServiceNextW,
  WSAQUERYSETW,
  WSASetServiceW,
  WSAStartup,
  WSAStringToAddressW,
} from 'winsock';
import { getopt, integer } from './shared/options.ts';

const SERVICE_CLASS = guidFromString('{b62c4e8d-62cc-404b-bbbf-bf3e3bbb1374}');
const INSTANCE = 'Sample Bluetooth Server';
const USAGE = `usage: bluetooth [-n NAME | -a ADDRESS] [-c CYCLES]
  -n NAME     be a client of the device of that name
  -a ADDRESS  be a client of the device at (XX:XX:XX:XX:XX:XX)
  -c CYCLES   how many connections; 0 goes on for ever (default: 1)
Without -n and -a it is the server. Needs Windows and a Bluetooth radio.`;

const failed = (what: string) => {
  console.log(`${what} failed, error ${WSAGetLastError()}`);
  return 1;
};

/** Asks the radio for devices until one has the name. The second time it looks anew. */
function NameToBthAddr(name: string): SOCKADDR_BTH | undefined {
  for (const flush of [0, LUP_FLUSHCACHE]) {
    const query = new WSAQUERYSETW({ dwSize: sizeof(WSAQUERYSETW), dwNameSpace: NS_BTH });
    const flags = LUP_CONTAINERS | LUP_RETURN_NAME | LUP_RETURN_ADDR | flush;
    const lookup = ref(HANDLE);
    if (WSALookupServiceBeginW(query, flags, lookup) === SOCKET_ERROR) {
      failed('WSALookupServiceBegin');
      return undefined;
    }
    try {
      while (true) {
        const memory = Buffer.alloc(8192);
        const results = cast(WSAQUERYSETW, memory);
        results.dwSize = sizeof(WSAQUERYSETW);
        const length = ref(DWORD, memory.length);
        if (WSALookupServiceNextW(lookup.value, flags, length, memory) === SOCKET_ERROR) break;
        console.log(`Found ${results.lpszServiceInstanceName}`);
        if (results.lpszServiceInstanceName?.toLowerCase() !== name.toLowerCase()) continue;
        const { lpSockaddr } = results.lpcsaBuffer!.RemoteAddr;
        return new SOCKADDR_BTH(cast(SOCKADDR_BTH, lpSockaddr!));
      }
    } finally {
      WSALookupServiceEnd(lookup.value);
    }
  }
  console.log(`No device is called ${name}`);
  return undefined;
}

function ParseAddress(text: string): SOCKADDR_BTH | undefined {
  const address = new SOCKADDR_BTH();
  const length = ref(int, sizeof(address));
  if (WSAStringToAddressW(text, AF_BTH, null, address, length) !== SOCKET_ERROR) return address;
  failed('WSAStringToAddress');
  return undefined;
}

function RunClientMode(remote: SOCKADDR_BTH, cycles: number): number {
  remote.addressFamily = AF_BTH;
  remote.serviceClassId.set(SERVICE_CLASS);
  remote.port = 0;
  const data = Buffer.from('~!@#$%^&*()-_=+?<>1234567890abcdefghijklmnopqrstuvwxyz');
  for (let cycle = 0; cycles === 0 || cycle < cycles; cycle++) {
    const s = socket(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM);
    if (s === INVALID_SOCKET) return failed('socket');
    if (connect(s, remote, sizeof(remote)) === SOCKET_ERROR) return failed('connect');
    if (send(s, data, data.length, 0) === SOCKET_ERROR) return failed('send');
    console.log(`Sent ${data.length} bytes`);
    closesocket(s);
  }
  return 0;
}

function RunServerMode(cycles: number): number {
  const listener = socket(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM);
  if (listener === INVALID_SOCKET) return failed('socket');
  const local = new SOCKADDR_BTH({ addressFamily: AF_BTH, port: BT_PORT_ANY });
  if (bind(listener, local, sizeof(local)) === SOCKET_ERROR) return failed('bind');
  if (getsockname(listener, local, ref(int, sizeof(local))) === SOCKET_ERROR) {
    return failed('getsockname');
  }
  // The service is found by its class: it names the port that the system chose.
  const address = { lpSockaddr: cast(sockaddr, local), iSockaddrLength: sizeof(local) };
  const addresses = arrayOf(CSADDR_INFO, [
    {
      LocalAddr: address,
      RemoteAddr: address,
      iSocketType: SOCK_STREAM,
      iProtocol: BTHPROTO_RFCOMM,
    },
  ]);
  const service = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: INSTANCE,
    lpszComment: 'Example of a service registered in the directory',
    lpServiceClassId: SERVICE_CLASS,
    dwNameSpace: NS_BTH,
    dwNumberOfCsAddrs: addresses.length,
    lpcsaBuffer: addresses[0]!,
  });
  if (WSASetServiceW(service, RNRSERVICE_REGISTER, 0) === SOCKET_ERROR) {
    return failed('WSASetService');
  }
  if (listen(listener, 4) === SOCKET_ERROR) return failed('listen');
  for (let cycle = 0; cycles === 0 || cycle < cycles; cycle++) {
    const s = accept(listener, null, null);
    if (s === INVALID_SOCKET) return failed('accept');
    const buffer = Buffer.alloc(4096);
    let text = '';
    for (let n = 1; n > 0; ) {
      n = recv(s, buffer, buffer.length, 0);
      if (n > 0) text += buffer.toString('latin1', 0, n);
    }
    console.log(`Received ${text.length} bytes: ${text}`);
    closesocket(s);
  }
  closesocket(listener);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'n:a:c:');
  const cycles = integer('-c', options.c, 1);
  console.log('This program needs Windows and a Bluetooth radio.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return failed('WSAStartup');
  try {
    if (options.n === undefined && options.a === undefined) return RunServerMode(cycles);
    const remote = options.a === undefined ? NameToBthAddr(options.n!) : ParseAddress(options.a);
    return remote === undefined ? 1 : RunClientMode(remote, cycles);
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
