/** From where a server is to listen to a socket that does. */
import { WSAEADDRNOTAVAIL, WSAEAFNOSUPPORT, WSAEPROTONOSUPPORT } from '../../../defs/winerror.g.ts';
import { BT_PORT_ANY } from '../../../defs/ws2bth.g.ts';
import { AF_INET6, AF_UNIX } from '../../../defs/ws2def.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { hasCode } from '../calls/check.ts';
import { bindSocket, listenOn, localAddress } from '../calls/socket-calls.ts';
import {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  isOtherPlace,
  type OtherPlace,
} from '../families/address.ts';
import type { Family } from '../families/family.ts';
import { isInternet } from '../families/ip.ts';
import type { ForeignListener } from '../handles/foreign.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { kindFor, openSocket } from '../sockets/open.ts';
import { checkPathAlone } from '../sockets/place.ts';
import { setOption } from '../sockets/socket-options.ts';
import type { ListenOptions } from './server-types.ts';
import { ownFile } from './unix-file.ts';

/** Errors that say that the system has no IPv6, or that it is switched off. */
const NO_IPV6: readonly number[] = [WSAEPROTONOSUPPORT, WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL];

/** A listening socket on a completion port. */
export interface Listener extends ForeignListener {
  /** Deletes the file of a Unix socket. */
  readonly deleteFile: (() => void) | undefined;
}

/**
 * Opens a socket that listens.
 *
 * @param options that were checked
 * @throws as `TcpServer.listen` does
 */
export function openListener(delivery: Delivery, options: ListenOptions): Listener {
  const { path, host = options.address, port = 0, family } = options;
  if (path !== undefined) {
    checkPathAlone(options, 'listen');
    return listenAt(delivery, { path }, options);
  }
  if (isOtherPlace(options)) return listenAt(delivery, serverPlace(options), options);
  if (host !== undefined) return listenAt(delivery, withFamily(host, port, options), options);
  if (family !== undefined) {
    return listenAt(delivery, withFamily(anyHost(family), port, options), options);
  }
  try {
    return listenAt(delivery, { address: '::', port }, options);
  } catch (error) {
    // IPv6 may be missing, or switched off.
    if (!hasCode(error, ...NO_IPV6)) throw error;
    return listenAt(delivery, { address: '0.0.0.0', port }, options);
  }
}

function listenAt(delivery: Delivery, place: AddressLike, options: ListenOptions): Listener {
  const { backlog = 511, exclusive = true, v6Only = false } = options;
  const sockaddr = encodeAddress(place);
  const kind = kindFor(sockaddr, 'stream');
  let address = decodeAddress(sockaddr);
  let deleteFile: (() => void) | undefined;
  let on: Association;
  try {
    on = openSocket(delivery, kind, (socket) => {
      if (exclusive && isInternet(kind.family)) setOption(socket, 'exclusiveAddressUse', true);
      if (kind.family === AF_INET6) setOption(socket, 'v6Only', v6Only);
      bindSocket(socket, sockaddr);
      deleteFile = ownFile(address);
      listenOn(socket, backlog, kind);
      if (kind.family !== AF_UNIX) address = decodeAddress(localAddress(socket));
    });
  } catch (error) {
    deleteFile?.();
    throw error;
  }
  return { on, kind, address, deleteFile };
}

/** An address of IP, which has to be one of the family where that is given. */
function withFamily(address: string, port: number, { family }: ListenOptions): AddressLike {
  return { address, port, ...(family !== undefined && { family }) };
}

/** @throws TypeError where it is no family of IP */
function anyHost(family: Family | number): string {
  if (family === 'IPv4') return '0.0.0.0';
  if (family === 'IPv6') return '::';
  throw new TypeError(`listen needs more than the family ${describe(family)}: a path, or bytes`);
}

/** A server of Bluetooth is bound to a channel, by default one of the system's choice. */
function serverPlace(place: OtherPlace): OtherPlace {
  if (place.family !== 'Bluetooth') return place;
  if (place.service !== undefined) {
    throw new TypeError(
      'a server of Bluetooth has a channel; registerBluetoothService tells of it',
    );
  }
  return { ...place, channel: place.channel || BT_PORT_ANY };
}
