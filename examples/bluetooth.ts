/**
 * Bluetooth over RFCOMM: the server registers a service and accepts; the client finds a device by its
 * name, or is given its address, connects and sends. Needs Windows and a Bluetooth radio.
 *
 *   npm start -- examples/bluetooth.ts -c 1
 *   npm start -- examples/bluetooth.ts -n ServerDevice -c 1
 */

import { hostname } from 'node:os';
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
  WSA_E_NO_MORE,
  WSACleanup,
  WSADATA,
  WSAEFAULT,
  WSAGetLastError,
  WSALookupServiceBeginW,
  WSALookupServiceEnd,
  WSALookupServiceNextW,
  WSAQUERYSETW,
  WSASetServiceW,
  WSAStartup,
  WSAStringToAddressW,
} from 'winsock';
import { Sleep } from 'winsock/kernel';
import { getopt, integer } from './shared/options.ts';

const SERVICE_CLASS = guidFromString('{b62c4e8d-62cc-404b-bbbf-bf3e3bbb1374}');
const CXN_INSTANCE_STRING = 'Sample Bluetooth Server';
const CXN_MAX_INQUIRY_RETRY = 3;
const CXN_DELAY_NEXT_INQUIRY = 15;
const CXN_DEFAULT_LISTEN_BACKLOG = 4;
/** What is sent: characters of two bytes, and a zero. */
const CXN_TEST_DATA = Buffer.from(
  '~!@#$%^&*()-_=+?<>1234567890abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\0',
  'utf16le',
);
const USAGE = `usage: bluetooth [-n NAME | -a ADDRESS] [-c CYCLES]
  -n NAME     be a client of the device of that name
  -a ADDRESS  be a client of the device at (XX:XX:XX:XX:XX:XX)
  -c CYCLES   how many connections; 0 goes on for ever (default: 1)
Without -n and -a it is the server. Needs Windows and a Bluetooth radio.`;

const failed = (what: string) => {
  console.log(`=CRITICAL= | ${what} call failed. WSAGetLastError=[${WSAGetLastError()}]`);
  return 1;
};

/** Looks in the list that the system keeps for a device of that name, then asks the radio, twice. */
function NameToBthAddr(name: string): SOCKADDR_BTH | null {
  for (let retry = 0; retry < CXN_MAX_INQUIRY_RETRY; retry++) {
    let ulFlags = LUP_CONTAINERS | LUP_RETURN_NAME | LUP_RETURN_ADDR;
    if (retry === 0) {
      console.log('*INFO* | Inquiring device from cache...');
    } else {
      ulFlags |= LUP_FLUSHCACHE;
      const wait = `Waiting for ${CXN_DELAY_NEXT_INQUIRY} seconds before re-inquiry...`;
      console.log(`*INFO* | Unable to find device.  ${wait}`);
      Sleep(1000 * CXN_DELAY_NEXT_INQUIRY);
      console.log('*INFO* | Inquiring device ...');
    }
    const query = new WSAQUERYSETW({ dwSize: sizeof(WSAQUERYSETW), dwNameSpace: NS_BTH });
    const hLookup = ref(HANDLE);
    if (WSALookupServiceBeginW(query, ulFlags, hLookup) === SOCKET_ERROR) {
      // The list may be empty where no radio has been asked yet.
      if (retry === 0) continue;
      failed('WSALookupServiceBegin()');
      return null;
    }
    try {
      let memory = Buffer.alloc(sizeof(WSAQUERYSETW));
      while (true) {
        const length = ref(DWORD, memory.length);
        if (WSALookupServiceNextW(hLookup.value, ulFlags, length, memory) === SOCKET_ERROR) {
          const error = WSAGetLastError();
          if (error === WSAEFAULT && length.value > memory.length) {
            memory = Buffer.alloc(length.value);
            continue;
          }
          if (error !== WSA_E_NO_MORE) failed('WSALookupServiceNext()');
          break;
        }
        const results = cast(WSAQUERYSETW, memory);
        if (results.lpszServiceInstanceName?.toLowerCase() !== name.toLowerCase()) continue;
        const { lpSockaddr } = results.lpcsaBuffer!.RemoteAddr;
        return new SOCKADDR_BTH(cast(SOCKADDR_BTH, lpSockaddr!));
      }
    } finally {
      WSALookupServiceEnd(hLookup.value);
    }
  }
  return null;
}

function RunClientMode(RemoteAddr: SOCKADDR_BTH, iMaxCxnCycles: number): number {
  RemoteAddr.addressFamily = AF_BTH;
  RemoteAddr.serviceClassId.set(SERVICE_CLASS);
  RemoteAddr.port = 0;
  for (let i = 0; i < iMaxCxnCycles || iMaxCxnCycles === 0; i++) {
    console.log();
    const LocalSocket = socket(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM);
    if (LocalSocket === INVALID_SOCKET) return failed('socket()');
    if (connect(LocalSocket, RemoteAddr, sizeof(RemoteAddr)) === SOCKET_ERROR) {
      return failed('connect()');
    }
    const text = CXN_TEST_DATA.toString('utf16le', 0, CXN_TEST_DATA.length - 2);
    console.log(`*INFO* | Sending following data string:\n${text}`);
    if (send(LocalSocket, CXN_TEST_DATA, CXN_TEST_DATA.length, 0) === SOCKET_ERROR) {
      return failed('send()');
    }
    if (closesocket(LocalSocket) === SOCKET_ERROR) return failed('closesocket()');
  }
  return 0;
}

function RunServerMode(iMaxCxnCycles: number): number {
  const LocalSocket = socket(AF_BTH, SOCK_STREAM, BTHPROTO_RFCOMM);
  if (LocalSocket === INVALID_SOCKET) return failed('socket()');
  const local = new SOCKADDR_BTH({ addressFamily: AF_BTH, port: BT_PORT_ANY });
  if (bind(LocalSocket, local, sizeof(local)) === SOCKET_ERROR) return failed('bind()');
  if (getsockname(LocalSocket, local, ref(int, sizeof(local))) === SOCKET_ERROR) {
    return failed('getsockname()');
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
    lpszServiceInstanceName: `${hostname()} ${CXN_INSTANCE_STRING}`,
    lpszComment: 'Example of a service registered in the directory',
    lpServiceClassId: SERVICE_CLASS,
    dwNameSpace: NS_BTH,
    dwNumberOfCsAddrs: addresses.length,
    lpcsaBuffer: addresses[0]!,
  });
  if (WSASetServiceW(service, RNRSERVICE_REGISTER, 0) === SOCKET_ERROR) {
    return failed('WSASetService()');
  }
  if (listen(LocalSocket, CXN_DEFAULT_LISTEN_BACKLOG) === SOCKET_ERROR) return failed('listen()');
  for (let i = 0; i < iMaxCxnCycles || iMaxCxnCycles === 0; i++) {
    console.log();
    const ClientSocket = accept(LocalSocket, null, null);
    if (ClientSocket === INVALID_SOCKET) return failed('accept()');
    const buffer = Buffer.alloc(CXN_TEST_DATA.length);
    let total = 0;
    while (total < buffer.length) {
      const received = recv(ClientSocket, buffer.subarray(total), buffer.length - total, 0);
      if (received === SOCKET_ERROR) return failed('recv()');
      if (received === 0) break;
      total += received;
    }
    if (total !== buffer.length) {
      const lengths = `Expected Length = [${buffer.length}], Actual Length = [${total}]`;
      console.log(`+WARNING+ | Data transfer aborted mid-stream. ${lengths}`);
    }
    const text = buffer.toString('utf16le', 0, total).replace(/\0.*/s, '');
    console.log(`*INFO* | Received following data string from remote device:\n${text}`);
    if (closesocket(ClientSocket) === SOCKET_ERROR) return failed('closesocket()');
  }
  closesocket(LocalSocket);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'n:a:c:');
  const cycles = integer('-c', options.c, 1);
  console.log('This program needs Windows and a Bluetooth radio.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) {
    console.log('-FATAL- | Unable to initialize Winsock version 2.2');
    return 1;
  }
  try {
    const unknown = '-FATAL- | Unable to get address of the remote radio having';
    if (options.n !== undefined) {
      const RemoteBthAddr = NameToBthAddr(options.n);
      if (RemoteBthAddr !== null) return RunClientMode(RemoteBthAddr, cycles);
      console.log(`${unknown} name ${options.n}`);
      return 1;
    }
    if (options.a !== undefined) {
      const RemoteBthAddr = new SOCKADDR_BTH();
      const length = ref(int, sizeof(RemoteBthAddr));
      if (WSAStringToAddressW(options.a, AF_BTH, null, RemoteBthAddr, length) !== SOCKET_ERROR) {
        return RunClientMode(RemoteBthAddr, cycles);
      }
      console.log(`${unknown} formated address-string ${options.a}`);
      return 1;
    }
    return RunServerMode(cycles);
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
