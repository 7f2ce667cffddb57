/**
 * Layered service providers: prints the catalog of transport providers, installs a provider's DLL over
 * others and removes it, and drives a base provider past Ws2_32.dll, through the table that its
 * WSPStartup fills. The catalog of Wine is fixed: there it is printed only.
 *
 *   npm start -- examples/lsp.ts -p
 *   npm start -- examples/lsp.ts -i -o 1001 -o 1002 -n "My layer" -d C:\lsp\mylsp.dll
 */

import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import {
  AF_INET,
  arrayOf,
  BASE_PROTOCOL,
  DWORD,
  errorName,
  type GUID,
  guidFromString,
  guidToString,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  LAYERED_PROTOCOL,
  MAKEWORD,
  MAX_PROTOCOL_CHAIN,
  PFL_HIDDEN,
  PFL_MATCHES_PROTOCOL_ZERO,
  ref,
  SOCK_DGRAM,
  SOCKET_ERROR,
  sizeof,
  sockaddr_in,
  WideCharArray,
  WSACleanup,
  WSADATA,
  WSAENOBUFS,
  WSAPROTOCOL_INFOW,
  WSAStartup,
  XP1_IFS_HANDLES,
} from 'winsock';
import {
  openTransportProvider,
  WSCDeinstallProvider,
  WSCDeinstallProvider32,
  WSCEnumProtocols,
  WSCEnumProtocols32,
  WSCGetProviderPath,
  WSCGetProviderPath32,
  WSCInstallProvider,
  WSCInstallProvider64_32,
  WSCWriteProviderOrder,
  WSCWriteProviderOrder32,
} from 'winsock/spi';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';

const PROVIDER_ID = guidFromString('{5e7a7ad0-6c1f-4b7e-9d0a-52a1b1f8c3e4}');
const USAGE = `usage: lsp -p | -l | -m | -w | -i OPTIONS | -r CATALOG_ID | -f
  -p          print the catalog and its ids; with -v all about each provider
  -l          print the layered providers only
  -m          print each layered provider with what is layered by it, in order
  -i          install a layered provider
  -a          over all providers, or else
  -o ID       over this one; may be given several times
  -d PATH     path and name of its DLL
  -n NAME     its name
  -h          it is an IFS provider: its sockets are handles of files
  -r ID       remove the layered provider of that id
  -f          remove all layered providers
  -c CATALOG  6: the 64-bit catalog, 3: the 32-bit one, b: both, to install in (default: 6)
  -w          drive the base provider of UDP through the table of its WSPStartup
-i, -r, -f, -w and the 32-bit catalog need Windows, -i, -r and -f administrators' rights.`;

/** On 64-bit systems there are two catalogs, with functions for each. */
const CATALOGS = {
  6: {
    EnumProtocols: WSCEnumProtocols,
    GetProviderPath: WSCGetProviderPath,
    DeinstallProvider: WSCDeinstallProvider,
    WriteProviderOrder: WSCWriteProviderOrder,
  },
  3: {
    EnumProtocols: WSCEnumProtocols32,
    GetProviderPath: WSCGetProviderPath32,
    DeinstallProvider: WSCDeinstallProvider32,
    WriteProviderOrder: WSCWriteProviderOrder32,
  },
};
type Catalog = (typeof CATALOGS)[6 | 3];

function failed(what: string, error: number): number {
  console.error(`${what} failed: ${error} ${errorName(error) ?? ''}`);
  return 1;
}

/** The catalog: asked for its size first, as every list of Winsock is. */
function EnumerateProviders({ EnumProtocols }: Catalog): WSAPROTOCOL_INFOW[] {
  const size = ref(DWORD, 0);
  const error = ref(int);
  const none = EnumProtocols(null, null, size, error);
  if (none !== SOCKET_ERROR || error.value !== WSAENOBUFS) return [];
  const catalog = arrayOf(WSAPROTOCOL_INFOW, Math.ceil(size.value / sizeof(WSAPROTOCOL_INFOW)));
  const total = EnumProtocols(null, catalog, size, error);
  if (total === SOCKET_ERROR) failed('WSCEnumProtocols', error.value);
  return [...catalog].slice(0, Math.max(0, total));
}

const ChainLen = (info: WSAPROTOCOL_INFOW) => info.ProtocolChain.ChainLen;

/** The ids of the providers that a chain goes through, from the top. */
const ChainEntries = (info: WSAPROTOCOL_INFOW) =>
  [...info.ProtocolChain.ChainEntries].slice(0, Math.max(0, ChainLen(info)));

function ProviderPath({ GetProviderPath }: Catalog, info: WSAPROTOCOL_INFOW): string {
  const path = new WideCharArray(new ArrayBuffer(2 * 260));
  const length = ref(int, 260);
  const error = ref(int);
  if (GetProviderPath(info.ProviderId, path, length, error) === SOCKET_ERROR) {
    failed('WSCGetProviderPath', error.value);
  }
  return `${path}`;
}

function PrintProviders(from: Catalog, layered: boolean, verbose: boolean): number {
  const catalog = EnumerateProviders(from);
  for (const info of catalog) {
    if (layered && ChainLen(info) === BASE_PROTOCOL) continue;
    console.log(`${String(info.dwCatalogEntryId).padStart(4, '0')} - ${info.szProtocol}`);
    if (!verbose) continue;
    console.log(`Path: ${ProviderPath(from, info) || '(none)'}\n${inspect(info)}\n`);
  }
  return catalog.length > 0 ? 0 : 1;
}

/** Whether a chain goes through a layer. */
const isOver = (layer: WSAPROTOCOL_INFOW) => (info: WSAPROTOCOL_INFOW) =>
  ChainEntries(info).includes(layer.dwCatalogEntryId);

function PrintLspMap(from: Catalog): number {
  const catalog = EnumerateProviders(from);
  const layers = catalog.filter((info) => ChainLen(info) === LAYERED_PROTOCOL);
  if (layers.length === 0) console.log('No LSPs are installed');
  for (const layer of layers) {
    console.log(`LSP: ${layer.szProtocol} (${layer.dwCatalogEntryId})`);
    for (const info of catalog.filter(isOver(layer))) {
      console.log(`   ${info.dwCatalogEntryId}: ${ChainEntries(info).join(' -> ')}`);
    }
  }
  return 0;
}

function InstallProvider(both: boolean, id: GUID, path: string, infos: WSAPROTOCOL_INFOW[]) {
  const list = arrayOf(WSAPROTOCOL_INFOW, infos);
  const error = ref(int);
  const rc = both
    ? WSCInstallProvider64_32(id, path, list, list.length, error)
    : WSCInstallProvider(id, path, list, list.length, error);
  if (rc !== SOCKET_ERROR) return true;
  failed('WSCInstallProvider', error.value);
  return false;
}

/**
 * A layer has a hidden entry of its own, so that it has an id; then an entry for each protocol that it
 * lies over, whose chain begins with that id; and these come first in the catalog.
 */
function InstallLsp(
  over: number[] | 'all',
  path: string,
  name: string,
  ifs: boolean,
  both: boolean,
) {
  const catalog = EnumerateProviders(CATALOGS[6]);
  const chosen = catalog.filter(
    (info) =>
      ChainLen(info) !== LAYERED_PROTOCOL &&
      (over === 'all' || over.includes(info.dwCatalogEntryId)),
  );
  if (chosen.length === 0 || (over !== 'all' && chosen.length < over.length)) {
    console.error('There is no provider of such an id');
    return 1;
  }
  const layeredOver = (info: WSAPROTOCOL_INFOW) => {
    const entry = new WSAPROTOCOL_INFOW(info);
    if (!ifs) entry.dwServiceFlags1 &= ~XP1_IFS_HANDLES;
    return entry;
  };
  console.log(`LSP name is '${name}'`);
  const dummy = layeredOver(chosen[0]!);
  dummy.dwProviderFlags = (dummy.dwProviderFlags | PFL_HIDDEN) & ~PFL_MATCHES_PROTOCOL_ZERO;
  dummy.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
  Object.assign(dummy, { ProviderId: PROVIDER_ID, szProtocol: name });
  if (!InstallProvider(both, PROVIDER_ID, path, [dummy])) return 1;
  const layer = EnumerateProviders(CATALOGS[6]).find(
    (info) => guidToString(info.ProviderId) === guidToString(PROVIDER_ID),
  );
  if (layer === undefined) {
    console.error('The system has taken the provider, but the catalog has not changed');
    return 1;
  }

  const chains: WSAPROTOCOL_INFOW[] = [];
  for (const info of chosen) {
    const below = ChainLen(info) === BASE_PROTOCOL ? [info.dwCatalogEntryId] : ChainEntries(info);
    if (below.length >= MAX_PROTOCOL_CHAIN) {
      console.error(`Too many layers over ${info.szProtocol}`);
      return 1;
    }
    const entry = layeredOver(info);
    const szProtocol = `${name} over [${info.szProtocol}]`.slice(0, 255);
    console.log(`Installing layer: ${szProtocol}`);
    const chain = [layer.dwCatalogEntryId, ...below];
    entry.ProtocolChain.ChainLen = chain.length;
    for (const [i, id] of chain.entries()) entry.ProtocolChain.ChainEntries[i] = id;
    chains.push(Object.assign(entry, { szProtocol }));
  }
  if (!InstallProvider(both, guidFromString(`{${randomUUID()}}`), path, chains)) return 1;
  for (const from of both ? Object.values(CATALOGS) : [CATALOGS[6]]) {
    const now = EnumerateProviders(from);
    const first = now.filter((info) => ChainEntries(info)[0] === layer.dwCatalogEntryId);
    const order = [...new Set([...first, ...now])].map((info) => info.dwCatalogEntryId);
    const rc = from.WriteProviderOrder(new Uint32Array(order), order.length);
    if (rc !== 0) return failed('WSCWriteProviderOrder', rc);
  }
  return 0;
}

/** Removes chains before the layers that they go through; entries of one DLL share a provider id. */
function RemoveProviders(
  from: Catalog,
  unwanted: (catalog: WSAPROTOCOL_INFOW[]) => WSAPROTOCOL_INFOW[],
) {
  const infos = unwanted(EnumerateProviders(from));
  if (infos.length === 0) {
    console.log('No LSPs to remove');
    return 1;
  }
  const removed = new Set<string>();
  for (const info of infos.toSorted((a, b) => ChainLen(b) - ChainLen(a))) {
    console.log(`Removing ${info.dwCatalogEntryId}: ${info.szProtocol}`);
    const id = guidToString(info.ProviderId);
    const error = ref(int);
    if (removed.has(id)) continue;
    removed.add(id);
    if (from.DeinstallProvider(info.ProviderId, error) === SOCKET_ERROR) {
      return failed('WSCDeinstallProvider', error.value);
    }
  }
  return 0;
}

/** Makes a socket by the provider's own functions. A provider reports errors through lpErrno. */
function DriveProvider(): number {
  const catalog = EnumerateProviders(CATALOGS[6]);
  const info = catalog.find(
    (one) => one.iAddressFamily === AF_INET && one.iProtocol === IPPROTO_UDP,
  );
  const dll = info && ProviderPath(CATALOGS[6], info);
  if (!info || !dll) {
    console.error('The provider of this system has no DLL of its own');
    return 1;
  }
  console.log(`Loading ${dll}`);
  using provider = openTransportProvider({ dll, protocolInfo: info });
  const { WSPSocket, WSPBind, WSPGetSockName, WSPCloseSocket } = provider.functions;
  const error = ref(int);
  const s = WSPSocket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, info, 0, 0, error);
  if (s === INVALID_SOCKET) return failed('WSPSocket', error.value);
  const name = new sockaddr_in({ sin_family: AF_INET });
  const length = ref(int, sizeof(name));
  if (WSPBind(s, name, sizeof(name), error) === SOCKET_ERROR) failed('WSPBind', error.value);
  else if (WSPGetSockName(s, name, length, error) !== SOCKET_ERROR) {
    console.log(`The provider bound socket ${s} to a port`);
  }
  return WSPCloseSocket(s, error) === SOCKET_ERROR ? 1 : 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'ac:d:fhilmn:o:pr:vw');
  const has = (name: string) => options[name] !== undefined;
  const both = options.c === 'b';
  const from = both
    ? CATALOGS[6]
    : oneOf('-c', options.c ?? '6', { 6: CATALOGS[6], 3: CATALOGS[3] });
  const over = has('a') ? 'all' : options.o?.split(',').map((id) => integer('-o', id, 0));
  const id = integer('-r', options.r, 0);
  if (!'ifrplmw'.split('').some(has)) wrong('What to do is missing: -p, for example');
  if (has('i') && (over === undefined || !options.d)) wrong('-i needs -d, and -a or -o');
  if (has('i') && from === CATALOGS[3]) wrong('-i needs the 64-bit catalog: -c 6 or -c b');
  if ('ifrw'.split('').some(has) || from === CATALOGS[3]) {
    console.log(
      "This program needs Windows for that, and administrators' rights to install or remove.",
    );
  }
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  try {
    if (has('w')) return DriveProvider();
    if (has('i')) return InstallLsp(over!, options.d!, options.n ?? 'Sample LSP', has('h'), both);
    if (has('f'))
      return RemoveProviders(from, (all) => all.filter((one) => ChainLen(one) !== BASE_PROTOCOL));
    if (has('r')) {
      return RemoveProviders(from, (all) => {
        const layer = all.find(
          (one) => one.dwCatalogEntryId === id && ChainLen(one) !== BASE_PROTOCOL,
        );
        return layer ? [layer, ...all.filter(isOver(layer))] : [];
      });
    }
    if (has('m')) return PrintLspMap(from);
    return PrintProviders(from, has('l'), has('v'));
  } catch (error) {
    // A function that the system lacks throws.
    console.error((error as Error).message);
    return 1;
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
