/**
 * Service providers: lists the catalog of transport providers and of name space providers, and drives a
 * base provider directly, past Ws2_32.dll: its DLL is loaded, its WSPStartup called, and a socket made
 * with the functions of its table. Installing a layered provider needs a DLL of one's own.
 *
 *   npm start -- examples/lsp.ts -p
 */

import {
  AF_INET,
  arrayOf,
  BASE_PROTOCOL,
  DWORD,
  errorName,
  guidToString,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  LAYERED_PROTOCOL,
  MAKEWORD,
  ref,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKET_ERROR,
  sizeof,
  sockaddr_in,
  WideCharArray,
  WSACleanup,
  WSADATA,
  WSAENOBUFS,
  WSAPROTOCOL_INFOW,
  WSAStartup,
} from 'winsock';
import { addressFamilyName } from 'winsock/names';
import { openTransportProvider, WSCEnumProtocols, WSCGetProviderPath } from 'winsock/spi';
import { getopt } from './shared/options.ts';

const USAGE = `usage: lsp [-p] [-l] [-d]
  -p  print the catalog of transport providers (default)
  -l  print where each provider's DLL is
  -d  drive the base provider of UDP through its own table`;

/** The catalog: asked for its size first, as every list of Winsock is. */
function EnumerateProviders(): WSAPROTOCOL_INFOW[] {
  const size = ref(DWORD, 0);
  const error = ref(int);
  const none = WSCEnumProtocols(null, null, size, error);
  if (none !== SOCKET_ERROR || error.value !== WSAENOBUFS) return [];
  const catalog = arrayOf(WSAPROTOCOL_INFOW, Math.ceil(size.value / sizeof(WSAPROTOCOL_INFOW)));
  const total = WSCEnumProtocols(null, catalog, size, error);
  if (total !== SOCKET_ERROR) return [...catalog].slice(0, total);
  console.error(`WSCEnumProtocols failed: ${error.value} ${errorName(error.value)}`);
  return [];
}

/** Base provider, layered provider, or a chain of providers by catalog entries. */
function ChainText({ ProtocolChain }: WSAPROTOCOL_INFOW): string {
  const { ChainLen, ChainEntries } = ProtocolChain;
  if (ChainLen === BASE_PROTOCOL) return 'base';
  if (ChainLen === LAYERED_PROTOCOL) return 'layered';
  return `chain ${[...(ChainEntries as Iterable<number>)].slice(0, ChainLen).join(' -> ')}`;
}

function PrintProvider(info: WSAPROTOCOL_INFOW): void {
  const type = info.iSocketType === SOCK_STREAM ? 'SOCK_STREAM' : `type ${info.iSocketType}`;
  console.log(`${String(info.dwCatalogEntryId).padStart(5)}  ${info.szProtocol}`);
  console.log(`       ${guidToString(info.ProviderId)}`);
  const family = addressFamilyName(info.iAddressFamily) ?? info.iAddressFamily;
  console.log(`       ${family}, ${type}, protocol ${info.iProtocol}, ${ChainText(info)}`);
}

function ProviderPath(info: WSAPROTOCOL_INFOW): string | undefined {
  const path = new WideCharArray(new ArrayBuffer(2 * 260));
  const length = ref(int, 260);
  const error = ref(int);
  if (WSCGetProviderPath(info.ProviderId, path, length, error) === SOCKET_ERROR) {
    console.error(`WSCGetProviderPath failed: ${error.value} ${errorName(error.value)}`);
    return undefined;
  }
  return `${path}`;
}

/** Makes a socket by the provider's own functions. A provider reports errors through lpErrno. */
function DriveProvider(info: WSAPROTOCOL_INFOW): number {
  const dll = ProviderPath(info);
  if (!dll) {
    console.error('This system has no provider in a DLL of its own: -d needs Windows');
    return 1;
  }
  console.log(`Loading ${dll}`);
  using provider = openTransportProvider({ dll, protocolInfo: info });
  const { WSPSocket, WSPBind, WSPGetSockName, WSPCloseSocket } = provider.functions;
  const error = ref(int);
  const s = WSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, info, 0, 0, error);
  if (s === INVALID_SOCKET) {
    console.error(`WSPSocket failed: ${error.value} ${errorName(error.value)}`);
    return 1;
  }
  const name = new sockaddr_in({ sin_family: AF_INET });
  const length = ref(int, sizeof(name));
  if (WSPBind(s, name, sizeof(name), error) === SOCKET_ERROR) {
    console.error(`WSPBind failed: ${error.value}`);
  } else if (WSPGetSockName(s, name, length, error) !== SOCKET_ERROR) {
    console.log(`The provider bound socket ${s} to a port`);
  }
  return WSPCloseSocket(s, error) === SOCKET_ERROR ? 1 : 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'pld');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  try {
    const catalog = EnumerateProviders();
    if (options.l !== undefined) {
      for (const info of catalog) console.log(`${info.dwCatalogEntryId}  ${ProviderPath(info)}`);
    } else if (options.d === undefined) {
      for (const info of catalog) PrintProvider(info);
      console.log(`${catalog.length} providers`);
    }
    const udp = catalog.find(
      (one) => one.iAddressFamily === AF_INET && one.iProtocol === IPPROTO_UDP,
    );
    if (options.d !== undefined) return udp ? DriveProvider(udp) : 1;
    return catalog.length > 0 ? 0 : 1;
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
