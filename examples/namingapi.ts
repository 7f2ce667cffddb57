/**
 * A name space of e-mail addresses: the client publishes an address with where its owner is, or takes it
 * back. With -run the program is the provider of the domain, which keeps what is published as long as it
 * runs; -install enters the provider into the catalog first. Needs Windows; Wine has no such providers.
 *
 *   npm start -- examples/namingapi.ts -install
 *   npm start -- examples/namingapi.ts -run
 *   npm start -- examples/namingapi.ts someone@sampleprovider.net
 */

import {
  AF_INET6,
  AF_UNSPEC,
  arrayOf,
  BLOB,
  CSADDR_INFO,
  cast,
  guidFromString,
  type HANDLE,
  IPPROTO_TCP,
  MAKEWORD,
  NAPI_DOMAIN_DESCRIPTION_BLOB,
  NAPI_PROVIDER_INSTALLATION_BLOB,
  NS_EMAIL,
  ProviderLevel_Primary,
  ProviderType_Application,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  SOCK_STREAM,
  SOCKET_ERROR,
  sizeof,
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
  WSAAdvertiseProvider,
  WSAProviderCompleteAsyncCall,
  WSAUnadvertiseProvider,
  WSCInstallNameSpaceEx,
  WSCUnInstallNameSpace,
} from 'winsock/spi';
import { getopt, wrong } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';
import { printf } from './shared/threads.ts';

const PROVIDER_ID = guidFromString('{7b1f2f24-6b1b-4d6f-9f0a-3c1d8c2a4e55}');
const DOMAIN = 'sampleprovider.net';
const USAGE = `usage: namingapi [-u] EMAIL
       namingapi -install | -run | -remove
  EMAIL     an address @${DOMAIN}
  -u        take the address back instead of publishing it
  -install  install the provider
  -run      be the provider
  -remove   take the provider out of the catalog
Needs Windows, and administrators' rights to install and remove.`;

/** Installs the provider, with a description of the domains that it knows all about. */
function Install(): number {
  const DomainName = Buffer.from(`${DOMAIN}\0`, 'utf16le');
  const InstallBlob = new NAPI_PROVIDER_INSTALLATION_BLOB({
    dwVersion: 1,
    dwProviderType: ProviderType_Application,
    cDomains: 1,
    OffsetFirstDomain: sizeof(NAPI_PROVIDER_INSTALLATION_BLOB),
  });
  const next = sizeof(InstallBlob) + sizeof(NAPI_DOMAIN_DESCRIPTION_BLOB);
  const DomainBlob = new NAPI_DOMAIN_DESCRIPTION_BLOB({
    AuthLevel: ProviderLevel_Primary,
    cchDomainName: DOMAIN.length,
    OffsetNextDomainDescription: next,
    OffsetThisDomainName: next,
  });
  const data = Buffer.concat([InstallBlob, DomainBlob, DomainName]);
  const blob = new BLOB({ cbSize: data.length, pBlobData: data });
  if (WSCInstallNameSpaceEx('Sample Provider', '', NS_EMAIL, 1, PROVIDER_ID, blob) !== 0) {
    printf('The provider cannot be installed: %d\n', WSAGetLastError());
    return 1;
  }
  printf('The provider is installed; start it with -run\n');
  return 0;
}

function Remove(): number {
  if (WSCUnInstallNameSpace(PROVIDER_ID) === 0) return 0;
  printf('WSCUnInstallNameSpace failed: %d\n', WSAGetLastError());
  return 1;
}

/** What has been published: addresses by e-mail address. */
const published = new Map<string, string[]>();

/** The addresses of a registration, as text. */
function AddressesOf(info: WSAQUERYSET2W): string[] {
  return Array.from({ length: info.dwNumberOfCsAddrs }, (_, i) => {
    const entry = cast(CSADDR_INFO, info.lpcsaBuffer!, i * sizeof(CSADDR_INFO));
    const { lpSockaddr, iSockaddrLength } = entry.RemoteAddr;
    return FormatAddress(lpSockaddr, iSockaddrLength);
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
      NSPv2ClientSessionRundown: () => {},
      NSPv2SetServiceEx: (hAsyncCall, _id, info, operation) => {
        if (info) NSPv2SetServiceEx(hAsyncCall, info, operation);
      },
    },
  });
  if (WSAAdvertiseProvider(PROVIDER_ID, provider.table) === SOCKET_ERROR) {
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
      lpSockaddr: entry.ai_addr,
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

const [options, email] = getopt(USAGE, ['u', 'install', 'run', 'remove'], 1);
const roles = { install: Install, run: Provider, remove: Remove };
const role = Object.entries(roles).find(([name]) => options[name] !== undefined)?.[1];
if (role === undefined && email === undefined) wrong('An address is missing');
printf('This program needs Windows, where the provider is installed.\n');
WSAStartup(MAKEWORD(2, 2), new WSADATA());
try {
  process.exitCode = role ? await role() : PublishEmail(email!, options.u === undefined);
} catch (error) {
  // Older systems lack the functions of providers.
  printf('%s\n', (error as Error).message);
  process.exitCode = 1;
}
WSACleanup();
