import { SIO_GET_EXTENSION_FUNCTION_POINTER } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { ABI_SIGNED_POINTER_SIZED, koffi } from '../../ffi/native/native.ts';
import { type GUID, guid } from '../../ffi/types/guid.ts';
import { readPointer } from '../port/operation-layout.ts';
import { WSAGetLastError, WSAIoctl } from './calls.ts';
import { withScratch } from './scratch.ts';

/**
 * Functions that a provider has beside Winsock's own. They are reached through a pointer that the
 * provider gives for one of its sockets, and another provider's may differ: they are kept by
 * family, type and protocol. Bound with plain numbers, as the functions of the data path are.
 */
export type Extension = (...args: number[]) => number;

const P = ABI_SIGNED_POINTER_SIZED;
const DWORD = 'uint32_t';
const INT = 'int32_t';

const EXTENSIONS = {
  AcceptEx: {
    id: guid(0xb5367df1, 0xcbac, 0x11cf, 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92),
    result: INT,
    parameters: [P, P, P, DWORD, DWORD, DWORD, P, P],
  },
  GetAcceptExSockaddrs: {
    id: guid(0xb5367df2, 0xcbac, 0x11cf, 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92),
    result: 'void',
    parameters: [P, DWORD, DWORD, DWORD, P, P, P, P],
  },
  ConnectEx: {
    id: guid(0x25a207b9, 0xddf3, 0x4660, 0x8e, 0xe9, 0x76, 0xe5, 0x8c, 0x74, 0x06, 0x3e),
    result: INT,
    parameters: [P, P, INT, P, DWORD, P, P],
  },
  DisconnectEx: {
    id: guid(0x7fda2e11, 0x8630, 0x436f, 0xa0, 0x31, 0xf5, 0x36, 0xa6, 0xee, 0xc1, 0x57),
    result: INT,
    parameters: [P, P, DWORD, DWORD],
  },
  TransmitFile: {
    id: guid(0xb5367df0, 0xcbac, 0x11cf, 0x95, 0xca, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92),
    result: INT,
    parameters: [P, P, DWORD, DWORD, P, P, DWORD],
  },
  TransmitPackets: {
    id: guid(0xd9689da0, 0x1f90, 0x11d3, 0x99, 0x71, 0x00, 0xc0, 0x4f, 0x68, 0xc8, 0x76),
    result: INT,
    parameters: [P, P, DWORD, DWORD, P, DWORD],
  },
  WSARecvMsg: {
    id: guid(0xf689d7c8, 0x6f1f, 0x436b, 0x8a, 0x53, 0xe5, 0x4f, 0xe3, 0x51, 0xc3, 0x22),
    result: INT,
    parameters: [P, P, P, P, P],
  },
} as const;

/** A function that WSAIoctl hands out by its GUID. */
export type ExtensionName = keyof typeof EXTENSIONS;

/** Addresses of a provider's functions. */
export type ExtensionPointers = Readonly<Partial<Record<ExtensionName, number>>>;

const GUID_BYTES = 16;

const known = new Map<string, Extension>();

/** Who a socket's functions come from. */
export interface SocketKind {
  /** AF_INET … */
  readonly family: number;
  /** SOCK_STREAM … */
  readonly type: number;
  /** IPPROTO_TCP … */
  readonly protocol: number;
  /** Functions of a provider that is used directly. */
  readonly functions?: ExtensionPointers;
}

/**
 * The function of a socket's provider.
 *
 * @throws WinsockError where the provider has none: WSAEINVAL or WSAEOPNOTSUPP
 */
export function extension(name: ExtensionName, socket: number, provider: SocketKind): Extension {
  const given = provider.functions?.[name];
  const key = `${name} ${given ?? `${provider.family} ${provider.type} ${provider.protocol}`}`;
  let found = known.get(key);
  if (!found) {
    found = bind(name, given ?? pointerOf(name, socket));
    known.set(key, found);
  }
  return found;
}

function pointerOf(name: ExtensionName, socket: number): number {
  const id: GUID = EXTENSIONS[name].id;
  return withScratch(64, (address, bytes) => {
    bytes.set(id);
    const code = WSAIoctl(
      socket,
      SIO_GET_EXTENSION_FUNCTION_POINTER,
      address,
      GUID_BYTES,
      address + 16,
      8,
      address + 32,
      0,
      0,
    );
    if (code !== 0) throw new WinsockError(WSAGetLastError(), `WSAIoctl(${name})`);
    return readPointer(new Uint32Array(bytes.buffer, bytes.byteOffset + 16, 2), 0);
  });
}

let protoCount = 0;

function bind(name: ExtensionName, pointer: number): Extension {
  const { result, parameters } = EXTENSIONS[name];
  // koffi's type names are global to the process.
  const unique = `winsock_io_${name}_${++protoCount}`;
  const proto = koffi().proto('__stdcall', unique, result, [...parameters]);
  return koffi().decode(BigInt(pointer), proto) as unknown as Extension;
}
