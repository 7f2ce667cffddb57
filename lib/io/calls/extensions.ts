import { extensionPointer } from '../../api/extensions/extension-pointer.ts';
import { EXTENSIONS } from '../../api/extensions/extension-table.ts';
import type { CallbackType } from '../../ffi/callbacks/callback.ts';
import { uncheckedAt } from '../../ffi/calls/unchecked.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { checkMade } from './check.ts';

/**
 * Functions that a provider has beside Winsock's own. They are reached through a pointer that the
 * provider gives for one of its sockets, and another provider's may differ: they are kept by
 * family, type and protocol. Bound with plain numbers, as the functions of the data path are.
 */
export type Extension = (...args: number[]) => number;

/** A function that WSAIoctl hands out by its GUID. WSASendMsg is one of ws2_32.dll as well. */
export type ExtensionName = Exclude<keyof typeof EXTENSIONS, 'WSASendMsg'>;

/** Addresses of a provider's functions. */
export type ExtensionPointers = Readonly<Partial<Record<ExtensionName, number>>>;

/** What a socket is made of, and so which provider its functions come from. */
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

/** A family, type and protocol as one number. */
export function kindKey({ family, type, protocol }: SocketKind): number {
  return (family * 256 + type) * 65536 + protocol;
}

/** By the family, type and protocol; those of a provider that is used directly by their address. */
const known = new Map<number | string, Partial<Record<ExtensionName, Extension>>>();

/**
 * The function of a socket's provider.
 *
 * @param socket a socket of that kind, which is asked where no other has been
 * @throws WinsockError where the provider has none: WSAEINVAL or WSAEOPNOTSUPP
 */
export function extension(name: ExtensionName, socket: number, kind: SocketKind): Extension {
  const given = kind.functions?.[name];
  const key = given === undefined ? kindKey(kind) : String(given);
  let functions = known.get(key);
  if (!functions) {
    functions = {};
    known.set(key, functions);
  }
  let found = functions[name];
  if (!found) {
    const { type, failure } = EXTENSIONS[name];
    // Unchecked, it takes numbers whatever its type says; whoever calls it knows how many.
    const address = (given ?? pointerOf(name, socket)) as Pointer<never>;
    found = uncheckedAt(type as unknown as CallbackType<Extension>, address, name, failure);
    functions[name] = found;
    if (!isMainThread()) bindLaterOnes(name, socket, kind);
  }
  return found;
}

/** What is called on sockets that were accepted or connected. */
const LATER: Partial<Record<ExtensionName, readonly ExtensionName[]>> = {
  AcceptEx: ['GetAcceptExSockaddrs', 'TransmitFile'],
  ConnectEx: ['TransmitFile'],
};

/** A worker that has begun to listen or to connect must bind nothing later on: see bindRest in calls.ts. */
function bindLaterOnes(name: ExtensionName, socket: number, kind: SocketKind): void {
  for (const later of LATER[name] ?? []) {
    try {
      extension(later, socket, kind);
    } catch {
      // What this provider lacks fails when it is called.
    }
  }
}

function pointerOf(name: ExtensionName, socket: number): number {
  const pointer = extensionPointer(socket, EXTENSIONS[name].id);
  checkMade(pointer, `WSAIoctl(${name})`);
  return pointer;
}
