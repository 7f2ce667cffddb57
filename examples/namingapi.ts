/**
 * A name space of e-mail addresses: the client publishes an address with where its owner is, or takes it
 * back. With -run the program is the provider of the domain, which keeps what is published as long as it
 * runs; -install enters the provider into the catalog first. Needs Windows; Wine has no such providers.
 *
 *   npm start -- examples/namingapi.ts -install
 *   npm start -- examples/namingapi.ts -run
 *   npm start -- examples/namingapi.ts someone@sampleprovider.net
 */

import { hostname } from 'node:os';
import {
  addrinfo,
  arrayOf,
  BLOB,
  type CArray,
  CSADDR_INFO,
  cast,
  freeaddrinfo,
  getaddrinfo,
  guidFromString,
  HANDLE,
  IPPROTO_TCP,
  LUP_RETURN_PREFERRED_NAMES,
  MAKEWORD,
  NAPI_DOMAIN_DESCRIPTION_BLOB,
  NAPI_PROVIDER_INSTALLATION_BLOB,
  NS_EMAIL,
  PF_INET6,
  type Pointer,
  ProviderLevel_Primary,
  ProviderType_Application,
  ptr,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  ref,
  SOCK_STREAM,
  SOCKET_ERROR,
  sizeof,
  sockaddr,
  sockaddr_in6,
  type WinsockError,
  WSA_E_NO_MORE,
  WSA_NOT_ENOUGH_MEMORY,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAHOST_NOT_FOUND,
  WSANO_DATA,
  WSAQUERYSET2W,
  WSAQUERYSETW,
  WSASetServiceW,
  WSAStartup,
} from 'winsock';
import {
  answerLookup,
  implementNamespaceV2Provider,
  WSAAdvertiseProvider,
  WSAProviderCompleteAsyncCall,
  WSAUnadvertiseProvider,
  WSCInstallNameSpaceEx,
  WSCUnInstallNameSpace,
} from 'winsock/spi';
import { getopt, wrong } from './shared/options.ts';
import { FormatAddress } from './shared/resolve.ts';
import { printf } from './shared/threads.ts';

const PROVIDER_ID = guidFromString('{7b1f2f24-6b1b-4d6f-9f0a-3c1d8c2a4e55}');
const DOMAIN = 'sampleprovider.net';
const MAX_ADDR = 16;
const MAX_REGISTRATIONS = 256;
const LINE = '-'.repeat(70);
const USAGE = `usage: namingapi [-u] EMAIL [SERVICE]
       namingapi -install | -run | -remove
  EMAIL     an address, @${DOMAIN} for the provider of this program
  SERVICE   the name of a service
  -u        unpublish: take the address back (default: publish it)
  -install  install the provider
  -run      be the provider, until Enter
  -remove   take the provider out of the catalog
Needs Windows, and administrators' rights to install and remove.`;

/** Enters the provider into the catalog, with a description of the domains that it knows all about. */
function DoInstall(): number {
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
  return WSCInstallNameSpaceEx('Sample Provider', '', NS_EMAIL, 1, PROVIDER_ID, blob);
}

const DoUninstall = () => WSCUnInstallNameSpace(PROVIDER_ID);

function Install(): number {
  if (DoInstall() !== 0) {
    // It may be there from another time.
    DoUninstall();
    if (DoInstall() !== 0) {
      const error = WSAGetLastError();
      printf('Failed to install provider. Be sure you are running as admin. Err=%d\n', error);
      return 1;
    }
  }
  printf('Successfully installed provider. Please start service with -run\n');
  return 0;
}

function Remove(): number {
  if (DoUninstall() === 0) return 0;
  printf('WSCUnInstallNameSpace failed: %d\n', WSAGetLastError());
  return 1;
}

/** An address that a client has published, with copies of where its owner is. */
interface RegInfo {
  readonly EmailAddress: string;
  readonly ServiceName: string;
  readonly Addresses: readonly sockaddr_in6[];
}
const registrations: RegInfo[] = [];

function FindRegistration(email: string | null, service: string | null): number {
  return registrations.findIndex(
    ({ EmailAddress, ServiceName }) => EmailAddress === email && ServiceName === (service ?? ''),
  );
}

function AddRegistration(info: WSAQUERYSET2W): number {
  if (registrations.length === MAX_REGISTRATIONS) return WSA_NOT_ENOUGH_MEMORY;
  const EmailAddress = info.lpszServiceInstanceName ?? '';
  const ServiceName = info.lpszContext ?? '';
  const Addresses = Array.from({ length: info.dwNumberOfCsAddrs }, (_, i) => {
    const { RemoteAddr } = cast(CSADDR_INFO, info.lpcsaBuffer!, i * sizeof(CSADDR_INFO));
    return new sockaddr_in6(cast(sockaddr_in6, RemoteAddr.lpSockaddr!));
  });
  registrations.push({ EmailAddress, ServiceName, Addresses });
  printf('Registration for %s (service = %s) added.\n', EmailAddress, ServiceName);
  return 0;
}

function RemoveRegistration(info: WSAQUERYSET2W): number {
  const found = FindRegistration(info.lpszServiceInstanceName, info.lpszContext);
  if (found < 0) return WSAHOST_NOT_FOUND;
  registrations.splice(found, 1);
  printf('Registration for %s removed.\n', info.lpszServiceInstanceName);
  return 0;
}

/** What lookups ask for, by their handles; each has one answer. */
const lookups = new Map<HANDLE, { readonly answer: () => WSAQUERYSET2W | null; done: boolean }>();
let lastLookup = 0;

function NSPv2LookupServiceBegin(
  asked: WSAQUERYSET2W | null,
  dwControlFlags: number,
  phLookup: Pointer,
): number {
  const result = { dwNameSpace: NS_EMAIL, lpNSProviderId: PROVIDER_ID };
  const { lpszServiceInstanceName: email, lpszContext: service } = asked ?? new WSAQUERYSET2W();
  const answer = () => {
    if (dwControlFlags & LUP_RETURN_PREFERRED_NAMES) {
      const name = `You@${DOMAIN}`;
      const dwOutputFlags = LUP_RETURN_PREFERRED_NAMES;
      return new WSAQUERYSET2W({ ...result, lpszServiceInstanceName: name, dwOutputFlags });
    }
    const info = registrations[FindRegistration(email, service)];
    if (info === undefined) return null;
    const addresses = AddressInfos(info.Addresses);
    return new WSAQUERYSET2W({
      ...result,
      lpszServiceInstanceName: info.EmailAddress,
      dwNumberOfCsAddrs: addresses.length,
      lpcsaBuffer: addresses[0] ?? null,
    });
  };
  lookups.set(++lastLookup as HANDLE, { answer, done: false });
  cast(HANDLE, phLookup).value = lastLookup as HANDLE;
  return 0;
}

/** The answer goes into the caller's memory, or what size that has to have. */
function NSPv2LookupServiceNextEx(
  hAsyncCall: HANDLE,
  hLookup: HANDLE,
  pdwBufLen: Pointer<number>,
  pqsResults: WSAQUERYSET2W | null,
): void {
  const request = lookups.get(hLookup);
  let err = WSA_E_NO_MORE;
  if (request && !request.done) {
    const found = request.answer();
    err = found === null ? WSANO_DATA : 0;
    try {
      if (found) answerLookup(pqsResults, pdwBufLen, found);
    } catch (error) {
      err = (error as WinsockError).errno;
    }
    request.done = err === 0;
  }
  WSAProviderCompleteAsyncCall(hAsyncCall, err);
}

/** Called by the system, on its own threads, for each client that publishes or takes back. */
function NSPv2SetServiceEx(hAsyncCall: HANDLE, info: WSAQUERYSET2W, operation: number): void {
  const set = operation === RNRSERVICE_REGISTER ? AddRegistration : RemoveRegistration;
  WSAProviderCompleteAsyncCall(hAsyncCall, set(info));
}

async function Provider(): Promise<number> {
  using provider = implementNamespaceV2Provider({
    name: 'the e-mail name space',
    procedures: {
      NSPv2Startup: () => 0,
      NSPv2Cleanup: () => 0,
      NSPv2ClientSessionRundown: () => {},
      NSPv2LookupServiceBegin: (_id, asked, flags, _session, phLookup) =>
        NSPv2LookupServiceBegin(asked, flags, phLookup),
      NSPv2LookupServiceNextEx: (hAsyncCall, hLookup, _flags, pdwBufLen, pqsResults) =>
        NSPv2LookupServiceNextEx(hAsyncCall, hLookup, pdwBufLen, pqsResults),
      NSPv2LookupServiceEnd: (hLookup) => (lookups.delete(hLookup) ? 0 : SOCKET_ERROR),
      NSPv2SetServiceEx: (hAsyncCall, _id, info, operation) => {
        if (info) NSPv2SetServiceEx(hAsyncCall, info, operation);
      },
    },
  });
  if (WSAAdvertiseProvider(PROVIDER_ID, provider.table) === SOCKET_ERROR) {
    printf('WSAAdvertiseProvider failed: %d\n', WSAGetLastError());
    return 1;
  }
  printf('Hit Enter to quit...\n');
  await new Promise((ended) => process.stdin.once('data', ended).once('end', ended));
  process.stdin.pause();
  WSAUnadvertiseProvider(PROVIDER_ID);
  registrations.length = 0;
  printf('All registrations removed.\n');
  return 0;
}

/** The IPv6 addresses of this machine, at most MAX_ADDR. */
function GetAddresses(): sockaddr_in6[] {
  const rgAddrs: sockaddr_in6[] = [];
  const results = ref(ptr(addrinfo));
  const iErr = getaddrinfo(hostname(), null, new addrinfo({ ai_family: PF_INET6 }), results);
  if (iErr !== 0) printf('getaddrinfo(local machine name) failed error = %d\n', iErr);
  for (let entry = results.value; entry && rgAddrs.length < MAX_ADDR; entry = entry.ai_next) {
    rgAddrs.push(new sockaddr_in6(cast(sockaddr_in6, entry.ai_addr!)));
  }
  freeaddrinfo(results.value);
  return rgAddrs;
}

function AddressInfos(addresses: readonly sockaddr_in6[]): CArray<CSADDR_INFO> {
  const found = addresses.map((one) => {
    const address = { lpSockaddr: cast(sockaddr, one), iSockaddrLength: sizeof(one) };
    const types = { iSocketType: SOCK_STREAM, iProtocol: IPPROTO_TCP };
    return { LocalAddr: address, RemoteAddr: address, ...types };
  });
  return arrayOf(CSADDR_INFO, found);
}

/** Hands name and addresses to the providers of the domain, or takes them back. */
function Publish(fPublish: boolean, email: string, service: string, addrs: sockaddr_in6[]): number {
  const rgAddrs = AddressInfos(addrs);
  const querySet = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: email,
    lpszContext: service,
    dwNameSpace: NS_EMAIL,
    dwNumberOfCsAddrs: rgAddrs.length,
    lpcsaBuffer: rgAddrs[0] ?? null,
  });
  const operation = fPublish ? RNRSERVICE_REGISTER : RNRSERVICE_DELETE;
  return WSASetServiceW(querySet, operation, 0) === SOCKET_ERROR ? WSAGetLastError() : 0;
}

function Client(fPublish: boolean, email: string, service: string): number {
  const rgAddrs = GetAddresses();
  if (rgAddrs.length === 0) {
    printf('No address available to register/unregister\n');
    return 1;
  }
  const what = fPublish ? 'Publishing' : 'Unpublishing';
  printf('%s\n%s the following addresses:\n', LINE, what);
  for (const address of rgAddrs) printf('%s\n', FormatAddress(address, sizeof(address)));
  printf('%s\n\n', LINE);
  const error = Publish(fPublish, email, service, rgAddrs);
  printf('%s %s - error = %d\n', what, error === 0 ? 'SUCCEEDED' : 'FAILED', error);
  return error === 0 ? 0 : 1;
}

const [options, email, service] = getopt(USAGE, ['u', 'install', 'run', 'remove'], 2);
const roles = { install: Install, run: Provider, remove: Remove };
const role = Object.entries(roles).find(([name]) => options[name] !== undefined)?.[1];
if (role === undefined && !email?.includes('@')) wrong('An e-mail address is missing');
printf('This program needs Windows, where the provider is installed.\n');
WSAStartup(MAKEWORD(2, 2), new WSADATA());
try {
  process.exitCode = role ? await role() : Client(options.u === undefined, email!, service ?? '');
} catch (error) {
  // Older systems lack the functions of providers.
  printf('%s\n', (error as Error).message);
  process.exitCode = 1;
}
WSACleanup();
