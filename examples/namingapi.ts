/**
 * A name space of e-mail addresses: the client publishes an address with where its owner is, or takes it
 * back; with -p the program is the provider that keeps what is published, as long as it runs. The
 * provider must have been installed under its id (WSCInstallNameSpaceEx). Needs Windows.
 *
 *   npm start -- examples/namingapi.ts -p
 *   npm start -- examples/namingapi.ts someone@sampleprovider.net
 */

import {
  AF_INET6,
  AF_UNSPEC,
  arrayOf,
  CSADDR_INFO,
  cast,
  guidFromString,
  type HANDLE,
  IPPROTO_TCP,
  MAKEWORD,
  NS_EMAIL,
  ptr,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  ref,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  SOCKET_ERROR,
  sizeof,
  sockaddr,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  type WSAQUERYSET2W,
  WSAQUERYSETW,
  WSASetServiceW,
  WSAStartup,
} from 'winsock';
import {
  implementNamespaceV2Provider,
  NSPV2_ROUTINE,
  WSAAdvertiseProvider,
  WSAProviderCompleteAsyncCall,
  WSAUnadvertiseProvider,
} from 'winsock/spi';
import { getopt } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';
import { printf } from './shared/threads.ts';

const PROVIDER_ID = guidFromString('{7b1f2f24-6b1b-4d6f-9f0a-3c1d8c2a4e55}');
const USAGE = `usage: namingapi [-u] EMAIL
       namingapi -p
  -u  take the address back instead of publishing it
  -p  be the provider
Needs Windows, where the provider is installed.`;

/** What has been published: addresses by e-mail address. */
const published = new Map<string, string[]>();

/** The addresses of a registration, as text. */
function AddressesOf(info: WSAQUERYSET2W): string[] {
  return Array.from({ length: info.dwNumberOfCsAddrs }, (_, i) => {
    const entry = cast(CSADDR_INFO, info.lpcsaBuffer!, i * sizeof(CSADDR_INFO));
    const { lpSockaddr, iSockaddrLength } = entry.RemoteAddr;
    return FormatAddress(cast(SOCKADDR_STORAGE, lpSockaddr!), iSockaddrLength);
  });
}

/** Called by the system, on its own threads, for each client that registers. */
function NSPv2SetServiceEx(hAsyncCall: HANDLE, info: WSAQUERYSET2W, operation: number): void {
  const name = info.lpszServiceInstanceName ?? '';
  if (operation === RNRSERVICE_REGISTER) published.set(name, AddressesOf(info));
  else published.delete(name);
  printf('%s: %s\n', name, published.get(name)?.join(', ') ?? 'no longer published');
  WSAProviderCompleteAsyncCall(hAsyncCall, 0);
}

async function Provider(): Promise<number> {
  using provider = implementNamespaceV2Provider({
    name: 'the e-mail name space',
    procedures: {
      NSPv2Startup: () => 0,
      NSPv2Cleanup: () => 0,
      NSPv2ClientSessionRundown: () => 0,
      NSPv2SetServiceEx: (hAsyncCall, _id, info, operation) => {
        if (info) NSPv2SetServiceEx(hAsyncCall, info, operation);
        return 0;
      },
    },
  });
  const table = ref(ptr(NSPV2_ROUTINE), provider.table);
  if (WSAAdvertiseProvider(PROVIDER_ID, table) === SOCKET_ERROR) {
    printf('WSAAdvertiseProvider failed: %d\n', WSAGetLastError());
    return 1;
  }
  printf('The provider is there until Ctrl-C\n');
  const stay = setInterval(() => {}, 1 << 30);
  await new Promise((ended) => process.once('SIGINT', ended));
  clearInterval(stay);
  WSAUnadvertiseProvider(PROVIDER_ID);
  return 0;
}

/** Publishes an e-mail address with the addresses of this machine, or takes it back. */
function PublishEmail(name: string, publish: boolean): number {
  const host = process.env.COMPUTERNAME ?? 'localhost';
  const local =
    ResolveAddress(host, '0', AF_INET6, SOCK_STREAM, IPPROTO_TCP) ??
    ResolveAddress('localhost', '0', AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP);
  const found = [];
  for (let entry = local; entry; entry = entry.ai_next) {
    const address = {
      lpSockaddr: cast(sockaddr, entry.ai_addr!),
      iSockaddrLength: entry.ai_addrlen,
    };
    found.push({
      LocalAddr: address,
      RemoteAddr: address,
      iSocketType: SOCK_STREAM,
      iProtocol: IPPROTO_TCP,
    });
  }
  const addresses = arrayOf(CSADDR_INFO, found);
  const querySet = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpszContext: 'Sample service',
    dwNameSpace: NS_EMAIL,
    dwNumberOfCsAddrs: addresses.length,
    lpcsaBuffer: addresses[0] ?? null,
  });
  const operation = publish ? RNRSERVICE_REGISTER : RNRSERVICE_DELETE;
  if (WSASetServiceW(querySet, operation, 0) === SOCKET_ERROR) {
    printf('WSASetService failed: %d\n', WSAGetLastError());
    return 1;
  }
  printf('%s is %s\n', name, publish ? 'published' : 'no longer published');
  return 0;
}

const [options, email] = getopt(USAGE, 'up', 1);
if (options.p === undefined && email === undefined) {
  console.error(USAGE);
  process.exit(1);
}
printf('This program needs Windows, where the provider is installed.\n');
WSAStartup(MAKEWORD(2, 2), new WSADATA());
try {
  process.exitCode =
    options.p === undefined ? PublishEmail(email!, options.u === undefined) : await Provider();
} catch (error) {
  // Older systems lack the functions of providers.
  printf('%s\n', (error as Error).message);
  process.exitCode = 1;
}
WSACleanup();
