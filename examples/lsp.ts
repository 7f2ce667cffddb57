/**
 * Layered service providers: prints the catalog of transport providers, installs a provider's DLL over
 * others and removes it, and drives a base provider past Ws2_32.dll, through the table that its
 * WSPStartup fills. The catalog of Wine is fixed: there it is printed only.
 *
 *   npm start -- examples/lsp.ts -p
 *   npm start -- examples/lsp.ts -i -o 1001 -o 1002 -n "My layer" -d C:\lsp\mylsp.dll -d32 C:\lsp\mylsp32.dll
 */

import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import {
  AF_INET,
  arrayOf,
  BASE_PROTOCOL,
  type CArray,
  DWORD,
  errorName,
  guidFromString,
  guidToString,
  INVALID_SOCKET,
  IPPROTO_UDP,
  int,
  LAYERED_PROTOCOL,
  MAKEWORD,
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
  WSCInstallProviderAndChains64_32,
} from 'winsock/spi';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';

const USAGE = `usage: lsp -p | -l | -m | -w | -i OPTIONS | -r CATALOG_ID | -f
  -p          print the catalog and its ids; with -v all about each provider
  -l          as -p, the layered providers only
  -m          print each layered provider with what is layered by it, in order
  -i          install a layered provider
  -a          over all providers, or else
  -o ID       over this one; may be given several times
  -d PATH     path and name of its DLL
  -d32 PATH   path and name of its DLL for 32-bit programs (default: that of -d)
  -n NAME     its name (default: Sample LSP)
  -h          it is an IFS provider: its sockets are handles of files
  -r ID       remove the layered provider of that id
  -f          remove all layered providers
  -c CATALOG  6: the 64-bit catalog, 3: the 32-bit one, b: both (default: 6; -i: both)
  -w          drive the base provider of UDP through the table of its WSPStartup
-i, -r, -f, -w and the 32-bit catalog need Windows, -i, -r and -f administrators' rights. Only a 64-bit
Windows has a 32-bit catalog beside the other: elsewhere -c 3 and -c b end with what is missing.`;

/** On 64-bit systems there are two catalogs, with functions for each. */
const CATALOGS = {
  6: {
    bits: 64,
    EnumProtocols: WSCEnumProtocols,
    GetProviderPath: WSCGetProviderPath,
    DeinstallProvider: WSCDeinstallProvider,
  },
  3: {
    bits: 32,
    EnumProtocols: WSCEnumProtocols32,
    GetProviderPath: WSCGetProviderPath32,
    DeinstallProvider: WSCDeinstallProvider32,
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
  console.log(`\n\nWinsock ${from.bits}-bit Catalog:\n=======================`);
  const catalog = EnumerateProviders(from);
  for (const info of catalog) {
    if (layered && ChainLen(info) !== LAYERED_PROTOCOL) continue;
    console.log(`${String(info.dwCatalogEntryId).padStart(4, '0')} - ${info.szProtocol}`);
    if (!verbose) continue;
    console.log(`Path: ${ProviderPath(from, info) || '(none)'}\n${inspect(info)}\n`);
  }
  return catalog.length > 0 ? 0 : 1;
}

/** Whether a chain goes through a layer. */
const isOver = (layer: WSAPROTOCOL_INFOW) => (info: WSAPROTOCOL_INFOW) =>
  ChainEntries(info).includes(layer.dwCatalogEntryId);

/** Whether a chain begins with a layer: the layer's own entries, which lie over others. */
const isOf = (layer: WSAPROTOCOL_INFOW) => (info: WSAPROTOCOL_INFOW) =>
  ChainEntries(info)[0] === layer.dwCatalogEntryId;

function PrintLspMap(from: Catalog): number {
  console.log(`\n${from.bits}-bit Winsock LSP Map:\n`);
  const catalog = EnumerateProviders(from);
  const layers = catalog.filter((info) => ChainLen(info) === LAYERED_PROTOCOL);
  if (layers.length === 0) console.log('\nNo LSPs are installed\n');
  for (const [i, layer] of layers.entries()) {
    const id = layer.dwCatalogEntryId;
    const dll = ProviderPath(from, layer);
    console.log(`${String(i).padStart(3)} LSP: ${layer.szProtocol}   DLL '${dll}' ID: ${id}`);
    const entries = catalog.filter(isOf(layer));
    const guids = new Set(entries.map((info) => guidToString(info.ProviderId)));
    console.log(`\t LSP Installed under ${guids.size} GUIDs`);
    for (const guid of guids) console.log(`\t\t${guid}`);
    for (const info of entries) {
      console.log(`\t Layer ${String(info.dwCatalogEntryId).padEnd(5)} "${info.szProtocol}"`);
      console.log(`\t       Chain ${ChainLen(info)} [ ${ChainEntries(info).join(' ')} ]`);
    }
    // What lies over this layer: others whose chains go through it.
    const through = catalog.filter(isOver(layer));
    const dependent = layers.filter((one) => one !== layer && through.some(isOf(one)));
    console.log('\t Dependent LSPs:');
    if (dependent.length === 0) console.log('\t\tNone');
    for (const one of dependent) console.log(`\t\t${one.dwCatalogEntryId} ${one.szProtocol}`);
    console.log('');
  }
  return 0;
}

interface LSP {
  readonly name: string;
  /** Its DLL, and that for 32-bit programs. */
  readonly path: string;
  readonly path32: string;
  readonly ifs: boolean;
}

/**
 * Installs a layer and its chains: a hidden entry for the layer, and one for each protocol that it lies
 * over, in both catalogs, by the one call that Windows has for it since Vista. Over all protocols, the
 * call finds them itself.
 */
function InstallLsp(over: number[] | 'all', lsp: LSP): number {
  console.log(`LSP name is '${lsp.name}'`);
  let chosen: CArray<WSAPROTOCOL_INFOW> | null = null;
  if (over !== 'all') {
    const catalog = EnumerateProviders(CATALOGS[6]);
    const infos = catalog.filter((info) => over.includes(info.dwCatalogEntryId));
    if (infos.length < over.length) {
      console.error('There is no provider of such an id');
      return 1;
    }
    chosen = arrayOf(WSAPROTOCOL_INFOW, infos);
  }
  const error = ref(int);
  const rc = WSCInstallProviderAndChains64_32(
    guidFromString(`{${randomUUID()}}`),
    lsp.path,
    lsp.path32,
    lsp.name,
    lsp.ifs ? XP1_IFS_HANDLES : 0,
    chosen,
    chosen?.length ?? 0,
    null,
    error,
  );
  if (rc === SOCKET_ERROR) return failed('WSCInstallProviderAndChains64_32', error.value);
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
  const [options] = getopt(USAGE, 'a c: d: d32: f h i l m n: o: p r: v w'.split(' '));
  const has = (name: string) => options[name] !== undefined;
  const catalogs = oneOf('-c', options.c ?? (has('i') ? 'b' : '6'), {
    6: [CATALOGS[6]],
    3: [CATALOGS[3]],
    b: [CATALOGS[6], CATALOGS[3]],
  });
  const over = has('a') ? 'all' : options.o?.split(',').map((id) => integer('-o', id, 0));
  const id = integer('-r', options.r, 0);
  if (!'ifrplmw'.split('').some(has)) wrong('What to do is missing: -p, for example');
  if (has('a') && has('o')) wrong('-a and -o exclude each other');
  if (has('i') && (over === undefined || !options.d)) wrong('-i needs -d, and -a or -o');
  if (has('i') && catalogs.length < 2) wrong('-i always installs into both catalogs');
  if ('ifrw'.split('').some(has) || catalogs.includes(CATALOGS[3])) {
    console.log(
      "This program needs Windows for that, and administrators' rights to install or remove.",
    );
  }
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  try {
    if (has('w')) return DriveProvider();
    if (has('i')) {
      const [name, path] = [options.n ?? 'Sample LSP', options.d!];
      return InstallLsp(over!, { name, path, path32: options.d32 ?? path, ifs: has('h') });
    }
    const inCatalog = (from: Catalog): number => {
      if (has('p') || has('l')) return PrintProviders(from, has('l'), has('v'));
      if (has('m')) return PrintLspMap(from);
      if (has('f')) {
        return RemoveProviders(from, (all) => all.filter((one) => ChainLen(one) !== BASE_PROTOCOL));
      }
      return RemoveProviders(from, (all) => {
        const layer = all.find(
          (one) => one.dwCatalogEntryId === id && ChainLen(one) !== BASE_PROTOCOL,
        );
        return layer ? [layer, ...all.filter(isOver(layer))] : [];
      });
    };
    return Math.max(...catalogs.map(inCatalog));
  } catch (error) {
    // A function that the system lacks throws.
    console.error((error as Error).message);
    return 1;
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
