import {
  getsockopt,
  SO_PROTOCOL_INFOW,
  SOCKET_ERROR,
  SOL_SOCKET,
  WSAPROTOCOL_INFOW,
} from '../../../defs/winsock2.g.ts';
import type { Call, Func } from '../../ffi/calls/definition.ts';
import { bindUnchecked, type Unchecked } from '../../ffi/calls/unchecked.ts';
import { guidToString } from '../../ffi/types/guid.ts';
import { offsetof } from '../../ffi/types/record.ts';

/** The provider that makes the sockets of one family, type and protocol: an entry of the system's catalog. */
export interface SocketProvider {
  readonly info: WSAPROTOCOL_INFOW;
  /** What is known of it, by name: the functions that have been fetched from it. */
  readonly functions: Map<string, Func<Call>>;
}

const known = new Map<string, SocketProvider>();

/** The call itself: it is no call of the program's, so it is neither checked nor traced. */
let ask: Unchecked<typeof getsockopt> | undefined;
let info: WSAPROTOCOL_INFOW;
let bytes: Buffer;
let length: Int32Array;
let idStart: number;
let idEnd: number;

function prepare(): Unchecked<typeof getsockopt> {
  info = new WSAPROTOCOL_INFOW();
  // A record of our own making is in no shared memory.
  bytes = Buffer.from(info.buffer as ArrayBuffer, info.byteOffset, info.byteLength);
  length = new Int32Array(new ArrayBuffer(4));
  idStart = offsetof(WSAPROTOCOL_INFOW, 'ProviderId');
  idEnd = offsetof(WSAPROTOCOL_INFOW, 'iProtocol') + 4;
  return bindUnchecked(getsockopt, 'memory');
}

/**
 * The provider of a socket: its identifier, its entry in the catalog, and the family, type and
 * protocol of the socket. A layered provider may stand before the system's for some of them.
 *
 * Asked of the system each time: the number of a closed socket may belong to another one by now.
 *
 * @returns undefined where the system does not tell; the thread's last error says why
 */
export function providerOf(socket: number): SocketProvider | undefined {
  ask ??= prepare();
  length[0] = bytes.byteLength;
  if (ask(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, info, length) === SOCKET_ERROR) return undefined;
  const key = bytes.toString('latin1', idStart, idEnd);
  let provider = known.get(key);
  if (!provider) {
    provider = { info: new WSAPROTOCOL_INFOW(info), functions: new Map() };
    known.set(key, provider);
  }
  return provider;
}

/** The name of a provider for messages, with what tells it from others. */
export function providerName({ info }: SocketProvider): string {
  const { szProtocol, ProviderId, dwCatalogEntryId } = info;
  const kind = `family ${info.iAddressFamily}, type ${info.iSocketType}, protocol ${info.iProtocol}`;
  return `"${szProtocol}" ${guidToString(ProviderId)} (catalog entry ${dwCatalogEntryId}; ${kind})`;
}
